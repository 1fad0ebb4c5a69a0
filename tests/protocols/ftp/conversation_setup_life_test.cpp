// How a set-up ends without a transfer, and answers of servers that cannot be used.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(SetUp, WhoseAnswerHasNoUsablePortFails) {
    for (const std::string answer : {"227 Ok", "227 Ok (10,9,9,9,0,0)", "227 Ok (10,9,9,9,3,255)",
                                     "227 Ok (10,9,9,9,195)", "227 Ok (-1,0,0,0,1,1)", "229 Extended (|||50000|)"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("PASV");
        d.expect_to_back("PASV");
        d.back(answer);
        d.expect_alarm("no usable port");
        d.expect(action::DropData{true});
        d.expect_to_front("425 The server's data address cannot be used");
    }
}

TEST(SetUp, WhoseAnswerIsNoneOfItsOwnFails) {
    for (const std::string answer : {"200 Yes", "331 Password", "226 Done"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("PASV");
        d.expect_to_back("PASV");
        d.back(answer);
        d.expect(action::DropData{true});
        d.expect_to_front("425 The server prepared no data connection");
    }
}

TEST(SetUp, FindsItsAnswerInTheFirstLineOfAReply) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("PASV");
    d.expect_to_back("PASV");
    d.back("227-Entering Passive Mode (10,9,9,9,195,80)");
    d.back("227-Ok (10,9,9,9,4,1)");
    d.back("227 Ok (10,9,9,9,4,2)");
    d.expect(action::Listen{Side::front});
    d.listening(Side::front, 40000);
    d.expect_to_front("227 Entering Passive Mode (10,1,1,2,156,64).");
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
}

TEST(SetUp, WithoutAFreePortIsRefusedAndTheSessionStays) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("PASV");
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::Listen{Side::front});
    d.failed(Side::front);
    d.expect(action::DropData{true});
    d.expect_to_front("425 No free data port");
    d.prepare();
}

TEST(SetUp, WithoutAFreePortTowardsTheServerIsRefused) {
    auto settings = plain_settings();
    settings.back_mode = BackMode::active;
    Dialogue d(settings);
    d.begin();
    d.front("PASV");
    d.expect(action::Listen{Side::back});
    d.failed(Side::back);
    d.expect(action::DropData{true});
    d.expect_to_front("425 No free data port");
}

TEST(SetUp, WhoseListenerIsLostStillWaitsForTheServersAnswer) {
    auto settings = plain_settings();
    settings.back_mode = BackMode::active;
    Dialogue d(settings);
    d.begin();
    d.front("PASV");
    d.expect(action::Listen{Side::back});
    d.listening(Side::back, 50001);
    d.expect_to_back("PORT 10,2,2,1,195,81");
    d.failed(Side::back);
    d.front("NOOP");
    d.back("200 PORT command successful");
    d.expect(action::DropData{true});
    d.expect_to_front("425 No free data port");
    d.expect_to_back("NOOP");
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
}

TEST(SetUp, IsGivenUpWhenTheServerSaysNothing) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("PASV");
    d.expect_to_back("PASV");
    EXPECT_EQ(d.armed(Timer::step), Timers{}.preparation);
    d.expire(Timer::step);
    d.expect_to_front("421 The server does not answer");
    d.expect_close(CloseReason::timed_out);
}

TEST(SetUp, IsReplacedByTheNextOne) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.connected(Side::front);
    d.front("PORT 10,1,1,1,156,65");
    d.expect(action::DropData{false});
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,82)");
    d.expect_to_front("200 PORT command successful");
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50002}});
}

TEST(SetUp, SurvivesOtherCommands) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    for (const std::string command : {"TYPE I", "SIZE a", "REST 5"}) {
        d.front(command);
        d.expect_to_back(command);
        d.back("200 Yes");
        d.expect_to_front("200 Yes");
    }
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");  // nothing came between REST and it
}

TEST(SetUp, EndsWithAborOrANewUserOrItsTime) {
    for (const std::string command : {"ABOR", "USER bob"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.prepare();
        d.front(command);
        d.expect(action::DropData{false});
        d.expect_to_back(command);
        d.back("226 Yes");
        d.expect_to_front("226 Yes");
        d.front("RETR a");
        d.expect_to_front("425 Use PORT or PASV first");
    }
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.expire(Timer::setup);
    d.expect(action::DropData{false});
    d.front("RETR a");
    d.expect_to_front("425 Use PORT or PASV first");
}

TEST(SetUp, ThatIsLostBeforeItsTransferIsNone) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.failed(Side::front);
    d.expect(action::DropData{true});
    d.front("RETR a");
    d.expect_to_front("425 Use PORT or PASV first");
}

TEST(SetUp, ServesOneTransfer) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
    d.front("RETR a");
    d.expect_to_front("425 Use PORT or PASV first");
}

TEST(DefaultDataPort, IsTheUsersControlPort) {
    auto settings = plain_settings();
    settings.default_data_port = true;
    settings.front_peer_port = 33333;
    Dialogue d(settings);
    d.begin();
    d.front("RETR a");
    d.expect_to_back("PASV");
    d.front("NOOP");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.expect(action::Connect{Side::front, {user_address, 33333}});
    d.connected(Side::front);
    d.expect(action::Pump{Direction::download});
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
    d.expect_to_back("NOOP");
}

TEST(DefaultDataPort, FailsWithTheTransfersOneAnswer) {
    auto settings = plain_settings();
    settings.default_data_port = true;
    settings.front_peer_port = 33333;
    Dialogue d(settings);
    d.begin();
    d.raw_front("RETR a\r\nNOOP\r\n");
    d.expect_to_back("PASV");
    d.back("425 No ports");
    d.expect(action::DropData{true});
    d.expect_to_front("425 No ports");
    d.expect_to_back("NOOP");
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
