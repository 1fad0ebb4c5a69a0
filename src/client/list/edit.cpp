#include "client/list/edit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ini.hpp"

namespace sallyport::client {
namespace {

using Lines = std::vector<IniLine>;

/// A part of the text and what comes in its place.
struct Change {
    std::size_t at;
    std::size_t size;
    std::string text;
};

/// A text with the changes to it; they do not overlap.
class Edit {
public:
    explicit Edit(std::string_view text) : text_(text), lines_(divide_ini(text)) {
        // A list is all of one kind; the first line tells which.
        newline_ = !lines_.empty() && lines_.front().ending == "\r\n" ? "\r\n" : "\n";
    }

    const Lines& lines() const { return lines_; }
    const std::string& newline() const { return newline_; }
    std::size_t offset(const char* position) const { return static_cast<std::size_t>(position - text_.data()); }
    /// Where the line begins; the end of the text for the one after the last.
    std::size_t offset(std::size_t line) const {
        return line < lines_.size() ? offset(lines_[line].whole.data()) : text_.size();
    }

    void replace(std::string_view part, std::string with) {
        changes_.push_back({offset(part.data()), part.size(), std::move(with)});
    }
    /// Puts whole lines before the line of that index.
    void insert_lines(std::size_t line, std::string added) {
        if (added.empty()) return;
        const bool open = line > 0 && lines_[line - 1].ending.empty();
        changes_.push_back({offset(line), 0, (open ? newline_ : "") + std::move(added)});
    }

