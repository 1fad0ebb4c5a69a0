// FTP commands cut anywhere: they are read the same however they are cut, stand in the input as they are forwarded, are
// read again as themselves, and their logs show nothing that is secret or that a terminal would obey.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocols/ftp/line.hpp"
#include "protocols/ftp/verbs.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::protocols::ftp;

using Event = std::variant<Command, LineFault>;

void require(bool holds) {
    if (!holds) std::abort();
}

bool same(const Event& a, const Event& b) {
    if (a.index() != b.index()) return false;
    if (const auto* const fault = std::get_if<LineFault>(&a)) return *fault == std::get<LineFault>(b);
    const auto& left = std::get<Command>(a);
    const auto& right = std::get<Command>(b);
    return left.line == right.line && left.verb == right.verb && left.argument == right.argument &&
           left.has_argument == right.has_argument;
}

void take(CommandReader& reader, std::vector<Event>& events) {
    while (auto event = reader.next()) events.push_back(std::move(*event));
}

/// In pieces of 1 to `longest` bytes, each in memory of its own.
std::vector<Event> read(std::string_view input, std::size_t longest, bool take_at_the_end) {
    CommandReader reader;
    std::vector<Event> events;
    std::size_t size = 0;
    while (!input.empty()) {
        size = std::min(input.size(), size % longest + 1);
        const Bytes piece = as_bytes(input.substr(0, size));
        reader.feed(ByteVector(piece.begin(), piece.end()));
        if (!take_at_the_end) take(reader, events);
        input.remove_prefix(size);
    }
    take(reader, events);
    return events;
}

void check_log(const Command& command) {
    const auto shown = command.loggable();
    require(shown.size() <= shown_limit + 3);
    require(std::ranges::all_of(shown, [](char c) { return c >= 0x20 && c <= 0x7E; }));
    if (carries_secret(command)) require(shown.size() <= sizeof("SITE PSWD ***") - 1);
}

void check_command(const Command& command) {
    require(!command.verb.empty() && command.verb.size() <= verb_limit && command.line.size() <= command_limit);
    require(std::ranges::all_of(command.verb, [](char c) { return c >= 0x21 && c <= 0x7E && (c < 'a' || c > 'z'); }));
    require(command.line.size() == command.verb.size() + (command.has_argument ? 1 + command.argument.size() : 0));
    require(command.line.ends_with(command.argument) && command.line.find('\n') == std::string::npos);
    for (std::size_t i = 0; i < command.line.size(); ++i) {
        if (command.line[i] == '\0') require(i > 0 && command.line[i - 1] == '\r');
    }
    const auto again = read(command.line + "\r\n", command_limit + 2, false);
    require(again.size() == 1 && same(again.front(), command));
    kind_of(command.verb);
    check_log(command);
}

/// `line` with a line's end behind it stands in `left`, which goes on behind it.
void take_through(std::string_view& left, const std::string& line) {
    const auto at = std::min(left.find(line + "\n"), left.find(line + "\r\n"));
    require(at != std::string_view::npos);
    left.remove_prefix(at + line.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input = as_text({data + 1, size - 1});
    const auto events = read(input, std::max<std::size_t>(input.size(), 1), false);
    for (const bool at_the_end : {false, true}) {
        const auto cut = read(input, data[0] % 16 + 1, at_the_end);
        require(std::ranges::equal(events, cut, same));
    }
    std::string_view left = input;
    for (const auto& event : events) {
        if (const auto* const command = std::get_if<Command>(&event)) {
            check_command(*command);
            take_through(left, command->line);
        } else {
            require(std::get<LineFault>(event) != LineFault::too_long || &event == &events.back());
        }
    }
    return 0;
}
