// Final replies that never come, or come in another form.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

/// The session is in step: a command gets its own answer.
void in_step(Dialogue& d) {
    d.front("NOOP in step");
    d.expect_to_back("NOOP in step");
    d.back("200 In step");
    d.expect_to_front("200 In step");
}

TEST(MissingReply, IsFoundOutWithNoop) {
    for (const auto& [command, limit] : {std::pair(std::string("RETR a"), Timers{}.final_reply),
                                         std::pair(std::string("STOR a"), Timers{}.stored_reply)}) {
        Dialogue d(plain_settings());
        d.begin();
        d.start(command);
        d.data_ended(DataEnd::complete);
        EXPECT_EQ(d.armed(Timer::step), limit);
        d.expire(Timer::step);
        d.expect_to_back("NOOP");
        d.back("200 Yes");
        d.expect_to_front("426 Transfer incomplete: the server did not confirm it");
        d.expect_audit(command + " 426 100 the server did not confirm it");
        in_step(d);
    }
}

TEST(MissingReply, ThatComesBeforeNoopsIsBelieved) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("STOR a");
    d.data_ended(DataEnd::complete);
    d.expire(Timer::step);
    d.expect_to_back("NOOP");
    d.back("226 Done at last");
    d.expect_nothing();
    d.back("200 Yes");
    d.expect_to_front("226 Done at last");
    d.expect_audit("STOR a 226 100 complete");
    in_step(d);
}

TEST(MissingReply, OfASilentServerEndsTheSession) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("STOR a");
    d.data_ended(DataEnd::complete);
    d.expire(Timer::step);
    d.expect_to_back("NOOP");
    d.expire(Timer::step);
    d.expect_to_front("421 The server does not answer");
    d.expect_audit("STOR a 421 100 an answer or a command did not come in time");
    d.expect_close(CloseReason::timed_out);
}

TEST(Second150, BehindTheDataIsTheFinalReply) {
    for (const bool early : {false, true}) {
        Dialogue d(plain_settings());
        d.begin();
        d.start("RETR a");
        if (early) d.back("150 17.0 kbytes were sent");
        d.data_ended(DataEnd::reset);
        if (!early) d.back("150 17.0 kbytes were sent");
        EXPECT_EQ(d.armed(Timer::step), std::chrono::seconds(2));
        d.expire(Timer::step);
        d.expect_to_back("NOOP");
        d.back("200 Yes");
        d.expect_to_front("426 Transfer incomplete: the server said 150 17.0 kbytes were sent");
        d.expect_audit("RETR a 426 100 the data connection was reset");
        in_step(d);
    }
}

TEST(Second150, IsForgottenWhenAFinalReplyFollows) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.back("150 Still here");
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
