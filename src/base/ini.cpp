#include "base/ini.hpp"

#include <algorithm>

namespace sallyport {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t max_name_size = 64;  // we chose: it fits a line of `list` and of a log

/// Tells what a line is; text and ending are known.
void classify(IniLine& line) {
    const std::string_view text = trim_blanks(line.text);
    if (text.empty()) return;
    if (text.front() == '#' || text.front() == ';') {
        line.kind = IniLine::Kind::comment;
    } else if (text.front() == '[') {
        line.kind = IniLine::Kind::section;
        line.name = text.back() == ']' ? trim_blanks(text.substr(1, text.size() - 2)) : text;
    } else if (const auto equals = line.text.find('='); equals != std::string_view::npos) {
        line.kind = IniLine::Kind::pair;
        line.name = trim_blanks(line.text.substr(0, equals));
        line.value = trim_blanks(line.text.substr(equals + 1));
    } else {
        line.kind = IniLine::Kind::other;
        line.name = text.substr(0, text.find_first_of(blanks));
    }
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

bool is_entry_name(std::string_view name) {
    return !name.empty() && name.size() <= max_name_size && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

std::vector<IniLine> divide_ini(std::string_view text) {
    std::vector<IniLine> lines;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    while (!text.empty()) {
        IniLine line;
        line.number = lines.size() + 1;
        line.whole = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
        std::size_t ending = 0;
        if (line.whole.ends_with("\r\n")) {
            ending = 2;
        } else if (line.whole.ends_with('\n')) {
            ending = 1;
        }
        line.text = line.whole.substr(0, line.whole.size() - ending);
        line.ending = line.whole.substr(line.whole.size() - ending);
        classify(line);
        lines.push_back(line);
        text.remove_prefix(line.whole.size());
    }
    return lines;
}

}  // namespace sallyport
