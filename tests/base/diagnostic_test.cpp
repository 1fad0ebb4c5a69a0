#include "base/diagnostic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/algorithm/string/split.hpp>

namespace sallyport {
namespace {

std::vector<std::string> lines_of(const Diagnostic& diagnostic) {
    std::vector<std::string> lines;
    const std::string text = render(diagnostic);
    return boost::split(lines, text, [](char c) { return c == '\n'; });
}

/// The bare source line and its caret, for a column of `source`.
Diagnostic at(std::string source, std::size_t column) {
    return {Severity::error, "f", 1, column, 1, std::move(source), "reason", ""};
}

TEST(Diagnostic, ShowsPlaceReasonLineCaretAndRemedy) {
    EXPECT_EQ(render(Diagnostic{Severity::error, "portconf", 3, 1, 5, "70000 $system.relay.he -p2345",
                                "port 70000 is outside 1-65535", "write a port from 1 to 65535"}),
              "portconf:3:1: port 70000 is outside 1-65535\n"
              "  70000 $system.relay.he -p2345\n"
              "  ^\n"
              "  write a port from 1 to 65535\n");
}

TEST(Diagnostic, SaysThatItIsAWarningOrANotice) {
    Diagnostic diagnostic = at("x", 1);
    diagnostic.severity = Severity::warning;
    EXPECT_EQ(render(diagnostic), "f:1:1: warning: reason\n  x\n  ^\n");
    diagnostic.severity = Severity::notice;
    EXPECT_EQ(render(diagnostic), "f:1:1: notice: reason\n  x\n  ^\n");
}

TEST(Diagnostic, OfAWholeFileShowsNoLine) {
    EXPECT_EQ(render(Diagnostic{Severity::error, "servers.conf", 0, 1, 1, "", "the file is empty", "add an entry"}),
              "servers.conf: the file is empty\n  add an entry\n");
}

TEST(Diagnostic, SeveralAreShownOneAfterTheOther) {
    EXPECT_EQ(render(std::vector{at("a", 1), at("b", 1)}), "f:1:1: reason\n  a\n  ^\nf:1:1: reason\n  b\n  ^\n");
}

struct CaretCase {
    const char* name;
    std::string source;
    std::size_t column;
    std::string shown;
    std::string caret;
};
class DiagnosticCaret : public testing::TestWithParam<CaretCase> {};

const CaretCase caret_cases[] = {
    {"first_column", "abc", 1, "abc", "^"},
    {"last_column", "abc", 3, "abc", "  ^"},
    {"just_past_the_end", "abc", 4, "abc", "   ^"},
    {"far_past_the_end_stays_at_the_end", "abc", 99, "abc", "   ^"},
    {"column_zero_is_the_first", "abc", 0, "abc", "^"},
    {"empty_line", "", 1, "", "^"},
    {"below_a_tab_stands_a_tab", "a\tb\tc", 5, "a\tb\tc", " \t \t^"},
    {"escape_sequences_are_shown_harmless", "\x1b[2Jx", 5, "\\x1B[2Jx", "       ^"},
    {"zero_byte", std::string("a\0b", 3), 3, "a\\x00b", "     ^"},
    {"carriage_return", "a\rb", 3, "a\\x0Db", "     ^"},
    {"delete", "\x7f.", 2, "\\x7F.", "    ^"},
    {"utf8_counts_as_one_column", "gr\xc3\xbc\xc3\x9f x", 8, "gr\xc3\xbc\xc3\x9f x", "     ^"},
    {"inside_a_character_is_at_its_start", "\xc3\xbcx", 2, "\xc3\xbcx", "^"},
    {"broken_utf8", "\xc3x", 2, "\\xC3x", "    ^"},
    {"cut_utf8", "x\xe2\x82", 1, "x\\xE2\\x82", "^"},
    {"c1_control", "\xc2\x9b.", 3, "\\xC2\\x9B.", "        ^"},
    {"right_to_left_override", "\xe2\x80\xae.", 4, "\\xE2\\x80\\xAE.", "            ^"},
};

TEST_P(DiagnosticCaret, StandsBelowItsText) {
    const auto lines = lines_of(at(GetParam().source, GetParam().column));
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[1], "  " + GetParam().shown);
    EXPECT_EQ(lines[2], "  " + GetParam().caret);
}
INSTANTIATE_TEST_SUITE_P(, DiagnosticCaret, testing::ValuesIn(caret_cases),
                         [](const auto& row) { return row.param.name; });

TEST(Diagnostic, OfALongLineShowsThePartAroundTheCaret) {
    for (const std::size_t column : {1u, 60u, 61u, 62u, 500u, 940u, 1000u, 1001u}) {
        std::string source(1000, '.');
        if (column <= source.size()) source[column - 1] = '#';
        const auto lines = lines_of(at(source, column));
        ASSERT_EQ(lines.size(), 4u);
        EXPECT_LE(lines[1].size(), 130u) << column;
        const auto caret = lines[2].find('^');
        if (column <= source.size()) {
            EXPECT_EQ(lines[1].find('#'), caret) << column;
        } else {
            EXPECT_EQ(lines[1].size(), caret);
        }
    }
}

TEST(Diagnostic, MarksWhereALongLineIsCut) {
    const std::string source(1000, 'x');
    EXPECT_TRUE(lines_of(at(source, 1))[1].starts_with("  xxx"));
    EXPECT_TRUE(lines_of(at(source, 1))[1].ends_with("x..."));
    EXPECT_TRUE(lines_of(at(source, 500))[1].starts_with("  ...x"));
    EXPECT_TRUE(lines_of(at(source, 500))[1].ends_with("x..."));
    EXPECT_TRUE(lines_of(at(source, 1000))[1].ends_with("xx"));
}

TEST(Diagnostic, OfExactlyTheWindowIsNotCut) {
    const std::string source(120, 'x');
    EXPECT_EQ(lines_of(at(source, 120))[1], "  " + source);
}

TEST(Diagnostic, QuotedTextCannotWriteToTheTerminal) {
    const std::string text =
        render(Diagnostic{Severity::error, "a\x1b", 1, 1, 1, "", "no entry \"\n\x1b]0;x\a\"", "write \x1b[1mx"});
    EXPECT_EQ(text, "a\\x1B:1:1: no entry \"\\x0A\\x1B]0;x\\x07\"\n  \n  ^\n  write \\x1B[1mx\n");
}

TEST(Diagnostic, OnlyErrorsAreErrors) {
    Diagnostic warning = at("x", 1);
    warning.severity = Severity::warning;
    EXPECT_FALSE(has_error({}));
    EXPECT_FALSE(has_error({warning}));
    EXPECT_TRUE(has_error({warning, at("x", 1)}));
}

}  // namespace
}  // namespace sallyport
