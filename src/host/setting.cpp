#include "host/setting.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/split.hpp>

#include "portconf/address.hpp"

namespace sallyport::host {

Outcome read_switch(bool& on, std::string_view value) {
    const auto word = boost::to_lower_copy(std::string(value));
    if (word != "on" && word != "off")
        return Fault{"'" + std::string(value) + "' is neither on nor off", "write on or off"};
    on = word == "on";
    return std::nullopt;
}

Outcome read_target(portconf::Target& target, std::string_view value) {
    const auto colon = value.rfind(':');
    auto host = value.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = portconf::canonical_address(std::string(host));
    std::uint16_t port = 0;
    if (colon == std::string_view::npos || !address ||
        read_number<std::uint16_t>(port, value.substr(colon + 1), 1, 65535)) {
        return Fault{"'" + std::string(value) + "' is no address and port", "write, for example, 127.0.0.1:2121"};
    }
    target = {*address, port};
    return std::nullopt;
}

Outcome read_words(std::vector<std::string>& words, std::string_view value) {
    boost::split(
        words, value, [](char c) { return c == ' ' || c == '\t'; }, boost::token_compress_on);
    return std::nullopt;
}

Outcome read_text(std::string& text, std::string_view value) {
    text = value;
    return std::nullopt;
}

}  // namespace sallyport::host
