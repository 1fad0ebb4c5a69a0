/// The commands of the user's side, read off its control connection (RFC 959, 4.1 and 5.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "protocols/ftp/line_buffer.hpp"

namespace sallyport::protocols::ftp {

/// We chose: longer than any path. Servers end at 500 to 4,096.
inline constexpr std::size_t command_limit = 8192;
/// We chose: no command that exists has more than 7 letters; sites have their own.
inline constexpr std::size_t verb_limit = 16;
/// We chose: what a line of the log shows of bytes from outside.
inline constexpr std::size_t shown_limit = 200;

/// `bytes` as printable ASCII: all else as \xNN, and what is longer than `limit` cut, with "..." behind it.
std::string escaped(std::string_view bytes, std::size_t limit = shown_limit);

struct Command {
    std::string verb;      // in upper case: "RETR"
    std::string argument;  // all that follows exactly one space, unchanged (RFC 3659, 2.2): names begin with spaces
    bool has_argument = false;  // the space was there: "PASS " is not "PASS"
    std::string line;           // as it is to be forwarded: what the user wrote, without the line's end

    /// For logs: secrets are masked, unprintable bytes escaped, the length is bounded.
    std::string loggable() const;
};

/// Why a line is no command.
enum class LineFault {
    too_long,       // nothing after it is read
    nul_byte,       // other than in CR NUL, the CR of a file name (RFC 2640, 3)
    leading_space,  // some servers would take what follows for a command, others not
    bad_verb,       // longer than verb_limit, or not of printable ASCII
};

/// Fed cut anywhere. Empty lines are swallowed. Telnet sequences are dropped between the end of a line and the first
/// byte of the next verb; later in a line 0xFF is a letter of a name, and stays.
class CommandReader {
public:
    void feed(Bytes bytes) { buffer_.feed(bytes); }
    /// The next line, or nothing until more is fed; after too_long nothing ever again.
    std::optional<std::variant<Command, LineFault>> next();
    /// Anything at all lies behind the line that next() gave last, be it a piece of a telnet sequence. Behind AUTH that
    /// may not be the user's word (CVE-2011-0411): it came before the encryption and would be read as if within it.
    bool has_input() const { return !buffer_.empty(); }
    void clear() { buffer_.clear(); }

private:
    bool drop_telnet();

    LineBuffer buffer_{command_limit};
    bool over_ = false;
};

}  // namespace sallyport::protocols::ftp
