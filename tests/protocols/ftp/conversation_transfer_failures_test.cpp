// Transfers whose connections fail, what waits behind them, and transfers by verbs that only the server knows.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(Transfer, WhoseServerCannotBeReachedIsNotAsked) {
    for (const bool late : {false, true}) {
        Dialogue d(plain_settings());
        d.begin();
        d.prepare();
        d.front("RETR a");
        d.expect(action::Connect{Side::back, {server_address, 50000}});
        late ? d.expire(Timer::step) : d.failed(Side::back);
        d.expect(action::DropData{true});
        d.expect_to_front("425 Cannot open the data connection");
        d.expect_audit("RETR a 425 0 no data connection");
        d.prepare();
    }
}

TEST(Transfer, WhoseUserCannotBeReachedIsCutTowardsTheServer) {
    for (const bool late : {false, true}) {
        Dialogue d(plain_settings());
        d.begin();
        d.prepare();
        d.front("RETR a");
        d.expect(action::Connect{Side::back, {server_address, 50000}});
        d.connected(Side::back);
        d.expect_to_back("RETR a");
        d.back("150 Here");
        d.expect_to_front("150 Here");
        late ? d.expire(Timer::step) : d.failed(Side::front);
        d.expect(action::DropData{true});
        d.back("226 Done");
        d.expect_alarm("226 to an incomplete transfer");
        d.expect_to_front("425 the data connection could not be opened");
        d.expect_audit("RETR a 425 0 the data connection could not be opened");
    }
}

TEST(Transfer, ThatFailsToOpenBehindItsFinalReplyIsAnsweredAtOnce) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.raw_back("150 Here\r\n226 Done\r\n");
    d.expect_to_front("150 Here");
    d.failed(Side::front);
    d.expect(action::DropData{true});
    d.expect_alarm("226 to an incomplete transfer");
    d.expect_to_front("425 the data connection could not be opened");
    d.expect_audit("RETR a 425 0 the data connection could not be opened");
}

TEST(Transfer, WhoseDataConnectionIsLostBeforeItsPreliminaryReplyFails) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.failed(Side::back);
    d.expect(action::DropData{true});
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.back("426 Lost");
    d.expect_to_front("425 the data connection was lost");
    d.expect_audit("RETR a 425 0 the data connection was lost");
}

TEST(Transfer, KeepsEverythingElseWaiting) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.raw_front("NOOP\r\nSTAT\r\nPASV\r\nQUIT\r\n");
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
    for (const std::string command : {"NOOP", "STAT"}) {
        d.expect_to_back(command);
        d.back("200 Yes");
        d.expect_to_front("200 Yes");
    }
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::Listen{Side::front});
    d.listening(Side::front, 40000);
    d.expect_to_front("227 Entering Passive Mode (10,1,1,2,156,64).");
    d.expect_to_back("QUIT");
    d.back("221 Bye");
    d.expect_to_front("221 Bye");
    d.expect_close(CloseReason::finished);
}

TEST(Transfer, IsFinishedWhenTheUsersControlConnectionHasEnded) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("STOR a");
    d.front_ended(true);
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("STOR a 226 100 complete");
    d.expect_close(CloseReason::finished);
}

TEST(Transfer, IsCutWhenAControlConnectionBreaks) {
    {
        Dialogue d(plain_settings());
        d.begin();
        d.start("STOR a");
        d.front_ended(false);
        d.expect_audit("STOR a 0 0 the user's control connection broke");
        d.expect_close(CloseReason::front_lost);
    }
    Dialogue d(plain_settings());
    d.begin();
    d.start("STOR a");
    d.back_ended();
    d.expect_to_front("426 Transfer incomplete: the server's connection broke");
    d.expect_audit("STOR a 426 0 the server's control connection broke");
    d.expect_to_front("421 The server closed the connection");
    d.expect_close(CloseReason::back_lost);
}

TEST(SitesOwnVerb, MayBeATransfer) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.connected(Side::front);
    d.front("XFER a");
    d.expect_to_back("XFER a");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect(action::Pump{Direction::either});
    d.back("226 Done");
    d.data_ended(DataEnd::truncated);
    d.expect_alarm("226");
    d.expect_to_front("426 Transfer incomplete: the data connection ended without its signed end");
    d.expect_audit("XFER a 426 100 the data connection ended without its signed end");
}

TEST(SitesOwnVerb, MovesNoDataInClear) {
    Dialogue d(tls_front());
    d.greet();
    d.front("AUTH TLS");
    d.expect_to_front("234 Proceed with the TLS handshake");
    d.expect(action::SecureControl{Side::front});
    d.secured(Side::front);
    d.log_in();
    d.prepare();
    d.front("XFER a");
    d.expect_to_back("XFER a");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.expect(action::DropData{true});
    d.back("426 Lost");
    d.expect_to_front("425 data connections must be protected; use PROT P");
    d.expect_audit("XFER a 425 0 data connections must be protected; use PROT P");
}

TEST(SitesOwnVerb, WithoutASetUpHasItsRepliesPassedOn) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("XLONG a");
    d.expect_to_back("XLONG a");
    d.back("150 Working");
    d.expect_to_front("150 Working");
    d.back("250 Done");
    d.expect_to_front("250 Done");
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
