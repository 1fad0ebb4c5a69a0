// Commands of the user's side: RFC 959, 5.3; RFC 2640, 3; RFC 3659, 2.2; telnet: RFC 854.
#include "protocols/ftp/line.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/protocols/ftp/pieces.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using Events = std::vector<std::string>;

/// "RETR|a" with a space behind the verb, "QUIT" without; "<nul_byte>".
struct Described {
    std::string operator()(const Command& command) const {
        return command.verb + (command.has_argument ? "|" + command.argument : "");
    }
    std::string operator()(LineFault fault) const {
        switch (fault) {
            case LineFault::too_long:
                return "<too_long>";
            case LineFault::nul_byte:
                return "<nul_byte>";
            case LineFault::leading_space:
                return "<leading_space>";
            case LineFault::bad_verb:
                return "<bad_verb>";
        }
        return "<unknown>";
    }
};

Events commands_in(std::string_view input) { return read<CommandReader>({input}, Described()); }
Events commands_from(CommandReader& reader) { return take(reader, Described()); }

struct LineCase {
    const char* name;
    std::string input;
    Events events;
};
void PrintTo(const LineCase& row, std::ostream* out) { *out << row.name; }

const LineCase line_cases[] = {
    {"one_line", "RETR a.txt\r\n", {"RETR|a.txt"}},
    {"many_lines", "USER a\r\nPASS b\r\nQUIT\r\n", {"USER|a", "PASS|b", "QUIT"}},
    {"line_feed_alone", "USER a\nPASS b\r\nQUIT\n", {"USER|a", "PASS|b", "QUIT"}},
    {"carriage_return_alone_ends_nothing", "RETR a\rDELE b\r\n", {"RETR|a\rDELE b"}},
    {"two_carriage_returns", "RETR a\r\r\n", {"RETR|a\r"}},
    {"unfinished_line", "NOOP\r\nDELE x", {"NOOP"}},
    {"unfinished_end", "DELE x\r", {}},

    {"nul_in_argument", "RETR a\0b\r\nNOOP\r\n"s, {"<nul_byte>", "NOOP"}},
    {"nul_in_verb", "RE\0TR a\r\nNOOP\r\n"s, {"<nul_byte>", "NOOP"}},
    {"nul_alone", "\0\r\nNOOP\r\n"s, {"<nul_byte>", "NOOP"}},
    {"nul_behind_the_argument", "RETR a\0\r\nNOOP\r\n"s, {"<nul_byte>", "NOOP"}},
    {"nul_before_a_space", "\0 RETR\r\n"s, {"<nul_byte>"}},
    {"nul_after_a_line_feed", "NOOP\n\0\r\nNOOP\r\n"s, {"NOOP", "<nul_byte>", "NOOP"}},
    {"carriage_return_nul_of_a_name", "RETR a\r\0b\r\n"s, {"RETR|a\r\0b"s}},
    {"carriage_return_nul_at_the_end", "RETR a\r\0\r\n"s, {"RETR|a\r\0"s}},
    {"carriage_return_nul_nul", "RETR a\r\0\0b\r\n"s, {"<nul_byte>"}},
    {"carriage_return_nul_in_verb", "RE\r\0TR a\r\n"s, {"<bad_verb>"}},

    {"empty_lines", "\r\n\n\r\nNOOP\r\n\r\n\n", {"NOOP"}},
    {"leading_space", " NOOP\r\nQUIT\r\n", {"<leading_space>", "QUIT"}},
    {"space_alone", " \r\nQUIT\r\n", {"<leading_space>", "QUIT"}},

    {"verb_in_lower_case", "retr A.txt\r\n", {"RETR|A.txt"}},
    {"verb_in_mixed_case", "rEtR a\r\n", {"RETR|a"}},
    {"verb_of_one_byte", "x y\r\n", {"X|y"}},
    {"verb_of_16_bytes", "ABCDEFGHIJKLMNOP q\r\n", {"ABCDEFGHIJKLMNOP|q"}},
    {"verb_of_17_bytes", "ABCDEFGHIJKLMNOPQ q\r\nNOOP\r\n", {"<bad_verb>", "NOOP"}},
    {"verb_with_punctuation", "p@sw\r\n~! a\r\n", {"P@SW", "~!|a"}},
    {"verb_with_tab", "RETR\ta\r\nNOOP\r\n", {"<bad_verb>", "NOOP"}},
    {"verb_with_control", "NO\x01OP\r\n", {"<bad_verb>"}},
    {"verb_with_delete", "NOOP\x7F\r\n", {"<bad_verb>"}},
    {"verb_with_eighth_bit", "N\xD6\xD6P\r\n", {"<bad_verb>"}},

    {"argument_of_spaces", "CWD   \r\n", {"CWD|  "}},
    {"argument_with_leading_space", "CWD  pub\r\n", {"CWD| pub"}},
    {"argument_with_trailing_spaces", "CWD pub  \r\n", {"CWD|pub  "}},
    {"argument_with_spaces_within", "STOR a  b c\r\n", {"STOR|a  b c"}},
    {"argument_with_eighth_bit", "RETR \xC3\xB6\xF6\x01\x80\r\n", {"RETR|\xC3\xB6\xF6\x01\x80"}},
    {"argument_with_tab", "RETR \ta\t\r\n", {"RETR|\ta\t"}},
    {"empty_argument", "PASS \r\n", {"PASS|"}},
    {"no_argument", "PASS\r\n", {"PASS"}},
    {"attributes_with_commas", "STOR remote,101,2,4\r\n", {"STOR|remote,101,2,4"}},

    {"telnet_commands_before_a_verb",
     "\xFF\xF0"
     "\xFF\xF4"
     "\xFF\xF2"
     "\xFF\xFA"
     "ABOR\r\n",
     {"ABOR"}},
    {"interrupt_and_synch",
     "\xFF\xF4\xFF\xF2"
     "ABOR\r\n",
     {"ABOR"}},
    {"data_mark_that_vanished",
     "\xFF\xF4\xFF"
     "ABOR\r\n",
     {"ABOR"}},
    {"iac_before_any_verb",
     "\xFF"
     "NOOP\r\n",
     {"NOOP"}},
    {"negotiation",
     "\xFF\xFB\x01"
     "\xFF\xFC\x03"
     "\xFF\xFD\x18"
     "\xFF\xFE\xFF"
     "USER a\r\n",
     {"USER|a"}},
    {"option_that_is_a_line_feed", "\xFF\xFD\nNOOP\r\n", {"NOOP"}},
    {"doubled_iac",
     "\xFF\xFF"
     "NOOP\r\n",
     {"NOOP"}},
    {"tripled_iac",
     "\xFF\xFF\xFF"
     "NOOP\r\n",
     {"NOOP"}},
    {"doubled_iac_begins_nothing", "\xFF\xFF\xFDNOOP\r\n", {"<bad_verb>"}},
    {"stray_urgent_bytes",
     "\xF4"
     "NOOP\r\n\xF2"
     "NOOP\r\n\xF4\xFF"
     "abor\r\n",
     {"NOOP", "NOOP", "ABOR"}},
    {"telnet_before_every_line",
     "\xFF\xF1"
     "USER a\r\n\xFF\xF1\r\n\xFF\xF1"
     "PASS b\r\n",
     {"USER|a", "PASS|b"}},
    {"telnet_and_an_empty_line", "\xFF\xF4\r\nNOOP\r\n", {"NOOP"}},
    {"telnet_and_a_leading_space", "\xFF\xF4 NOOP\r\n", {"<leading_space>"}},
    {"other_high_bytes_before_a_verb", "\xF3NOOP\r\n\xFBNOOP\r\n", {"<bad_verb>", "<bad_verb>"}},
    {"iac_within_a_verb", "NO\xFF\xF4OP\r\n", {"<bad_verb>"}},
    {"iac_in_argument",
     "RETR \xFF\r\nRETR a\xFF\xF4"
     "b\r\n",
     {"RETR|\xFF",
      "RETR|a\xFF\xF4"
      "b"}},
    {"doubled_iac_in_argument",
     "RETR a\xFF\xFF"
     "b\r\n",
     {"RETR|a\xFF\xFF"
      "b"}},
    {"iac_behind_a_leading_carriage_return", "\r\xFF\xF4\r\n", {"<bad_verb>"}},
    {"telnet_without_a_line", "\xFF\xF4\xFF\xFD\x01\xF2", {}},
};

