#include "portconf/services.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include "portconf/words.hpp"

namespace sallyport::portconf {

Services::Services(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        auto words = split_words(line.substr(0, line.find('#')));
        if (words.size() < 2) continue;
        const auto slash = words[1].find('/');
        const auto port = port_number(words[1].substr(0, slash));
        if (!port || slash == std::string_view::npos) continue;
        const std::string_view protocol = words[1].substr(slash + 1);
        const bool tcp = boost::algorithm::iequals(protocol, "tcp");
        words.erase(words.begin() + 1);
        for (const std::string_view word : words) {
            const std::string name(word);
            const std::string lower_case = boost::algorithm::to_lower_copy(name);
            if (tcp) {
                tcp_.emplace(name, *port);
                tcp_lower_case_.emplace(lower_case, *port);
            } else {
                other_lower_case_.emplace(lower_case, protocol);
            }
        }
    }
}

std::optional<std::uint16_t> Services::tcp_port(std::string_view name) const {
    if (const auto found = tcp_.find(name); found != tcp_.end()) return found->second;
    const auto found = tcp_lower_case_.find(boost::algorithm::to_lower_copy(std::string(name)));
    return found == tcp_lower_case_.end() ? std::nullopt : std::optional(found->second);
}

std::string_view Services::other_protocol(std::string_view name) const {
    if (tcp_port(name)) return {};
    const auto found = other_lower_case_.find(boost::algorithm::to_lower_copy(std::string(name)));
    return found == other_lower_case_.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace sallyport::portconf
