/// The lines of an INI text, each where it stands. Reading and editing see the same lines.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sallyport {

/// All views are of the text that was divided, and valid as long as it is.
struct IniLine {
    enum class Kind {
        blank,
        comment,  // begins with # or ;
        section,  // begins with [
        pair,     // has a =
        other,
    };

    Kind kind = Kind::blank;
    std::size_t number = 0;   // from 1
    std::string_view whole;   // with its line ending (and nothing of a byte order mark)
    std::string_view text;    // without its line ending
    std::string_view ending;  // "\n", "\r\n", or empty at the end of the text
    /// Of a section, what its brackets hold (the whole line, if they do not close at its end); of a pair, its key; of
    /// any other line, its first word.
    std::string_view name;
    std::string_view value;  // of a pair, without the blanks around it; if empty, it still says where it would stand
};

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::vector<IniLine> divide_ini(std::string_view text);

/// Without the blanks and tabs at its ends.
std::string_view trim_blanks(std::string_view text);

/// Any control byte but the tab: no line of a list may hold one.
inline bool is_control_byte(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

/// A name that a section may have: 1 to 64 letters, digits, `.`, `_` and `-`.
bool is_entry_name(std::string_view name);

}  // namespace sallyport
