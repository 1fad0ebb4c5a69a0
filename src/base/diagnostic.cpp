#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <string_view>

namespace sallyport {
namespace {

constexpr std::size_t window_columns = 120;       // we chose: what a wide terminal shows of a line
constexpr std::size_t columns_before_caret = 60;  // we chose: enough to see which key or flag the caret belongs to
constexpr std::string_view cut = "...";
constexpr std::string_view indent = "  ";

/// One character as it is shown. `size` bytes of the source became it.
struct Cell {
    std::string shown;
    std::size_t size;
    std::size_t columns;
};

/// C0, DEL and C1 controls, and the marks that turn the direction of what follows them.
bool plays_with_terminal(boost::locale::utf::code_point c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

/// The character at the front of `text`, which must not be empty.
Cell first_cell(std::string_view text) {
    const auto* position = text.begin();
    const auto c = boost::locale::utf::utf_traits<char>::decode(position, text.end());
    if (boost::locale::utf::is_valid_codepoint(c) && !plays_with_terminal(c)) {
        const auto size = static_cast<std::size_t>(position - text.begin());
        return {std::string(text.substr(0, size)), size, 1};
    }
    return {fmt::format("\\x{:02X}", static_cast<unsigned char>(text.front())), 1, 4};
}

std::string escaped(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const Cell cell = first_cell(text);
        shown += cell.shown;
        text.remove_prefix(cell.size);
    }
    return shown;
}

/// The source line and the caret below it.
std::string source_and_caret(std::string_view source, std::size_t caret) {
    std::vector<Cell> cells;
    std::size_t columns = 0;
    std::size_t caret_cell = 0;
    std::size_t caret_column = 0;
    for (std::size_t at = 0; at < source.size(); at += cells.back().size) {
        cells.push_back(source[at] == '\t' ? Cell{"\t", 1, 1} : first_cell(source.substr(at)));
        if (at + cells.back().size <= caret) {
            caret_cell = cells.size();
            caret_column = columns + cells.back().columns;
        }
        columns += cells.back().columns;
    }

    std::size_t first = 0;
    std::string line(indent);
    std::string below(indent);
    if (columns > window_columns && caret_column > columns_before_caret) {
        std::size_t before = 0;
        for (first = caret_cell; first > 0 && before < columns_before_caret; --first)
            before += cells[first - 1].columns;
        if (first > 0) {
            line += cut;
            below.append(cut.size(), ' ');
        }
    }
    std::size_t shown = 0;
    for (std::size_t i = first; i < cells.size(); ++i) {
        if (columns > window_columns && shown >= window_columns) {
            line += cut;
            break;
        }
        line += cells[i].shown;
        shown += cells[i].columns;
        // A tab below a tab: the caret stays in place whatever the width of a tab is.
        if (i < caret_cell) below += cells[i].shown == "\t" ? "\t" : std::string(cells[i].columns, ' ');
    }
    return fmt::format("{}\n{}^\n", line, below);
}

std::string_view prefix(Severity severity) {
    switch (severity) {
        case Severity::warning:
            return "warning: ";
        case Severity::notice:
            return "notice: ";
        case Severity::error:
            break;
    }
    return "";
}

}  // namespace

std::string render(const Diagnostic& d) {
    std::string text = escaped(d.file);
    if (d.line > 0) text += fmt::format(":{}:{}", d.line, d.column);
    text += fmt::format(": {}{}\n", prefix(d.severity), escaped(d.reason));
    if (d.line > 0) text += source_and_caret(d.source, d.column > 0 ? d.column - 1 : 0);
    if (!d.remedy.empty()) text += fmt::format("{}{}\n", indent, escaped(d.remedy));
    return text;
}

std::string render(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += render(diagnostic);
    return text;
}

bool has_error(const std::vector<Diagnostic>& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& d) { return d.severity == Severity::error; });
}

}  // namespace sallyport
