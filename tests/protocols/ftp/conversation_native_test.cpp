// The set-ups of the native chain, SETUP and TOKEN instead of PASV and 227 (docs/native-channel.md, 11).
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(NativeFront, GetsATokenInsteadOfAPort) {
    Dialogue d(native_front());
    d.begin();
    d.front("NOOP");
    d.expect_to_back("NOOP");
    d.setup_asked();
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::GrantSetup{});
    d.front("RETR a");  // waits for the channel
    d.connected(Side::front);
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.expect(action::Pump{Direction::download});
    d.data_ended(DataEnd::truncated, 5);
    d.back("226 Done");
    d.expect_alarm("226");
    d.expect_to_front("426 Transfer incomplete: the data connection ended without its signed end");
    d.expect_audit("RETR a 426 5 the data connection ended without its signed end");
}

TEST(NativeFront, WhoseTokenExpiresGetsA425) {
    Dialogue d(native_front());
    d.begin();
    d.setup_asked();
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::GrantSetup{});
    d.front("STOR a");
    d.failed(Side::front);
    d.expect(action::DropData{true});
    d.expect_to_front("425 Cannot open the data connection");
    d.expect_audit("STOR a 425 0 no data connection");
}

TEST(NativeFront, IsRefusedASetUpWithTheServersCode) {
    Dialogue d(native_front());
    d.begin();
    d.setup_asked();
    d.expect_to_back("PASV");
    d.back("530 Log in first");
    d.expect(action::DropData{true});
    d.expect(action::RefuseSetup{530});
    d.front("NOOP");
    d.expect_to_back("NOOP");
}

TEST(NativeFront, HasNoModesOfItsOwn) {
    Dialogue d(native_front());
    d.begin();
    for (const std::string command : {"PASV", "EPSV", "EPSV ALL", "PORT 10,1,1,1,195,80", "EPRT |1|10.1.1.1|50000|"}) {
        d.front(command);
        d.expect_to_front("502 Command not implemented");
    }
}

TEST(NativeBack, IsAskedForASetUp) {
    for (const std::string mode : {"PASV", "PORT 10,1,1,1,156,65"}) {
        Dialogue d(native_back());
        d.begin();
        d.front(mode);
        d.expect(action::AskSetup{});
        d.setup_granted();
        if (mode == "PASV") {
            d.expect(action::Listen{Side::front});
            d.listening(Side::front, 40000);
            d.expect_to_front("227 Entering Passive Mode (10,1,1,2,156,64).");
        } else {
            d.expect_to_front("200 PORT command successful");
        }
        d.front("STOR a");  // waits for the channel
        d.connected(Side::back);
        d.expect_to_back("STOR a");
        d.back("150 Here");
        d.expect_to_front("150 Here");
        if (mode != "PASV") d.expect(action::Connect{Side::front, {user_address, 40001}});
        d.connected(Side::front);
        d.expect(action::Pump{Direction::upload});
        d.data_ended(DataEnd::complete, 3);
        d.back("226 Done");
        d.expect_to_front("226 Done");
        d.expect_audit("STOR a 226 3 complete");
    }
}

TEST(NativeBack, ThatRefusesASetUpIsQuotedByItsCode) {
    Dialogue d(native_back());
    d.begin();
    d.front("PASV");
    d.expect(action::AskSetup{});
    d.setup_refused(530);
    d.expect(action::DropData{true});
    d.expect_to_front("530 The host prepared no data connection");
}

TEST(NativeBack, HoldsAFinalReplyThatOvertakesItsData) {
    Dialogue d(native_back());
    d.begin();
    d.front("PASV");
    d.expect(action::AskSetup{});
    d.setup_granted();
    d.expect(action::Listen{Side::front});
    d.connected(Side::back);
    d.listening(Side::front, 40000);
    d.expect_to_front("227 Entering Passive Mode (10,1,1,2,156,64).");
    d.connected(Side::front);
    d.front("RETR a");
    d.expect_to_back("RETR a");
    d.raw_back("150 Here\r\n226 Done\r\n");
    d.expect_to_front("150 Here");
    d.expect(action::Pump{Direction::download});
    d.data_ended(DataEnd::complete);
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
