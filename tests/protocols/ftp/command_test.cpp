// One command: what is forwarded of it, and what logs show.
#include <gtest/gtest.h>

#include "protocols/ftp/line.hpp"
#include "tests/protocols/ftp/pieces.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

using namespace std::string_literals;

Command command_in(std::string_view line) {
    CommandReader reader;
    feed(reader, line);
    feed(reader, "\r\n");
    const auto event = reader.next();
    EXPECT_TRUE(event && std::holds_alternative<Command>(*event)) << line;
    return event && std::holds_alternative<Command>(*event) ? std::get<Command>(*event) : Command{};
}

TEST(Command, IsForwardedAsTheUserWroteIt) {
    EXPECT_EQ(command_in("reTr  a\xFF\xF4 ").line, "reTr  a\xFF\xF4 ");
    EXPECT_EQ(command_in("PASS ").line, "PASS ");
    EXPECT_EQ(command_in("pass").line, "pass");
    EXPECT_EQ(command_in("\xFF\xF4\xFF\xF2"
                         "aBOR")
                  .line,
              "aBOR");
}

std::string line_of(std::size_t size) { return "RETR " + std::string(size - 5, 'a'); }

TEST(Command, ShowsNoSecretInLogs) {
    EXPECT_EQ(command_in("PASS hunter2").loggable(), "PASS ***");
    EXPECT_EQ(command_in("pass hunter2").loggable(), "PASS ***");
    EXPECT_EQ(command_in("PASS ").loggable(), "PASS ***");
    EXPECT_EQ(command_in("PASS").loggable(), "PASS");
    EXPECT_EQ(command_in("ACCT hunter2").loggable(), "ACCT ***");
    EXPECT_EQ(command_in("ADAT hunter2").loggable(), "ADAT ***");
    EXPECT_EQ(command_in("SITE PSWD old new").loggable(), "SITE PSWD ***");
    EXPECT_EQ(command_in("site pswd old new").loggable(), "SITE PSWD ***");
    EXPECT_EQ(command_in("SITE  \tPswd\told new").loggable(), "SITE PSWD ***");
    EXPECT_EQ(command_in("SITE PSWD").loggable(), "SITE PSWD ***");
}

TEST(Command, ShowsEverythingElseInLogs) {
    EXPECT_EQ(command_in("retr  a.txt ").loggable(), "RETR  a.txt ");
    EXPECT_EQ(command_in("SITE CHMOD 644 pswd").loggable(), "SITE CHMOD 644 pswd");
    EXPECT_EQ(command_in("SITE PSWDX a").loggable(), "SITE PSWDX a");
    EXPECT_EQ(command_in("SITE").loggable(), "SITE");
    EXPECT_EQ(command_in("USER PASS").loggable(), "USER PASS");
}

TEST(Command, CannotForgeALineOfALog) {
    EXPECT_EQ(command_in("RETR a\r\x1B[2J\x7F\xC2\x9B%s").loggable(), R"(RETR a\x0D\x1B[2J\x7F\xC2\x9B%s)");
    EXPECT_EQ(command_in("RETR a\r\0b"s).loggable(), R"(RETR a\x0D\x00b)");
}

TEST(Command, IsShownWithBoundedLength) {
    EXPECT_EQ(command_in(line_of(shown_limit)).loggable(), line_of(shown_limit));
    EXPECT_EQ(command_in(line_of(shown_limit + 1)).loggable(), line_of(shown_limit) + "...");
    EXPECT_EQ(command_in("RETR " + std::string(5000, '\xFF')).loggable().size(), 5 + 48 * 4 + 3);
}

TEST(Escaping, CutsBetweenBytesOnly) {
    EXPECT_EQ(escaped("ab\x01", 6), R"(ab\x01)");
    EXPECT_EQ(escaped("ab\x01", 5), "ab...");
    EXPECT_EQ(escaped("", 0), "");
    EXPECT_EQ(escaped("a", 0), "...");
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
