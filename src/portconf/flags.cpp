#include "portconf/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace sallyport::portconf {
namespace {

/// A word that begins with a hyphen, taken apart. `kind` is null when no flag has this name.
struct Parts {
    std::string_view written;
    std::string_view joined;
    bool has_value;
    const FlagKind* kind;
};

const FlagKind* find_kind(auto matches) {
    const auto* const found = std::find_if(flag_kinds.begin(), flag_kinds.end(), matches);
    return found == flag_kinds.end() ? nullptr : found;
}

Parts take_apart(std::string_view word) {
    if (word.starts_with("--")) {
        const auto written = word.substr(0, word.find('='));
        const bool has_value = written.size() < word.size();
        const auto name = written.substr(2);
        return {written, has_value ? word.substr(written.size() + 1) : std::string_view{}, has_value,
                find_kind([&](const FlagKind& kind) { return kind.name == name; })};
    }
    const auto written = word.substr(0, 2);
    return {written, word.substr(written.size()), word.size() > 2,
            find_kind([&](const FlagKind& kind) { return written.size() == 2 && kind.letter == written[1]; })};
}

/// What to write instead of a flag that does not exist.
std::string known_instead_of(std::string_view written) {
    std::string all;
    std::vector<std::string_view> names;
    for (const FlagKind& kind : flag_kinds) {
        if (written.size() == 2 && kind.letter == std::tolower(static_cast<unsigned char>(written[1])))
            return fmt::format("write -{}", kind.letter);
        names.push_back(kind.name);
        all += fmt::format(" -{}", kind.letter);
    }
    const auto name = written.starts_with("--") ? nearest(written.substr(2), names) : std::string_view{};
    return name.empty() ? "the flags are" + all : fmt::format("write --{}", name);
}

}  // namespace

Flags read_flags(std::span<const std::string_view> words, LineReport& report) {
    Flags flags;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!words[i].starts_with('-')) {
            report.error(words[i], fmt::format("{} belongs to no flag", shortened(words[i])),
                         "take it out; a comment begins with #");
            continue;
        }
        Parts parts = take_apart(words[i]);
        if (!parts.has_value && i + 1 < words.size() && !words[i + 1].starts_with('-')) parts.joined = words[++i];
        if (parts.kind == nullptr) {
            report.error(parts.written, fmt::format("{} is not a flag", shortened(parts.written)),
                         known_instead_of(parts.written));
        } else if (flags.contains(parts.kind->letter)) {
            report.error(parts.written, fmt::format("-{} (--{}) is given twice", parts.kind->letter, parts.kind->name),
                         "keep one of the two");
        } else {
            flags.emplace(parts.kind->letter, Flag{parts.written, parts.joined});
            if (parts.joined.empty())
                report.error(parts.written, fmt::format("{} has no value", parts.written),
                             fmt::format("join the value to it, as in {}", parts.kind->example));
        }
    }
    return flags;
}

}  // namespace sallyport::portconf
