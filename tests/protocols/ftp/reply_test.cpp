// Replies of the server's side: RFC 959, 4.2.
#include "protocols/ftp/reply.hpp"

#include <gmock/gmock.h>

#include "tests/protocols/ftp/pieces.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using Events = std::vector<std::string>;

/// "220<>text": the only line; "220<" the first, "220.", "220>" the last; "<no_code>text".
struct Described {
    std::string operator()(const ReplyLine& line) const {
        const char* const place = line.first && line.last ? "<>" : line.first ? "<" : line.last ? ">" : ".";
        return std::to_string(line.code) + place + line.text;
    }
    std::string operator()(const ReplyTrouble& trouble) const {
        switch (trouble.fault) {
            case ReplyFault::too_long:
                return "<too_long>" + trouble.text;
            case ReplyFault::group_too_long:
                return "<group_too_long>" + trouble.text;
            case ReplyFault::no_code:
                return "<no_code>" + trouble.text;
        }
        return "<unknown>";
    }
};

Events replies_in(std::string_view input) { return read<ReplyReader>({input}, Described()); }
Events replies_from(ReplyReader& reader) { return take(reader, Described()); }

struct ReplyCase {
    const char* name;
    std::string input;
    Events events;
};
void PrintTo(const ReplyCase& row, std::ostream* out) { *out << row.name; }

const ReplyCase reply_cases[] = {
    {"single", "220 ready\r\n", {"220<>220 ready"}},
    {"code_alone", "200\r\n", {"200<>200"}},
    {"code_and_space", "200 \r\n", {"200<>200 "}},
    {"line_feed_alone", "220 a\n331 b\r\n", {"220<>220 a", "331<>331 b"}},
    {"carriage_return_stays", "220 a\rb\r\r\n", {"220<>220 a\rb\r"}},
    {"nul_stays", "220 a\0b\0\r\n"s, {"220<>220 a\0b\0"s}},
    {"iac_stays", "257 \"\xFF\xFF\"\r\n", {"257<>257 \"\xFF\xFF\""}},
    {"unfinished", "220 a\r\n226 b", {"220<>220 a"}},
    {"several", "150 a\r\n226 b\r\n", {"150<>150 a", "226<>226 b"}},

    {"group", "211-Features:\r\n UTF8\r\n211 End\r\n", {"211<211-Features:", "211. UTF8", "211>211 End"}},
    {"group_that_ends_in_its_code_alone", "230-a\r\n230\r\n", {"230<230-a", "230>230"}},
    {"group_of_two", "220-a\r\n220 b\r\n331 c\r\n", {"220<220-a", "220>220 b", "331<>331 c"}},
    {"group_without_text", "220-\r\n220 \r\n", {"220<220-", "220>220 "}},
    {"group_with_its_code_on_every_line", "230-a\r\n230-b\r\n230 c\r\n", {"230<230-a", "230.230-b", "230>230 c"}},
    {"group_with_another_code_within",
     "230-a\r\n220 b\r\n220---- c\r\n220\r\n230 d\r\n",
     {"230<230-a", "230.220 b", "230.220---- c", "230.220", "230>230 d"}},
    {"group_with_its_code_run_into_text",
     "230-a\r\n2300 b\r\n230b\r\n 230 c\r\n230\td\r\n230 e\r\n",
     {"230<230-a", "230.2300 b", "230.230b", "230. 230 c", "230.230\td", "230>230 e"}},
    {"group_with_blank_lines", "211-a\r\n\r\n\n211 b\r\n", {"211<211-a", "211.", "211.", "211>211 b"}},
    {"group_with_anything_within",
     "230-a\r\nhello\r\n999 x\r\n\xFF\0\r\n230 b\r\n"s,
     {"230<230-a", "230.hello", "230.999 x", "230.\xFF\0"s, "230>230 b"}},
    {"group_unfinished", "230-a\r\nb\r\n", {"230<230-a", "230.b"}},

    {"least_code", "100 a\r\n", {"100<>100 a"}},
    {"greatest_code", "599 a\r\n", {"599<>599 a"}},
    {"protected_reply", "631 abc\r\n", {"631<>631 abc"}},
    {"code_below", "099 a\r\n200 b\r\n", {"<no_code>099 a", "200<>200 b"}},
    {"code_above", "700 a\r\n200 b\r\n", {"<no_code>700 a", "200<>200 b"}},
    {"text", "hello\r\n200 b\r\n", {"<no_code>hello", "200<>200 b"}},
    {"text_that_looks_like_a_group", "a-b\r\n200 b\r\n", {"<no_code>a-b", "200<>200 b"}},
    {"blank_line", "\r\n200 b\r\n", {"<no_code>", "200<>200 b"}},
    {"leading_space", " 200 a\r\n", {"<no_code> 200 a"}},
    {"four_digits", "2000 a\r\n", {"<no_code>2000 a"}},
    {"two_digits", "20 a\r\n20\r\n", {"<no_code>20 a", "<no_code>20"}},
    {"letter_in_code", "2o0 a\r\n20O a\r\n", {"<no_code>2o0 a", "<no_code>20O a"}},
    {"code_run_into_text", "200a\r\n200\ta\r\n", {"<no_code>200a", "<no_code>200\ta"}},
};