class CommandLines : public testing::TestWithParam<LineCase> {};
INSTANTIATE_TEST_SUITE_P(, CommandLines, testing::ValuesIn(line_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(CommandLines, AreReadTheSameHoweverTheyAreCut) {
    for (const auto& pieces : every_cut(GetParam().input)) {
        EXPECT_EQ(read<CommandReader>(pieces, Described()), GetParam().events) << pieces.front().size();
    }
}

TEST_P(CommandLines, AreReadTheSameWhenTakenAtTheEnd) {
    CommandReader reader;
    for (const auto piece : byte_by_byte(GetParam().input)) feed(reader, piece);
    EXPECT_EQ(commands_from(reader), GetParam().events);
}

std::string line_of(std::size_t size) { return "RETR " + std::string(size - 5, 'a'); }

TEST(CommandReader, TakesLinesUpToTheLimit) {
    for (const std::string end : {"\r\n", "\n"}) {
        const std::string line = line_of(command_limit);
        const Events expected = {"RETR|" + line.substr(5), "NOOP"};
        const std::string input = line + end + "NOOP\r\n";
        EXPECT_EQ(read<CommandReader>(byte_by_byte(input), Described()), expected);
        for (std::size_t cut = command_limit - 2; cut < command_limit + 4; ++cut) {
            const auto text = std::string_view(input);
            EXPECT_EQ(read<CommandReader>({text.substr(0, cut), text.substr(cut)}, Described()), expected) << cut;
        }
    }
}

TEST(CommandReader, NeverReadsOnBehindALineThatIsTooLong) {
    for (const std::string end : {"\r\n", "\n", "\r\r\n", "\ra\r\n", "a\r\n"}) {
        const bool longer = end.size() > 2;
        const std::string input = line_of(command_limit + (longer ? 0 : 1)) + end + "DELE x\r\n";
        EXPECT_THAT(commands_in(input), ElementsAre("<too_long>"));
        EXPECT_THAT(read<CommandReader>(byte_by_byte(input), Described()), ElementsAre("<too_long>"));
        for (std::size_t cut = command_limit - 2; cut < input.size(); ++cut) {
            const auto text = std::string_view(input);
            EXPECT_THAT(read<CommandReader>({text.substr(0, cut), text.substr(cut)}, Described()),
                        ElementsAre("<too_long>"))
                << cut;
        }
    }
}

TEST(CommandReader, ReportsALineThatIsTooLongBeforeItsEnd) {
    CommandReader reader;
    feed(reader, std::string(command_limit, 'a'));
    EXPECT_THAT(commands_from(reader), IsEmpty());
    feed(reader, "a");
    EXPECT_THAT(commands_from(reader), ElementsAre("<too_long>"));
    feed(reader, "\r\nNOOP\r\n");
    EXPECT_THAT(commands_from(reader), IsEmpty());
    reader.clear();
    feed(reader, "NOOP\r\n");
    EXPECT_THAT(commands_from(reader), IsEmpty());
    EXPECT_FALSE(reader.has_input());
}

TEST(CommandReader, GivesTheLinesBeforeOneThatIsTooLong) {
    EXPECT_THAT(commands_in("NOOP\r\nQUIT\r\n" + line_of(command_limit + 1) + "\r\nNOOP\r\n"),
                ElementsAre("NOOP", "QUIT", "<too_long>"));
}

TEST(CommandReader, CountsNoTelnetTowardsTheLimit) {
    std::string telnet;
    for (std::size_t i = 0; i < command_limit; ++i) telnet += "\xFF\xF1";
    EXPECT_THAT(read<CommandReader>(byte_by_byte(telnet + "NOOP\r\n"), Described()), ElementsAre("NOOP"));
    EXPECT_THAT(commands_in(telnet + "NOOP\r\n"), ElementsAre("NOOP"));
}

/// Whether there is input behind AUTH when `behind` came with it.
bool has_input_behind_auth(std::string_view behind) {
    CommandReader reader;
    feed(reader, "AUTH TLS\r\n" + std::string(behind));
    const auto event = reader.next();
    EXPECT_TRUE(event && std::get<Command>(*event).verb == "AUTH");
    return reader.has_input();
}

TEST(CommandReader, SeesWhateverLiesBehindALine) {
    EXPECT_FALSE(has_input_behind_auth(""));
    for (const std::string_view behind :
         {"FEAT\r\n", "F", "\r", "\r\n", "\n", "\xFF", "\xFF\xFD", "\xFF\xF4", "\xF2"}) {
        EXPECT_TRUE(has_input_behind_auth(behind)) << escaped(behind);
    }
}

TEST(CommandReader, CountsACutTelnetSequenceAsInput) {
    CommandReader reader;
    for (const std::string_view piece : {"\xFF", "\xFD"}) {
        feed(reader, piece);
        EXPECT_THAT(commands_from(reader), IsEmpty());
        EXPECT_TRUE(reader.has_input());
    }
    feed(reader, "\x01");
    EXPECT_THAT(commands_from(reader), IsEmpty());
    EXPECT_FALSE(reader.has_input());
}

TEST(CommandReader, ForgetsItsInput) {
    for (const std::string_view before : {"US", "USER a\r", "USER a\r\nPASS b\r\n", "\xFF", "\xFF\xFD"}) {
        CommandReader reader;
        feed(reader, before);
        if (before.size() < 4) {
            EXPECT_THAT(commands_from(reader), IsEmpty());
        }
        reader.clear();
        EXPECT_FALSE(reader.has_input());
        feed(reader, "NOOP\r\n");
        EXPECT_THAT(commands_from(reader), ElementsAre("NOOP")) << escaped(before);
    }
}

// What moves its backlog with every line needs minutes for this.
TEST(CommandReader, TakesTimeInProportionToItsInput) {
    constexpr int lines = 1'000'000;
    const auto start = std::chrono::steady_clock::now();
    std::string backlog;
    for (int i = 0; i < lines; ++i) backlog += "NOOP a\r\n";
    CommandReader reader;
    feed(reader, backlog);
    for (int i = 0; i < lines; ++i) {
        ASSERT_TRUE(reader.next());
        feed(reader, "\n");
    }
    EXPECT_FALSE(reader.next());
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
