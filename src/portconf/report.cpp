#include "portconf/report.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace sallyport::portconf {
namespace {

constexpr std::size_t max_reports_per_line = 20;  // we chose: nobody reads on, and each holds a copy of its line
constexpr std::size_t max_quoted = 60;            // we chose: longer than any name that is meant seriously

/// Levenshtein's distance, letter case aside.
std::size_t distance(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0u);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

void LineReport::add(Severity severity, std::string_view where, std::string reason, std::string remedy) {
    if (++added_ > max_reports_per_line) return;
    Diagnostic diagnostic;
    diagnostic.severity = severity;
    diagnostic.file = file_;
    diagnostic.line = number_;
    diagnostic.column = static_cast<std::size_t>(where.data() - line_.data()) + 1;
    diagnostic.length = std::max<std::size_t>(where.size(), 1);
    diagnostic.source = line_;
    diagnostic.reason = std::move(reason);
    diagnostic.remedy = std::move(remedy);
    to_.push_back(std::move(diagnostic));
}

std::string shortened(std::string_view text) {
    return text.size() <= max_quoted ? std::string(text) : std::string(text.substr(0, max_quoted)) + "...";
}

std::string_view nearest(std::string_view text, const std::vector<std::string_view>& names) {
    std::string_view best;
    std::size_t best_distance = 1 + text.size() / 4;  // a slip or two in a word; more would be guessing
    for (const std::string_view name : names) {
        if (text.size() > 2 * name.size()) continue;
        const std::size_t d = distance(text, name);
        if (d <= best_distance && (best.empty() || d < best_distance)) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

}  // namespace sallyport::portconf
