#include "portconf/parser.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "portconf/address.hpp"
#include "portconf/line.hpp"
#include "portconf/words.hpp"

namespace sallyport::portconf {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";  // editors put it before the first line; it says nothing

/// Reports what no line of a table can hold.
void check_text(std::string_view line, LineReport& report) {
    if (line.size() > max_line_size) {
        report.error(line.substr(0, 1),
                     fmt::format("the line has {} bytes, and {} are allowed", line.size(), max_line_size),
                     "a table has one short line for each entry: see whether this is the right file");
        return;
    }
    const auto control = std::find_if(line.begin(), line.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7F;
    });
    if (control == line.end()) return;
    report.error(line.substr(static_cast<std::size_t>(control - line.begin()), 1),
                 fmt::format("byte 0x{:02X} cannot stand in a table", static_cast<unsigned char>(*control)),
                 "save the file as plain text (ASCII or UTF-8)");
}

}  // namespace

Table parse(std::string_view text, const Context& context) {
    if (text.starts_with(utf8_mark)) text.remove_prefix(utf8_mark.size());
    Table table;
    Claims claims;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = take_line(text);
        LineReport report(context.file, number, line.substr(0, max_line_size), table.diagnostics);
        check_text(line, report);
        if (report.failed()) continue;
        const auto words = split_words(line);
        if (words.empty()) continue;
        const auto reported = table.diagnostics.size();
        auto entry = parse_line(words, context, claims, report);
        std::stable_sort(table.diagnostics.begin() + static_cast<std::ptrdiff_t>(reported), table.diagnostics.end(),
                         [](const Diagnostic& a, const Diagnostic& b) { return a.column < b.column; });
        if (!entry) continue;
        claims.claim(entry->port, entry->listen, number);
        table.entries.push_back(std::move(*entry));
    }
    return table;
}

}  // namespace sallyport::portconf
