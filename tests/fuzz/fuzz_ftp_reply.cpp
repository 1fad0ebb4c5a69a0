// FTP replies cut anywhere: they are read the same however they are cut, groups begin and end once, and the features
// made of a reply are one group again that offers nothing the relay does not carry.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocols/ftp/address.hpp"
#include "protocols/ftp/features.hpp"
#include "protocols/ftp/reply.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::protocols::ftp;

using Event = std::variant<ReplyLine, ReplyTrouble>;

void require(bool holds) {
    if (!holds) std::abort();
}

bool same(const Event& a, const Event& b) {
    if (a.index() != b.index()) return false;
    if (const auto* const line = std::get_if<ReplyLine>(&a)) {
        const auto& other = std::get<ReplyLine>(b);
        return line->code == other.code && line->first == other.first && line->last == other.last &&
               line->text == other.text;
    }
    const auto& trouble = std::get<ReplyTrouble>(a);
    const auto& other = std::get<ReplyTrouble>(b);
    return trouble.fault == other.fault && trouble.text == other.text;
}

void take(ReplyReader& reader, std::vector<Event>& events) {
    while (auto event = reader.next()) events.push_back(std::move(*event));
}

/// In pieces of 1 to `longest` bytes, each in memory of its own.
std::vector<Event> read(std::string_view input, std::size_t longest, bool take_at_the_end) {
    ReplyReader reader;
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

void check_trouble(const ReplyTrouble& trouble, bool in_group, bool last) {
    if (trouble.fault == ReplyFault::no_code) {
        require(!in_group && trouble.text.size() <= reply_line_limit);
    } else {
        require(last && trouble.text.empty());
    }
}

void check_line(const ReplyLine& line, int group) {
    require(line.code >= 100 && line.code <= 699 && line.first == (group == 0) && (group == 0 || line.code == group));
    require(line.text.size() <= reply_line_limit && line.text.find('\n') == std::string::npos);
    if (line.first || line.last) require(line.text.starts_with(std::to_string(line.code)));
    if (line.first) require(line.last != line.text.substr(3).starts_with('-'));
    if (line.last) require(line.text.size() == 3 || line.text[3] == ' ');
    parse_227(line.text);
    parse_229(line.text);
}

void check_features(const std::vector<std::string>& lines, FeatureFront front) {
    static const std::set<std::string> refused = {"CCC", "ADAT", "SSCN", "CPSV", "LPRT"};
    const std::string reply = rewrite_features(lines, front);
    const auto events = read(reply, reply.size(), false);
    require(events.size() >= 4);
    std::size_t offers = 0;
    for (const auto& event : events) {
        const auto& line = std::get<ReplyLine>(event);
        require(line.code == 211 && line.first == (&event == &events.front()) &&
                line.last == (&event == &events.back()));
        if (line.first || line.last) continue;
        require(line.text.size() > 1 && line.text[0] == ' ' && line.text[1] != ' ');
        require(!refused.contains(line.text.substr(1)));
        if (line.text == " AUTH TLS" || line.text == " PBSZ" || line.text == " PROT") ++offers;
    }
    require(offers == (front == FeatureFront::tls ? 3 : 0));
    std::vector<std::string> again;
    for (const auto& event : events) again.push_back(std::get<ReplyLine>(event).text);
    require(rewrite_features(again, FeatureFront::plain).size() <= reply.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input = as_text({data + 1, size - 1});
    const auto events = read(input, std::max<std::size_t>(input.size(), 1), false);
    for (const bool at_the_end : {false, true})
        require(std::ranges::equal(events, read(input, data[0] % 16 + 1, at_the_end), same));

    int group = 0;
    std::vector<std::string> lines;
    for (const auto& event : events) {
        if (const auto* const trouble = std::get_if<ReplyTrouble>(&event)) {
            check_trouble(*trouble, group != 0, &event == &events.back());
            continue;
        }
        const auto& line = std::get<ReplyLine>(event);
        check_line(line, group);
        if (line.first) lines.clear();
        lines.push_back(line.text);
        group = line.last ? 0 : line.code;
        if (!line.last || line.code != 211) continue;
        for (const auto front : {FeatureFront::plain, FeatureFront::tls}) check_features(lines, front);
    }
    return 0;
}
