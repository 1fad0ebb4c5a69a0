// Times, errors before a login, and what a conversation shows of itself.
#include <gmock/gmock.h>

#include <set>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Times, OfALoginRunFromTheGreetingToTheLogin) {
    Dialogue d(plain_settings());
    EXPECT_EQ(d.armed(Timer::login), Timers{}.login);
    d.greet();
    EXPECT_EQ(d.armed(Timer::login), Timers{}.login);
    d.log_in();
    EXPECT_EQ(d.armed(Timer::login), 0s);

    Dialogue late(plain_settings());
    late.greet();
    late.front("USER ann");
    late.expect_to_back("USER ann");
    late.back("331 Password");
    late.expect_to_front("331 Password");
    late.expire(Timer::login);
    late.expect_to_front("421 No login in time");
    late.expect_close(CloseReason::timed_out);
}

TEST(Times, OfALoginByGreetingNeverRunOut) {
    Dialogue d(plain_settings());
    d.back("230 Welcome");
    d.expect_to_front("230 Welcome");
    if (d.armed(Timer::login) > 0s) d.expire(Timer::login);
    d.front("NOOP");
    d.expect_to_back("NOOP");
}

TEST(Times, WithoutACommandEndTheSession) {
    Dialogue d(plain_settings());
    d.begin();
    EXPECT_EQ(d.armed(Timer::step), Timers{}.idle);
    d.expire(Timer::step);
    d.expect_to_front("421 No command for too long");
    d.expect_close(CloseReason::timed_out);
}

TEST(Times, WithoutAnAnswerEndTheSession) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("NOOP");
    d.expect_to_back("NOOP");
    d.expire(Timer::step);
    d.expect_to_front("421 The server does not answer");
    d.expect_close(CloseReason::timed_out);
}

TEST(Times, WithoutAFirstReplyToATransferEndTheSession) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    EXPECT_EQ(d.armed(Timer::step), Timers{}.opening);
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    EXPECT_EQ(d.armed(Timer::step), Timers{}.reply);
    d.expire(Timer::step);
    d.expect_to_front("421 The server does not answer");
    d.expect_audit("RETR a 421 0 an answer or a command did not come in time");
    d.expect_close(CloseReason::timed_out);
}

TEST(Errors, TwentyInARowBeforeALoginEndTheSession) {
    Dialogue d(plain_settings());
    d.greet();
    for (int i = 0; i < 19; ++i) {
        d.front("XYZZY");
        d.expect_to_back("XYZZY");
        d.back("500-What");
        d.expect_to_front("500-What");
        d.back("500 is it");
        d.expect_to_front("500 is it");
    }
    d.front("REIN");
    d.expect_to_front("502 Command not implemented");
    d.expect_to_front("421 Too many errors");
    d.expect_close(CloseReason::too_many_errors);
}

TEST(Errors, AreForgottenWithASuccess) {
    Dialogue d(plain_settings());
    d.greet();
    for (int i = 0; i < 100; ++i) {
        d.front("XYZZY");
        d.expect_to_back("XYZZY");
        d.back(i % 19 == 18 ? "200 Yes" : "500 What");
        d.expect_to_front(i % 19 == 18 ? "200 Yes" : "500 What");
    }
}

TEST(Errors, AfterALoginAreNobodysBusiness) {
    Dialogue d(plain_settings());
    d.begin();
    for (int i = 0; i < 100; ++i) {
        d.front("REIN");
        d.expect_to_front("502 Command not implemented");
    }
}

TEST(Views, TellTheUserTheCommandAndTheDirection) {
    Dialogue d(plain_settings());
    EXPECT_EQ(d.conversation().user(), "");
    EXPECT_EQ(d.conversation().current_command(), "");
    d.begin();
    EXPECT_EQ(d.conversation().user(), "ann");
    EXPECT_TRUE(d.conversation().logged_in());
    d.start("RETR a.txt");
    EXPECT_EQ(d.conversation().current_command(), "RETR a.txt");
    EXPECT_EQ(d.conversation().moving(), Direction::download);
    d.data_ended(DataEnd::complete);
    EXPECT_EQ(d.conversation().current_command(), "RETR a.txt");
    EXPECT_EQ(d.conversation().moving(), std::nullopt);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a.txt 226 100 complete");
    EXPECT_EQ(d.conversation().current_command(), "");
    d.front("USER bob");
    d.expect_to_back("USER bob");
    EXPECT_FALSE(d.conversation().logged_in());
    d.back("530 No");
    d.expect_to_front("530 No");
    EXPECT_FALSE(d.conversation().logged_in());
}

TEST(Views, NeverShowAPassword) {
    for (const std::string command : {"PASS hunter2", "pass hunter2", "ACCT hunter2", "SITE PSWD a hunter2"}) {
        Dialogue d(plain_settings());
        d.greet();
        d.front(command);
        EXPECT_THAT(d.conversation().current_command(), Not(HasSubstr("hunter2")));
        d.expect_to_back(command);
        d.back("230 In");
        d.expect_to_front("230 In");
        EXPECT_THAT(d.remarks(), Not(HasSubstr("hunter2")));
    }
}

TEST(Views, OfAClosedConversationAreEmpty) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.front_ended(false);
    d.expect_audit("RETR a 0 0 the user's control connection broke");
    d.expect_close(CloseReason::front_lost);
    EXPECT_TRUE(d.conversation().closed());
    EXPECT_EQ(d.conversation().current_command(), "");
    EXPECT_EQ(d.conversation().moving(), std::nullopt);
}

TEST(ClosedConversation, DoesNothingWhateverHappens) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.front_ended(false);
    d.expect_audit("RETR a 0 0 the user's control connection broke");
    d.expect_close(CloseReason::front_lost);
    d.front("NOOP");
    d.back("421 Down");
    d.setup_asked();
    d.setup_granted();
    d.setup_refused(425);
    for (const auto side : {Side::front, Side::back}) {
        d.secured(side);
        d.secure_failed(side);
        d.listening(side, 5000);
        d.connected(side);
        d.secured_data(side);
        d.failed(side);
    }
    d.data_ended(DataEnd::complete);
    d.front_ended(true);
    d.front_ended(false);
    d.back_ended();
    d.expect_nothing();
}

TEST(CloseReasons, EachHaveASentence) {
    std::set<std::string> sentences;
    for (int reason = 0; reason <= static_cast<int>(CloseReason::timed_out); ++reason) {
        sentences.insert(describe_close(static_cast<CloseReason>(reason)));
    }
    EXPECT_EQ(sentences.size(), static_cast<std::size_t>(CloseReason::timed_out) + 1);
    EXPECT_FALSE(sentences.contains(""));
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
