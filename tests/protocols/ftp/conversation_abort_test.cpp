// ABOR: what servers were seen to do about it in the middle of a transfer.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

/// A download that is aborted while it moves.
void abort(Dialogue& d, std::string_view command = "RETR a") {
    d.begin();
    d.start(command);
    d.front("ABOR");
    d.expect_abort_to_back();
    d.expect(action::DropData{true});
    EXPECT_EQ(d.armed(Timer::step), Timers{}.abort);
}

/// The session is in step: a command gets its own answer.
void in_step(Dialogue& d) {
    d.front("NOOP in step");
    d.expect_to_back("NOOP in step");
    d.back("200 In step");
    d.expect_to_front("200 In step");
}

TEST(Abort, GetsTwoReplies) {
    for (const std::string to_abort : {"226 Aborted", "225 Aborted"}) {
        for (const std::string to_transfer : {"426 Cut", "451 Cut"}) {
            for (const bool abort_first : {false, true}) {  // a server with TLS says 226 first
                Dialogue d(plain_settings());
                abort(d);
                d.back(abort_first ? to_abort : to_transfer);
                d.back(abort_first ? to_transfer : to_abort);
                d.expect_to_front(to_transfer);
                d.expect_audit("RETR a " + to_transfer.substr(0, 3) + " 0 aborted by the user");
                d.expect_to_front(to_abort);
                in_step(d);
            }
        }
    }
}

TEST(Abort, OfATransferThatTheServerCallsCompleteIsA426) {
    Dialogue d(plain_settings());
    abort(d, "STOR a");
    d.raw_back("226 Stored\r\n225 Nothing to abort\r\n");  // the reset was taken for an end
    d.expect_to_front("426 Transfer aborted");
    d.expect_audit("STOR a 426 0 aborted by the user");
    d.expect_to_front("225 Nothing to abort");
    in_step(d);
}

TEST(Abort, OfAServerThatDoesNotKnowIt) {
    for (const bool abort_first : {false, true}) {
        Dialogue d(plain_settings());
        abort(d);
        d.back(abort_first ? "502 No ABOR" : "426 Cut");
        d.back(abort_first ? "426 Cut" : "502 No ABOR");
        d.expect_to_front("426 Cut");
        d.expect_audit("RETR a 426 0 aborted by the user");
        d.expect_to_front("226 Abort successful");
        in_step(d);
    }
}

TEST(Abort, OfAServerThatSaysASecond150InsteadOfItsEnd) {
    Dialogue d(plain_settings());
    abort(d);
    d.back("150 bytes were sent");
    d.back("226 Aborted");
    d.expire(Timer::step);
    d.expect_to_back("NOOP");
    EXPECT_EQ(d.armed(Timer::step), Timers{}.fence);
    d.back("200 Yes");
    d.expect_to_front("426 Transfer aborted");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("226 Abort successful");
    in_step(d);
}

TEST(Abort, ThatIsNeverAnsweredIsFencedOff) {
    for (const std::string noop : {"200 Yes", "500 What", "502 No"}) {
        Dialogue d(plain_settings());
        abort(d);
        d.expire(Timer::step);
        d.expect_to_back("NOOP");
        d.back(noop);
        if (noop != "200 Yes") d.expire(Timer::step);  // it could have been the answer to ABOR
        d.expect_to_front("426 Transfer aborted");
        d.expect_audit("RETR a 426 0 aborted by the user");
        d.expect_to_front("226 Abort successful");
        in_step(d);
    }
}

TEST(Abort, ThatIsAnsweredLateByAServerThatDoesNotKnowItIsNotTakenForNoop) {
    Dialogue d(plain_settings());
    abort(d);
    d.expire(Timer::step);
    d.expect_to_back("NOOP");
    d.back("500 No ABOR");
    EXPECT_EQ(d.armed(Timer::step), std::chrono::seconds(2));
    d.back("200 Yes");
    d.expect_to_front("426 Transfer aborted");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("226 Abort successful");
    in_step(d);
}

