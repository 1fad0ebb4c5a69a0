// Any text is a PORTCONF table, and a services file: it yields entries that hold together, or says what is wrong.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/bytes.hpp"
#include "portconf/parser.hpp"
#include "portconf/words.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::portconf;

void require(bool claim) {
    if (!claim) std::abort();
}

/// Tabs are shown as they are, so that the caret stays in place; no other control byte reaches the terminal.
bool is_shown_safely(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
    });
}

void check_entry(const Entry& entry) {
    require(entry.port != 0);
    require(is_label(entry.label));
    require(!entry.targets.empty());
    require(!entry.secure.empty() && entry.secure.told_apart(entry.ftp()));
    require(entry.suites.empty() != entry.secure.contains(SecureLeg::native));
    require(entry.personality != Personality::xygateef || entry.ftp());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono_literals;
    std::string_view text = as_text({data, size});
    const Services services(text);
    const Table table = parse(text, {.file = "portconf",
                                     .services = services,
                                     .tcp_processes = {{"$ZB019", "192.168.0.3"}, {"$ZBAD", "host"}},
                                     .today = 2027y / std::chrono::July / 1d,
                                     .legacy_until = 2027y / std::chrono::June / 30d});
    require(is_shown_safely(render(table.diagnostics)));

    std::set<std::size_t> entries;
    std::set<std::size_t> reported;
    std::set<std::size_t> faulty;
    for (const Entry& entry : table.entries) {
        check_entry(entry);
        require(entries.insert(entry.line).second);
    }
    for (const Diagnostic& diagnostic : table.diagnostics) {
        require(diagnostic.column >= 1 && diagnostic.column + diagnostic.length <= diagnostic.source.size() + 1);
        reported.insert(diagnostic.line);
        if (diagnostic.severity == Severity::error) faulty.insert(diagnostic.line);
    }
    std::size_t lines = 0;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
        const bool blank = split_words(take_line(text)).empty();
        ++lines;
        require(blank || entries.contains(lines) || reported.contains(lines));
        require(!(faulty.contains(lines) && entries.contains(lines)));
    }
    require(entries.empty() || *entries.rbegin() <= lines);
    require(reported.empty() || *reported.rbegin() <= lines);
    return 0;
}
