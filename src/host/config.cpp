#include "host/config.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <set>

#include "base/ini.hpp"
#include "host/setting.hpp"
#include "portconf/address.hpp"

namespace sallyport::host {
namespace {

using namespace std::string_view_literals;

Outcome read_date(std::optional<portconf::Date>& date, std::string_view value) {
    int year = 0;
    unsigned month = 0, day = 0;
    const bool form = value.size() == 10 && value[4] == '-' && value[7] == '-' &&
                      !read_number(year, value.substr(0, 4), 2000, 9999) &&
                      !read_number(month, value.substr(5, 2), 1u, 12u) &&
                      !read_number(day, value.substr(8, 2), 1u, 31u);
    const portconf::Date read{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!form || !read.ok()) return Fault{"'" + std::string(value) + "' is no date", "write the day as YYYY-MM-DD"};
    date = read;
    return std::nullopt;
}

Outcome read_version(channel::tls::Version& version, std::string_view value) {
    if (value != "1.2" && value != "1.3")
        return Fault{"TLS " + std::string(value) + " is not offered", "write 1.2 or 1.3"};
    version = value == "1.3" ? channel::tls::Version::tls1_3 : channel::tls::Version::tls1_2;
    return std::nullopt;
}

Outcome read_level(log::Level& level, std::string_view value) {
    constexpr std::array words{"debug"sv, "info"sv, "warning"sv, "error"sv};
    const auto found = std::find(words.begin(), words.end(), value);
    if (found == words.end())
        return Fault{"there is no log level '" + std::string(value) + "'", "write debug, info, warning or error"};
    level = static_cast<log::Level>(found - words.begin());
    return std::nullopt;
}

Outcome read_rate(double& rate, std::string_view value) {
    unsigned count = 0;
    if (auto fault = read_number(count, value, 1u, 1000000u)) return fault;
    rate = count;
    return std::nullopt;
}

constexpr std::size_t many = 1'000'000;

/// Those of all sections but [ftp].
const std::array settings{
    Setting{"limits", "connect-seconds",
            [](Config& c, std::string_view v) { return read_seconds(c.limits.connect, v); }},
    Setting{"limits", "drain", [](Config& c, std::string_view v) { return read_seconds<0>(c.drain, v); }},
    Setting{"limits", "failures-burst",
            [](Config& c, std::string_view v) { return read_rate(c.limits.failure_burst, v); }},
    Setting{"limits", "failures-per-second",
            [](Config& c, std::string_view v) { return read_rate(c.limits.failures_per_second, v); }},
    Setting{"limits", "first-message-seconds",
            [](Config& c, std::string_view v) { return read_seconds(c.limits.first_message, v); }},
    Setting{"limits", "half-open",
            [](Config& c, std::string_view v) { return read_number(c.limits.half_open, v, std::size_t{1}, many); }},
    Setting{"limits", "handshake-seconds",
            [](Config& c, std::string_view v) { return read_seconds(c.limits.handshake, v); }},
    Setting{"limits", "idle", [](Config& c, std::string_view v) { return read_seconds<0>(c.limits.idle, v); }},
    Setting{"limits", "sessions",
            [](Config& c, std::string_view v) { return read_number(c.limits.sessions, v, std::size_t{1}, many); }},
    Setting{"limits", "threads", [](Config& c, std::string_view v) { return read_number(c.threads, v, 1u, 256u); }},
    Setting{"log", "level", [](Config& c, std::string_view v) { return read_level(c.log_level, v); }},
    Setting{"native", "client-keys", [](Config& c, std::string_view v) { return read_text(c.client_keys, v); }},
    Setting{"native", "enrol", [](Config& c, std::string_view v) { return read_switch(c.enrol, v); }},
    Setting{"native", "host-key", [](Config& c, std::string_view v) { return read_words(c.host_keys, v); }},
    Setting{"native", "host-name", [](Config& c, std::string_view v) { return read_text(c.host_name, v); }},
    Setting{"native", "legacy-until", [](Config& c, std::string_view v) { return read_date(c.legacy_until, v); }},
    Setting{"tls", "certificate", [](Config& c, std::string_view v) { return read_text(c.certificate, v); }},
    Setting{"tls", "key", [](Config& c, std::string_view v) { return read_text(c.key, v); }},
    Setting{"tls", "least", [](Config& c, std::string_view v) { return read_version(c.least_tls, v); }},
};

constexpr std::array sections{"ftp"sv, "limits"sv, "log"sv, "native"sv, "tcp-process"sv, "tls"sv};

/// All of the section's settings are in the one or in the other.
std::span<const Setting> settings_of(std::string_view section) {
    return section == "ftp" ? ftp_settings() : std::span<const Setting>(settings);
}

std::string keys_of(std::string_view section) {
    std::string keys;
    for (const auto& setting : settings_of(section)) {
        if (setting.section == section) keys += (keys.empty() ? "" : ", ") + std::string(setting.key);
    }
    return keys;
}

std::string all_sections() {
    std::string text;
    for (const auto section : sections) text += (text.empty() ? "[" : ", [") + std::string(section) + "]";
    return text;
}

class Reader {
public:
    Reader(Config& config, std::string_view file) : config_(config), file_(file) {}

