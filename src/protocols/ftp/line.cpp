#include "protocols/ftp/line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <cstdint>

#include "protocols/ftp/verbs.hpp"

namespace sallyport::protocols::ftp {
namespace {

// RFC 854.
constexpr std::uint8_t data_mark = 0xF2;
constexpr std::uint8_t interrupt = 0xF4;
constexpr std::uint8_t iac = 0xFF;
bool is_telnet_command(std::uint8_t byte) { return byte >= 0xF0 && byte <= 0xFA; }
bool is_telnet_option_command(std::uint8_t byte) { return byte >= 0xFB && byte <= 0xFE; }  // WILL to DONT

/// How many bytes at the front of `text` are a telnet sequence; nothing while its rest is missing.
std::optional<std::size_t> telnet_size(std::string_view text) {
    const Bytes bytes = as_bytes(text);
    if (bytes.empty()) return 0;
    // Sent as urgent data, they may arrive without the IAC before them.
    if (bytes[0] == data_mark || bytes[0] == interrupt) return 1;
    if (bytes[0] != iac) return 0;
    if (bytes.size() == 1) return {};
    if (is_telnet_option_command(bytes[1])) return bytes.size() > 2 ? std::optional<std::size_t>(3) : std::nullopt;
    if (bytes[1] == iac || is_telnet_command(bytes[1])) return 2;
    return 1;  // the IAC of a Data Mark that was taken out of the stream: what follows is a verb
}

bool has_lone_nul(std::string_view line) {
    for (auto at = line.find('\0'); at != std::string_view::npos; at = line.find('\0', at + 1)) {
        if (at == 0 || line[at - 1] != '\r') return true;
    }
    return false;
}

bool is_verb(std::string_view text) {
    return !text.empty() && text.size() <= verb_limit &&
           std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E; });
}

std::variant<Command, LineFault> read_command(std::string_view line) {
    if (has_lone_nul(line)) return LineFault::nul_byte;
    if (line.starts_with(' ')) return LineFault::leading_space;
    const auto space = line.find(' ');
    const auto verb = line.substr(0, space);
    if (!is_verb(verb)) return LineFault::bad_verb;
    const bool has_argument = space != std::string_view::npos;
    return Command{boost::to_upper_copy(std::string(verb)),
                   std::string(has_argument ? line.substr(space + 1) : std::string_view()), has_argument,
                   std::string(line)};
}

}  // namespace

std::string escaped(std::string_view bytes, std::size_t limit) {
    std::string shown;
    for (const char c : bytes) {
        const bool printable = c >= 0x20 && c <= 0x7E;
        if (shown.size() + (printable ? 1 : 4) > limit) return shown + "...";
        if (printable) {
            shown += c;
        } else {
            shown += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
        }
    }
    return shown;
}

std::string Command::loggable() const {
    if (!has_argument) return escaped(verb);
    if (!carries_secret(*this)) return escaped(verb + ' ' + argument);
    return verb == "SITE" ? "SITE PSWD ***" : escaped(verb) + " ***";
}

std::optional<std::variant<Command, LineFault>> CommandReader::next() {
    while (drop_telnet()) {
        const auto line = buffer_.next();
        if (!line) break;
        if (!line->empty()) return read_command(*line);
    }
    if (!buffer_.overflowed() || over_) return {};
    over_ = true;
    return LineFault::too_long;
}

/// Takes telnet sequences off the front. False when one is cut: what its next byte is decides about it. Once a line has
/// begun, its first byte is none of theirs, and stands at the front until the line is whole.
bool CommandReader::drop_telnet() {
    auto size = telnet_size(buffer_.rest());
    for (; size && *size > 0; size = telnet_size(buffer_.rest())) buffer_.drop(*size);
    return size.has_value();
}

}  // namespace sallyport::protocols::ftp