TEST(Abort, WhoseRepliesComeLateStillGetsThem) {
    Dialogue d(plain_settings());
    abort(d);
    d.expire(Timer::step);
    d.expect_to_back("NOOP");
    d.back("426 Cut");
    d.back("225 Aborted");
    d.expect_nothing();
    d.back("200 Yes");
    d.expect_to_front("426 Cut");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("225 Aborted");
    in_step(d);
}

TEST(Abort, OfASilentServerEndsTheSession) {
    Dialogue d(plain_settings());
    abort(d);
    d.expire(Timer::step);
    d.expect_to_back("NOOP");
    d.expire(Timer::step);
    d.expect_to_front("421 The server does not answer");
    d.expect_audit("RETR a 421 0 an answer or a command did not come in time");
    d.expect_close(CloseReason::timed_out);
}

TEST(Abort, ActsAtOnceAndIsAnsweredInItsTurn) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.front("NOOP");
    d.front("ABOR");
    d.expect_abort_to_back();
    d.expect(action::DropData{true});
    d.front("PWD");
    d.raw_back("426 Cut\r\n226 Aborted\r\n");
    d.expect_to_front("426 Cut");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_back("NOOP");
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
    d.expect_to_front("226 Aborted");
    d.expect_to_back("PWD");
    d.back("257 \"/\"");
    d.expect_to_front("257 \"/\"");
}

TEST(Abort, ComesWithTelnetBytesBeforeIt) {
    for (const std::string before : {"\xFF\xF4\xFF\xF2", "\xFF\xF4\xFF", "\xF4\xFF", "\xFF\xF2"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.start("RETR a");
        d.raw_front(before + "ABOR\r\n");
        d.expect_abort_to_back();
        d.expect(action::DropData{true});
    }
}

TEST(Abort, BehindTheDataLetsACompleteTransferBe) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.data_ended(DataEnd::complete);
    d.front("ABOR");
    d.expect_abort_to_back();
    d.raw_back("226 Done\r\n225 Nothing to abort\r\n");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
    d.expect_to_front("225 Nothing to abort");
    in_step(d);
}

TEST(Abort, WithTheFinalReplyHeldWaitsForItsOwnOnly) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.back("226 Done");  // said by the server, not yet delivered to the user
    d.front("ABOR");
    d.expect_abort_to_back();
    d.expect(action::DropData{true});
    d.back("225 Nothing to abort");
    d.expect_to_front("426 Transfer aborted");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("225 Nothing to abort");
    in_step(d);
}

TEST(Abort, TwiceInOneTransferIsAnsweredTwice) {
    Dialogue d(plain_settings());
    abort(d);
    d.front("ABOR");
    d.raw_back("426 Cut\r\n226 Aborted\r\n");
    d.expect_to_front("426 Cut");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("226 Aborted");
    d.expect_to_back("ABOR");  // there is nothing left to abort, says who knows
    d.back("225 Nothing");
    d.expect_to_front("225 Nothing");
    in_step(d);
}

TEST(Abort, OfTwoTransfersBeforeEitherIsAnsweredIsAnsweredTwice) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.raw_front("PASV\r\nRETR b\r\nABOR\r\n");
    d.expect_abort_to_back();
    d.expect(action::DropData{true});
    d.raw_back("426 Cut\r\n226 Aborted\r\n");
    d.expect_to_front("426 Cut");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::Listen{Side::front});
    d.listening(Side::front, 40000);
    d.expect_to_front("227 Entering Passive Mode (10,1,1,2,156,64).");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.front("ABOR");
    d.expect(action::DropData{true});
    d.expect_to_front("426 Transfer aborted");
    d.expect_audit("RETR b 426 0 aborted by the user");
    d.expect_to_front("226 Abort successful");
    d.expect_to_front("226 Abort successful");
    in_step(d);
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