    void take(const IniLine& line) {
        switch (line.kind) {
            case IniLine::Kind::blank:
            case IniLine::Kind::comment:
                return;
            case IniLine::Kind::section:
                return begin_section(line);
            case IniLine::Kind::pair:
                return take_pair(line);
            case IniLine::Kind::other:
                return report(
                    line, line.name,
                    {"this is neither [section] nor key = value", "write key = value, or # before a comment"});
        }
    }

private:
    void begin_section(const IniLine& line) {
        section_ = line.name;
        if (std::find(sections.begin(), sections.end(), section_) != sections.end()) return;
        report(line, line.name, {"there is no section [" + section_ + "]", "write one of " + all_sections()});
        section_.clear();
    }

    void take_pair(const IniLine& line) {
        if (section_.empty()) {
            if (config_.diagnostics.empty())
                report(line, line.name, {"this stands before any section", "write [section] above it"});
            return;
        }
        const auto key = std::string(line.name);
        if (!seen_.insert(section_ + "." + boost::to_lower_copy(key)).second) {
            return report(line, line.name, {key + " stands here twice", "remove one of the two lines"});
        }
        if (section_ == "tcp-process") return take_tcp_process(line);
        const auto among = settings_of(section_);
        const auto setting = std::find_if(among.begin(), among.end(),
                                          [&](const Setting& s) { return s.section == section_ && s.key == key; });
        if (setting == among.end()) {
            return report(line, line.name, {"[" + section_ + "] has no setting " + key, "it has " + keys_of(section_)});
        }
        if (line.value.empty())
            return report(line, line.value, {key + " has no value", "write one, or remove the line"});
        if (auto fault = setting->read(config_, line.value)) report(line, line.value, std::move(*fault));
    }

    void take_tcp_process(const IniLine& line) {
        const auto address = portconf::canonical_address(std::string(line.value));
        if (!line.name.starts_with('$') || line.name.size() < 2) {
            return report(line, line.name,
                          {"a TCP/IP process name begins with $", "write, for example, $ZB019 = 192.168.0.3"});
        }
        if (!address) {
            return report(line, line.value,
                          {"'" + std::string(line.value) + "' is no address", "write an IPv4 or IPv6 address"});
        }
        config_.tcp_processes[std::string(line.name)] = *address;
    }

    void report(const IniLine& line, std::string_view at, Fault fault) {
        Diagnostic diagnostic;
        diagnostic.file = file_;
        diagnostic.line = line.number;
        diagnostic.column =
            at.empty() || at.data() < line.text.data() ? 1 : static_cast<std::size_t>(at.data() - line.text.data()) + 1;
        diagnostic.length = std::max<std::size_t>(1, at.size());
        diagnostic.source = line.text;
        diagnostic.reason = std::move(fault.reason);
        diagnostic.remedy = std::move(fault.remedy);
        config_.diagnostics.push_back(std::move(diagnostic));
    }

    Config& config_;
    std::string_view file_;
    std::string section_;
    std::set<std::string> seen_;
};

}  // namespace

Config parse_config(std::string_view text, std::string_view file) {
    Config config;
    Reader reader(config, file);
    for (const auto& line : divide_ini(text)) reader.take(line);
    if (config.certificate.empty() != config.key.empty()) {
        Diagnostic diagnostic;
        diagnostic.file = file;
        diagnostic.reason = "[tls] has only one of certificate and key";
        diagnostic.remedy = "write both, or neither for a self-signed certificate";
        config.diagnostics.push_back(std::move(diagnostic));
    }
    return config;
}

}  // namespace sallyport::host