class Replies : public testing::TestWithParam<ReplyCase> {};
INSTANTIATE_TEST_SUITE_P(, Replies, testing::ValuesIn(reply_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Replies, AreReadTheSameHoweverTheyAreCut) {
    for (const auto& pieces : every_cut(GetParam().input)) {
        EXPECT_EQ(read<ReplyReader>(pieces, Described()), GetParam().events) << pieces.front().size();
    }
}

TEST_P(Replies, AreReadTheSameWhenTakenAtTheEnd) {
    ReplyReader reader;
    for (const auto piece : byte_by_byte(GetParam().input)) feed(reader, piece);
    EXPECT_EQ(replies_from(reader), GetParam().events);
}

TEST(ReplyReader, KnowsWhetherItIsInAGroup) {
    ReplyReader reader;
    EXPECT_FALSE(reader.in_group());
    feed(reader, "220 a\r\n230-b\r\n");
    EXPECT_TRUE(reader.next() && !reader.in_group());
    EXPECT_TRUE(reader.next() && reader.in_group());
    feed(reader, "220 c\r\n230 d\r\n");
    EXPECT_TRUE(reader.next() && reader.in_group());
    EXPECT_TRUE(reader.next() && !reader.in_group());
}

TEST(ReplyReader, TakesLinesUpToTheLimit) {
    for (const std::string end : {"\r\n", "\n"}) {
        const std::string line = "220 " + std::string(reply_line_limit - 4, 'a');
        const std::string input = line + end + "331 b\r\n";
        EXPECT_THAT(replies_in(input), ElementsAre("220<>" + line, "331<>331 b"));
        EXPECT_THAT(read<ReplyReader>(byte_by_byte(input), Described()), ElementsAre("220<>" + line, "331<>331 b"));
    }
}

TEST(ReplyReader, NeverReadsOnBehindALineThatIsTooLong) {
    for (const std::string start : {"220 ", "220-a\r\n220 ", "hello"}) {
        const std::string line = start + std::string(reply_line_limit, 'a');
        for (const std::string end : {"\r\n", "\n", ""}) {
            const std::string input = line + end + "331 b\r\n";
            EXPECT_EQ(replies_in(input).back(), "<too_long>");
            EXPECT_EQ(read<ReplyReader>(byte_by_byte(input), Described()).back(), "<too_long>");
        }
    }
}

TEST(ReplyReader, StaysSilentAfterALineThatIsTooLong) {
    ReplyReader reader;
    feed(reader, std::string(reply_line_limit + 1, 'a'));
    EXPECT_THAT(replies_from(reader), ElementsAre("<too_long>"));
    feed(reader, "220 a\r\n");
    reader.clear();
    feed(reader, "220 a\r\n");
    EXPECT_THAT(replies_from(reader), IsEmpty());
    EXPECT_FALSE(reader.has_input());
}

TEST(ReplyReader, TakesGroupsUpToTheirLines) {
    std::string input = "211-a\r\n";
    for (std::size_t i = 2; i < reply_group_lines; ++i) input += "b\r\n";
    EXPECT_EQ(replies_in(input + "211 c\r\n221 d\r\n").size(), reply_group_lines + 1);
    const auto events = replies_in(input + "b\r\n211 c\r\n221 d\r\n");
    ASSERT_EQ(events.size(), reply_group_lines + 1);
    EXPECT_EQ(events.back(), "<group_too_long>");
}

TEST(ReplyReader, TakesGroupsUpToTheirBytes) {
    const std::string line(16 * 1024, 'b');
    std::string input = "211-" + line.substr(4) + "\r\n";
    for (std::size_t size = 2 * line.size(); size < reply_group_limit; size += line.size()) input += line + "\r\n";
    EXPECT_EQ(replies_in(input + "211 " + line.substr(4) + "\r\n221 d\r\n").back(), "221<>221 d");
    EXPECT_EQ(replies_in(input + "211 " + line.substr(3) + "\r\n221 d\r\n").back(), "<group_too_long>");
}

TEST(ReplyReader, CountsEachGroupByItself) {
    std::string input;
    for (int group = 0; group < 3; ++group) {
        input += "211-a\r\n";
        for (std::size_t i = 2; i < reply_group_lines; ++i) input += "b\r\n";
        input += "211 c\r\n";
    }
    EXPECT_EQ(replies_in(input).size(), 3 * reply_group_lines);
}

TEST(ReplyReader, SeesWhateverLiesBehindALine) {
    for (const std::string_view behind : {"", "220 a\r\n", "2", "\r", "\r\n"}) {
        ReplyReader reader;
        feed(reader, "234 go\r\n" + std::string(behind));
        EXPECT_TRUE(reader.next());
        EXPECT_EQ(reader.has_input(), !behind.empty()) << behind;
    }
}

TEST(ReplyReader, ForgetsItsInputAndItsGroup) {
    for (const std::string_view before : {"22", "220 a\r", "220-a\r\nb", "220-a\r\n", "220 a\r\n331 b\r\n"}) {
        ReplyReader reader;
        feed(reader, before);
        if (before.starts_with("220-")) {
            EXPECT_TRUE(reader.next());
        }
        reader.clear();
        EXPECT_FALSE(reader.has_input());
        EXPECT_FALSE(reader.in_group());
        feed(reader, "331 c\r\n");
        EXPECT_THAT(replies_from(reader), ElementsAre("331<>331 c")) << before;
    }
}

TEST(ReplyCodes, AreToldApartByTheirFirstDigit) {
    for (int code = 100; code < 700; ++code) {
        EXPECT_EQ(is_preliminary(code), code < 200);
        EXPECT_EQ(is_positive(code), code >= 200 && code < 400);
        EXPECT_EQ(is_negative(code), code >= 400 && code < 600);
    }
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
