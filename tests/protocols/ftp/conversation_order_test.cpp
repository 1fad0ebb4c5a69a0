// The order of commands and their replies, how much may wait, and how a session ends.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(UsersCommands, AreSentOneAtATime) {
    Dialogue d(plain_settings());
    d.begin();
    d.raw_front("TYPE I\r\nSIZE a\r\nRNFR a\r\nRNTO b\r\nREST 0\r\n");
    d.expect_to_back("TYPE I");
    for (const std::string next : {"SIZE a", "RNFR a", "RNTO b", "REST 0"}) {
        d.raw_back("200-First\r\n 250 not yet\r\n");
        d.expect_to_front("200-First");
        d.expect_to_front(" 250 not yet");
        d.back("200 Before " + next);
        d.expect_to_front("200 Before " + next);
        d.expect_to_back(next);
    }
    d.back("350 From there");
    d.expect_to_front("350 From there");
}

TEST(UsersCommands, AreReadNoFurtherWhenSixtyFourWait) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("NOOP");
    d.expect_to_back("NOOP");
    std::string many;
    for (int i = 0; i < 70; ++i) many += "NOOP " + std::to_string(i) + "\r\n";
    d.raw_front(many);
    d.expect(action::PauseFront{});
    for (int i = 0; i < 64; ++i) {
        d.back("200 Yes");
        d.expect_to_front("200 Yes");
        d.expect_to_back("NOOP " + std::to_string(i));
    }
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
    d.expect(action::ResumeFront{});
    d.expect_to_back("NOOP 64");
    for (int i = 65; i < 70; ++i) {
        d.back("200 Yes");
        d.expect_to_front("200 Yes");
        d.expect_to_back("NOOP " + std::to_string(i));
    }
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
}

TEST(UsersCommands, AreReadNoFurtherWhenTheyAreBig) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("NOOP");
    d.expect_to_back("NOOP");
    const auto big = "DELE " + std::string(8000, 'a');
    for (int i = 0; i < 8; ++i) d.front(big);
    d.expect_nothing();
    d.front(big);
    d.expect(action::PauseFront{});
    for (int i = 0; i < 9; ++i) {
        d.back("250 Yes");
        d.expect_to_front("250 Yes");
        d.expect_to_back(big);
    }
    d.back("250 Yes");
    d.expect_to_front("250 Yes");
    d.expect(action::ResumeFront{});
}

TEST(Goodbye, EndsTheSession) {
    Dialogue d(plain_settings());
    d.begin();
    d.raw_front("QUIT\r\nNOOP\r\n");
    d.expect_to_back("QUIT");
    d.back("221-You moved");
    d.expect_to_front("221-You moved");
    d.back("221 Goodbye");
    d.expect_to_front("221 Goodbye");
    d.expect_close(CloseReason::finished);
    d.front("NOOP");
    d.back("421 Really");
    d.back_ended();
    d.front_ended(true);
    d.expect_nothing();
}

TEST(Goodbye, WithoutAnAnswerIsA421) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("QUIT");
    d.expect_to_back("QUIT");
    d.back_ended();
    d.expect_to_front("421 The server closed the connection");
    d.expect_close(CloseReason::back_closed);
}

TEST(UsersEnd, IsReachedWhenAllItsCommandsAreAnswered) {
    Dialogue d(plain_settings());
    d.begin();
    d.raw_front("DELE a\r\nDELE b\r\nDELE c");
    d.expect_to_back("DELE a");
    d.front_ended(true);
    d.back("250 Yes");
    d.expect_to_front("250 Yes");
    d.expect_to_back("DELE b");
    d.back("250 Yes");
    d.expect_to_front("250 Yes");
    d.expect_close(CloseReason::finished);
}

TEST(UsersEnd, ThatCannotBeBelievedEndsTheSessionAtOnce) {
    Dialogue d(plain_settings());
    d.begin();
    d.raw_front("DELE a\r\nDELE b\r\n");
    d.expect_to_back("DELE a");
    d.front_ended(false);
    d.expect_close(CloseReason::front_lost);
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