    std::string result() {
        std::stable_sort(changes_.begin(), changes_.end(), [](auto& a, auto& b) { return a.at < b.at; });
        std::string result;
        std::size_t done = 0;
        for (const Change& change : changes_) {
            result += text_.substr(done, change.at - done);
            result += change.text;
            done = change.at + change.size;
        }
        return result += text_.substr(done);
    }

private:
    std::string_view text_;
    Lines lines_;
    std::string newline_;
    std::vector<Change> changes_;
};

/// The lines of a section: [first, end); first is its [name]. After `content_end` come blank lines and comments alone.
struct Extent {
    std::size_t first;
    std::size_t content_end;
    std::size_t end;
};

Extent extent_from(const Lines& lines, std::size_t first) {
    Extent extent{first, first + 1, first + 1};
    for (; extent.end < lines.size() && lines[extent.end].kind != IniLine::Kind::section; ++extent.end) {
        const auto kind = lines[extent.end].kind;
        if (kind == IniLine::Kind::pair || kind == IniLine::Kind::other) extent.content_end = extent.end + 1;
    }
    return extent;
}

Result<Extent> find_section(const Lines& lines, std::string_view entry) {
    if (!is_entry_name(entry)) return EditError::bad_entry_name;
    const auto is_it = [&](const IniLine& l) { return l.kind == IniLine::Kind::section && l.name == entry; };
    const auto found = std::find_if(lines.begin(), lines.end(), is_it);
    if (found == lines.end()) return EditError::no_entry;
    if (std::any_of(found + 1, lines.end(), is_it)) return EditError::entry_repeated;
    return extent_from(lines, static_cast<std::size_t>(found - lines.begin()));
}

bool is_key(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_value(std::string_view value) { return std::none_of(value.begin(), value.end(), is_control_byte); }

/// Each key once, with its last value, trimmed; in the order in which they are named.
Result<FieldValues> checked(const FieldValues& values) {
    FieldValues result;
    for (const auto& field : values) {
        if (!is_key(field.first)) return EditError::bad_key;
        if (!is_value(field.second)) return EditError::bad_value;
        std::erase_if(result, [&](const auto& earlier) { return earlier.first == field.first; });
        result.emplace_back(field.first, trim_blanks(field.second));
    }
    return result;
}

std::string pair_line(std::string_view key, std::string_view value, std::string_view newline) {
    return fmt::format("{:<10} = {}{}", key, value, newline);
}

/// Sets one key among the lines [first, end); false when it does not stand there.
bool set_among(Edit& edit, std::size_t first, std::size_t end, std::string_view key, std::string_view value) {
    bool found = false;
    for (std::size_t i = first; i < end; ++i) {
        const IniLine& line = edit.lines()[i];
        if (line.kind != IniLine::Kind::pair || line.name != key) continue;
        if (found || value.empty()) {
            edit.replace(line.whole, "");
        } else if (line.value.empty() && line.text.back() == '=') {
            edit.replace(line.value, fmt::format(" {}", value));
        } else {
            edit.replace(line.value, std::string(value));
        }
        found = true;
    }
    return found;
}

}  // namespace

ErrorText describe(EditError error) {
    switch (error) {
        case EditError::no_entry:
            return {"no_entry", "There is no entry of that name."};
        case EditError::entry_exists:
            return {"entry_exists", "There is an entry of that name already."};
        case EditError::entry_repeated:
            return {"entry_repeated", "The list has that entry twice; give one of them another name first."};
        case EditError::bad_entry_name:
            return {"bad_entry_name", "An entry's name is 1 to 64 letters, digits, dots, hyphens and underscores."};
        case EditError::bad_key:
            return {"bad_key", "A key is small letters, digits and hyphens."};
        case EditError::bad_value:
            return {"bad_value", "A value cannot hold line breaks or other control bytes."};
    }
    return {"unknown", "Unknown error."};
}

const char* area_of(EditError) { return "server list"; }

Result<std::string> set_fields(std::string_view text, std::string_view entry, const FieldValues& values) {
    Edit edit(text);
    const auto extent = find_section(edit.lines(), entry);
    if (!extent) return extent.error();
    const auto fields = checked(values);
    if (!fields) return fields.error();
    std::string added;
    for (const auto& [key, value] : *fields) {
        const bool found = set_among(edit, extent->first + 1, extent->end, key, value);
        if (!found && !value.empty()) added += pair_line(key, value, edit.newline());
    }
    edit.insert_lines(extent->content_end, std::move(added));
    return edit.result();
}

Result<std::string> add_section(std::string_view text, std::string_view entry, const FieldValues& values) {
    Edit edit(text);
    const auto extent = find_section(edit.lines(), entry);
    if (extent || extent.error() == EditError::entry_repeated) return EditError::entry_exists;
    if (extent.error() != EditError::no_entry) return extent.error();
    const auto fields = checked(values);
    if (!fields) return fields.error();
    const Lines& lines = edit.lines();
    const bool after_text = !lines.empty() && lines.back().kind != IniLine::Kind::blank;
    std::string added = fmt::format("{}[{}]{}", after_text ? edit.newline() : "", entry, edit.newline());
    for (const auto& [key, value] : *fields) {
        if (!value.empty()) added += pair_line(key, value, edit.newline());
    }
    edit.insert_lines(lines.size(), std::move(added));
    return edit.result();
}

Result<std::string> remove_section(std::string_view text, std::string_view entry) {
    Edit edit(text);
    const auto extent = find_section(edit.lines(), entry);
    if (!extent) return extent.error();
    // The blank lines below it go too: those above it stay, and keep its neighbours apart.
    std::size_t end = extent->content_end;
    while (end < extent->end && edit.lines()[end].kind == IniLine::Kind::blank) ++end;
    const std::size_t from = edit.offset(extent->first);
    edit.replace(text.substr(from, edit.offset(end) - from), "");
    return edit.result();
}

Result<std::string> set_global_protection(std::string_view text, bool on) {
    Edit edit(text);
    const Lines& lines = edit.lines();
    const auto first_section = static_cast<std::size_t>(
        std::find_if(lines.begin(), lines.end(), [](auto& l) { return l.kind == IniLine::Kind::section; }) -
        lines.begin());
    const std::string_view value = on ? "on" : "off";
    if (!set_among(edit, 0, first_section, "protection", value)) {
        const bool before_text = !lines.empty() && lines.front().kind != IniLine::Kind::blank;
        edit.insert_lines(0,
                          fmt::format("protection = {}{}{}", value, edit.newline(), before_text ? edit.newline() : ""));
    }
    return edit.result();
}

}  // namespace sallyport::client
