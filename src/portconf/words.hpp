/// What services files and PORTCONF have in common: words between blanks, comments that begin with #.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sallyport::portconf {

inline constexpr std::string_view blanks = " \t";
inline constexpr std::string_view digits = "0123456789";

/// Takes the first line off the front of `text`, without its LF or CRLF.
inline std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The words of a line up to one that begins with #; views of `line`.
inline std::vector<std::string_view> split_words(std::string_view line) {
    std::vector<std::string_view> words;
    for (auto start = line.find_first_not_of(blanks); start != std::string_view::npos && line[start] != '#';) {
        const auto end = line.find_first_of(blanks, start);
        words.push_back(line.substr(start, end == std::string_view::npos ? end : end - start));
        start = line.find_first_not_of(blanks, end);
    }
    return words;
}

/// A decimal number from 1 to 65535 and nothing else.
inline std::optional<std::uint16_t> port_number(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

}  // namespace sallyport::portconf
