#include "protocols/ftp/reply.hpp"

#include <string_view>

namespace sallyport::protocols::ftp {
namespace {

struct Head {
    int code;
    bool opens;  // "211-"
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What a line begins with, if that is a code: three digits, then a space, a hyphen or the end.
std::optional<Head> read_head(std::string_view line) {
    if (line.size() < 3 || line[0] < '1' || line[0] > '6' || !is_digit(line[1]) || !is_digit(line[2])) return {};
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return {};
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    return Head{code, line.size() > 3 && line[3] == '-'};
}

}  // namespace

std::optional<std::variant<ReplyLine, ReplyTrouble>> ReplyReader::next() {
    if (const auto line = buffer_.next()) return in_group() ? group_line(*line) : first_line(*line);
    if (!buffer_.overflowed() || over_) return {};
    over_ = true;
    return ReplyTrouble{ReplyFault::too_long, {}};
}

std::variant<ReplyLine, ReplyTrouble> ReplyReader::first_line(std::string_view line) {
    const auto head = read_head(line);
    if (!head) return ReplyTrouble{ReplyFault::no_code, std::string(line)};
    if (head->opens) {
        group_code_ = head->code;
        group_bytes_ = line.size();
        group_lines_ = 1;
    }
    return ReplyLine{head->code, true, !head->opens, std::string(line)};
}

std::variant<ReplyLine, ReplyTrouble> ReplyReader::group_line(std::string_view line) {
    group_bytes_ += line.size();
    group_lines_ += 1;
    if (group_bytes_ > reply_group_limit || group_lines_ > reply_group_lines) {
        buffer_.shut();
        return ReplyTrouble{ReplyFault::group_too_long, {}};
    }
    const auto head = read_head(line);
    const int code = group_code_;
    const bool last = head && head->code == code && !head->opens;
    if (last) group_code_ = 0;
    return ReplyLine{code, false, last, std::string(line)};
}

void ReplyReader::clear() {
    buffer_.clear();
    group_code_ = 0;
}

}  // namespace sallyport::protocols::ftp
