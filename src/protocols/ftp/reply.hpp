/// The replies of the server's side, read off its control connection line by line (RFC 959, 4.2).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "protocols/ftp/line_buffer.hpp"

namespace sallyport::protocols::ftp {

/// We chose: clients are tested with lines of 17,000 bytes.
inline constexpr std::size_t reply_line_limit = 20480;
/// We chose: a STAT of a large folder fits; a server that never ends its reply is found out.
inline constexpr std::size_t reply_group_limit = 4 * 1024 * 1024;
inline constexpr std::size_t reply_group_lines = 100000;

/// One line of a reply. A reply is a single line (first and last), or a group: "211-" opens it, and it ends only at
/// "211 " or a bare "211" of the same code; what stands between may look like any other reply.
struct ReplyLine {
    int code = 0;  // of the group, also where the line itself begins with something else
    bool first = false;
    bool last = false;
    std::string text;  // the whole line as it came, without its end
};

enum class ReplyFault {
    too_long,        // a line; nothing after it is read
    group_too_long,  // nothing after it is read
    no_code,         // the line where a reply should begin begins with no code; reading goes on behind it
};

struct ReplyTrouble {
    ReplyFault fault;
    std::string text;  // of no_code: the line
};

/// Fed cut anywhere. Codes are 100 to 699: those of RFC 2228 (6yz) are told apart from garbage, although no server
/// without protection may send them. NUL and bare CR in a line stay as they are.
class ReplyReader {
public:
    void feed(Bytes bytes) { buffer_.feed(bytes); }
    /// The next line, or nothing until more is fed.
    std::optional<std::variant<ReplyLine, ReplyTrouble>> next();
    /// A group was opened and has not ended.
    bool in_group() const { return group_code_ != 0; }
    /// Anything at all lies behind the line that next() gave last. Behind 234 the server has not sent that.
    bool has_input() const { return !buffer_.empty(); }
    /// Forgets all input, and the group that it was in.
    void clear();

private:
    std::variant<ReplyLine, ReplyTrouble> first_line(std::string_view line);
    std::variant<ReplyLine, ReplyTrouble> group_line(std::string_view line);

    LineBuffer buffer_{reply_line_limit};
    int group_code_ = 0;  // 0: between replies
    std::size_t group_bytes_ = 0;
    std::size_t group_lines_ = 0;
    bool over_ = false;
};

/// 1yz: another reply to the same command follows.
inline bool is_preliminary(int code) { return code / 100 == 1; }
/// 2yz, 3yz.
inline bool is_positive(int code) { return code / 100 == 2 || code / 100 == 3; }
/// 4yz, 5yz.
inline bool is_negative(int code) { return code / 100 == 4 || code / 100 == 5; }

}  // namespace sallyport::protocols::ftp
