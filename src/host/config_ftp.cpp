// The section [ftp] of sallyportd.conf.
#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <utility>

#include "base/ini.hpp"
#include "host/config.hpp"
#include "host/setting.hpp"
#include "portconf/address.hpp"

namespace sallyport::host {
namespace {

using protocols::ftp::BackMode;
using relay::ftp::DataBinding;

// We chose: a greeting that every client reads as one line, and detection that neither cuts off a slow client nor keeps
// every one of explicit FTPS waiting.
constexpr std::size_t longest_greeting = 200;
constexpr long least_detection = 50, most_detection = 10'000;  // milliseconds
constexpr std::size_t most_per_source = 1'000'000;

/// One of a few words, in any letter case.
template <typename Choice, std::size_t count>
Outcome read_choice(Choice& choice, std::string_view value,
                    const std::array<std::pair<std::string_view, Choice>, count>& choices) {
    const auto word = boost::to_lower_copy(std::string(value));
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        if (choices[i].first == word) {
            choice = choices[i].second;
            return std::nullopt;
        }
        all += (i == 0 ? "" : i + 1 < count ? ", " : " or ") + std::string(choices[i].first);
    }
    return Fault{"'" + std::string(value) + "' cannot stand here", "write " + all};
}

Outcome read_back_mode(Config& config, std::string_view value) {
    return read_choice<BackMode, 3>(
        config.ftp.conversation.back_mode, value,
        {{{"passive", BackMode::passive}, {"active", BackMode::active}, {"as-front", BackMode::as_front}}});
}

Outcome read_data_binding(Config& config, std::string_view value) {
    return read_choice<DataBinding, 3>(
        config.ftp.data_binding, value,
        {{{"off", DataBinding::off}, {"prefer", DataBinding::prefer}, {"require", DataBinding::require}}});
}

/// `50000-50999`
Outcome read_ports(Config& config, std::string_view value) {
    constexpr auto least = protocols::ftp::least_data_port;
    const auto hyphen = value.find('-');
    relay::ftp::PortRange ports;
    const bool two = hyphen != std::string_view::npos &&
                     !read_number<std::uint16_t>(ports.first, trim_blanks(value.substr(0, hyphen)), least, 65535) &&
                     !read_number<std::uint16_t>(ports.last, trim_blanks(value.substr(hyphen + 1)), least, 65535);
    if (!two || ports.first > ports.last) {
        return Fault{"'" + std::string(value) + "' is no range of ports from " + std::to_string(least) + " to 65535",
                     "write the first and the last, as in 50000-50999"};
    }
    config.ftp.data_ports = ports;
    return std::nullopt;
}

/// IPv4 alone: the reply that shows it has no room for another, and EPSV shows none.
Outcome read_external_address(Config& config, std::string_view value) {
    const auto address = portconf::canonical_address(value);
    if (!address || address->find(':') != std::string::npos) {
        return Fault{"'" + std::string(value) + "' is no IPv4 address",
                     "write the address by which clients outside reach this host"};
    }
    config.ftp.external_address = *address;
    return std::nullopt;
}

Outcome read_greeting(Config& config, std::string_view value) {
    const bool printable = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!printable || value.size() > longest_greeting) {
        return Fault{"the greeting is more than a line of ASCII",
                     "write up to " + std::to_string(longest_greeting) + " printable characters"};
    }
    config.ftp.conversation.greeting = value;
    return std::nullopt;
}

Outcome read_refused_site(Config& config, std::string_view value) {
    std::vector<std::string> words;
    read_words(words, boost::to_upper_copy(std::string(value)));
    config.ftp.conversation.refused_site_words = {words.begin(), words.end()};
    return std::nullopt;
}

/// `500 ms` or `1 s`
Outcome read_detection(Config& config, std::string_view value) {
    const auto digits = std::min(value.find_first_not_of("0123456789"), value.size());
    const auto unit = boost::to_lower_copy(std::string(trim_blanks(value.substr(digits))));
    const long unit_size = unit == "ms" ? 1 : unit == "s" ? 1000 : 0;
    long count = 0;
    if (unit_size == 0 || read_number(count, value.substr(0, digits), 0L, most_detection) ||
        count * unit_size < least_detection || count * unit_size > most_detection) {
        return Fault{"'" + std::string(value) + "' is no time from 50 ms to 10 s",
                     "write it with its unit, as in 500 ms or 1 s"};
    }
    config.ftp.detection = std::chrono::milliseconds(count * unit_size);
    return std::nullopt;
}

template <std::size_t relay::SourceLimits::*limit>
Outcome read_per_source(Config& config, std::string_view value) {
    return read_number(config.ftp.per_source.*limit, value, std::size_t{1}, most_per_source);
}

template <std::chrono::seconds protocols::ftp::Timers::*timer, long least = 1>
Outcome read_timer(Config& config, std::string_view value) {
    return read_seconds<least>(config.ftp.conversation.timers.*timer, value);
}

using relay::SourceLimits;
using Timers = protocols::ftp::Timers;

const std::array settings{
    Setting{"ftp", "abort-limit", read_timer<&Timers::abort>},
    Setting{"ftp", "back-mode", read_back_mode},
    Setting{"ftp", "data-binding", read_data_binding},
    Setting{"ftp", "detection", read_detection},
    Setting{"ftp", "external-address", read_external_address},
    Setting{"ftp", "final-reply-limit", read_timer<&Timers::final_reply>},
    Setting{"ftp", "greeting", read_greeting},
    Setting{"ftp", "idle-limit", read_timer<&Timers::idle, 0>},
    Setting{"ftp", "lenient-end", [](Config& c, std::string_view v) { return read_switch(c.ftp.lenient_end, v); }},
    Setting{"ftp", "login-limit", read_timer<&Timers::login>},
    Setting{"ftp", "opening-limit", read_timer<&Timers::opening>},
    Setting{"ftp", "passive-ports", read_ports},
    Setting{"ftp", "refused-site", read_refused_site},
    Setting{"ftp", "reply-limit", read_timer<&Timers::reply>},
    Setting{"ftp", "server", [](Config& c, std::string_view v) { return read_target(c.ftp_server, v); }},
    Setting{"ftp", "sessions-per-source", read_per_source<&SourceLimits::sessions>},
    Setting{"ftp", "setup-limit", read_timer<&Timers::setup>},
    Setting{"ftp", "stored-reply-limit", read_timer<&Timers::stored_reply>},
    Setting{"ftp", "transfer-stall", [](Config& c, std::string_view v) { return read_seconds<0>(c.ftp.stall, v); }},
    Setting{"ftp", "unauthenticated-per-source", read_per_source<&SourceLimits::unauthenticated>},
};

}  // namespace

std::span<const Setting> ftp_settings() { return settings; }

}  // namespace sallyport::host
