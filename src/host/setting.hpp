/// One setting of sallyportd.conf, and the ways in which values are read that more than one of them shares.
#pragma once

#include <charconv>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "portconf/entry.hpp"

namespace sallyport::host {

struct Config;

/// Why a value cannot be used and what to write instead.
struct Fault {
    std::string reason;
    std::string remedy;
};
using Outcome = std::optional<Fault>;

struct Setting {
    std::string_view section;
    std::string_view key;
    /// Reads a value that is not empty into the configuration; on a fault it stays as it was.
    Outcome (*read)(Config& config, std::string_view value);
};

/// Those of [ftp].
std::span<const Setting> ftp_settings();

template <typename Number>
Outcome read_number(Number& number, std::string_view value, Number least, Number most) {
    Number read{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (error != std::errc{} || end != value.data() + value.size() || read < least || read > most) {
        return Fault{"'" + std::string(value) + "' is no number that can stand here",
                     "write a number from " + std::to_string(least) + " to " + std::to_string(most)};
    }
    number = read;
    return std::nullopt;
}

/// A number of seconds, up to a day.
template <long least = 1>
Outcome read_seconds(std::chrono::seconds& seconds, std::string_view value) {
    long count = 0;
    if (auto fault = read_number<long>(count, value, least, 86400)) return fault;
    seconds = std::chrono::seconds(count);
    return std::nullopt;
}

/// on or off
Outcome read_switch(bool& on, std::string_view value);
/// 127.0.0.1:2121, [::1]:2121
Outcome read_target(portconf::Target& target, std::string_view value);
/// Words with blanks between them.
Outcome read_words(std::vector<std::string>& words, std::string_view value);
Outcome read_text(std::string& text, std::string_view value);

}  // namespace sallyport::host
