// ABOR before the data moves.
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

TEST(EarlyAbort, BeforeTheCommandWasSentNeedsNoServer) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.front("ABOR");
    d.expect(action::DropData{true});
    d.expect_to_front("426 Transfer aborted");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("226 Abort successful");
    in_step(d);
}

TEST(EarlyAbort, SentInTheSameBreathAsItsTransferActs) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.raw_front("RETR a\r\nNOOP\r\nABOR\r\n");
    d.expect(action::DropData{true});
    d.expect_to_front("426 Transfer aborted");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_back("NOOP");
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
    d.expect_to_front("226 Abort successful");
    in_step(d);
}

TEST(EarlyAbort, SentBeforeASitesOwnTransferHasBegunActs) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.raw_front("XFER a\r\nABOR\r\n");
    d.expect_to_back("XFER a");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.expect_abort_to_back();
    d.expect(action::DropData{true});
    d.raw_back("426 Cut\r\n226 Aborted\r\n");
    d.expect_to_front("426 Cut");
    d.expect_audit("XFER a 426 0 aborted by the user");
    d.expect_to_front("226 Aborted");
}

TEST(EarlyAbort, BeforeThePreliminaryReply) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.front("ABOR");
    d.expect_abort_to_back();
    d.expect(action::DropData{true});
    d.raw_back("150 Here\r\n426 Cut\r\n226 Aborted\r\n");
    d.expect_to_front("426 Cut");  // 150 crossed ABOR; the user needs it no more
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("226 Aborted");
    in_step(d);
}

TEST(EarlyAbort, BehindA200ThatWasNoFinalReply) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("200 Well");
    d.front("ABOR");
    d.expect_abort_to_back();
    d.expect(action::DropData{true});
    d.raw_back("150 Here\r\n426 Cut\r\n226 Aborted\r\n");
    d.expect_to_front("426 Cut");
    d.expect_audit("RETR a 426 0 aborted by the user");
    d.expect_to_front("226 Aborted");
    in_step(d);
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
