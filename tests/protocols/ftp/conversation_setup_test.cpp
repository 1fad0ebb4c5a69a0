// PASV, EPSV, PORT, EPRT: the user's modes and the server's, each with each other.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

struct Mode {
    std::string command;  // the user's
    std::string answer;   // ours, when all is well
    bool passive;
};
const Mode user_modes[] = {
    {"PASV", "227 Entering Passive Mode (10,1,1,2,156,64).", true},
    {"P@SW", "227 Entering Passive Mode (10,1,1,2,156,64).", true},
    {"PASV whatever", "227 Entering Passive Mode (10,1,1,2,156,64).", true},
    {"EPSV", "229 Entering Extended Passive Mode (|||40000|)", true},
    {"EPSV 1", "229 Entering Extended Passive Mode (|||40000|)", true},
    {"PORT 10,1,1,1,156,65", "200 PORT command successful", false},
    {"EPRT |1|10.1.1.1|40001|", "200 EPRT command successful", false},
};

/// The back half of a set-up, the server passive or active.
void answer_back(Dialogue& d, bool active) {
    if (active) {
        d.expect(action::Listen{Side::back});
        d.listening(Side::back, 50001);
        d.expect_to_back("PORT 10,2,2,1,195,81");
        d.back("200 PORT command successful");
    } else {
        d.expect_to_back("PASV");
        d.back("227 Entering Passive Mode (127,0,0,1,195,80)");  // its address is not believed
    }
}

/// A whole download under any pair of modes.
void download(Dialogue& d, const Mode& mode, bool back_active) {
    d.front(mode.command);
    answer_back(d, back_active);
    if (mode.passive) {
        d.expect(action::Listen{Side::front});
        d.listening(Side::front, 40000);
    }
    d.expect_to_front(mode.answer);
    EXPECT_EQ(d.armed(Timer::setup), Timers{}.setup);
    d.front("RETR a");
    EXPECT_EQ(d.armed(Timer::setup), std::chrono::seconds(0));
    if (!back_active) {
        d.expect(action::Connect{Side::back, {server_address, 50000}});
        d.connected(Side::back);
    }
    d.expect_to_back("RETR a");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    if (mode.passive) {
        d.connected(Side::front);
    } else {
        d.expect(action::Connect{Side::front, {user_address, 40001}});
        d.connected(Side::front);
    }
    if (back_active) d.connected(Side::back);
    d.expect(action::Pump{Direction::download});
    d.data_ended(DataEnd::complete, 7);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 7 complete");
}

TEST(Modes, OfTheUserGoWithAPassiveServer) {
    for (const auto& mode : user_modes) {
        Dialogue d(plain_settings());
        d.begin();
        download(d, mode, false);
        download(d, mode, false);
    }
}

TEST(Modes, OfTheUserGoWithAnActiveServer) {
    auto settings = plain_settings();
    settings.back_mode = BackMode::active;
    for (const auto& mode : user_modes) {
        Dialogue d(settings);
        d.begin();
        download(d, mode, true);
        download(d, mode, true);
    }
}

TEST(Modes, OfTheServerMayFollowTheUsers) {
    auto settings = plain_settings();
    settings.back_mode = BackMode::as_front;
    for (const auto& mode : user_modes) {
        Dialogue d(settings);
        d.begin();
        download(d, mode, !mode.passive);
    }
}

TEST(Modes, OfIpv6AreTheExtendedOnes) {
    Dialogue d(with_ipv6(plain_settings()));
    d.begin();
    d.front("PASV");
    d.expect_to_front("425 Use EPSV");
    d.front("PORT 10,1,1,1,195,80");
    d.expect_to_front("425 Use EPRT");
    d.front("EPSV 1");
    d.expect_to_front("522 Use protocol (2)");
    d.front("EPRT |1|10.1.1.1|40001|");
    d.expect_to_front("522 Use protocol (2)");
    d.front("EPSV 2");
    d.expect_to_back("EPSV");
    d.back("229 Entering Extended Passive Mode (|||50000|)");
    d.expect(action::Listen{Side::front});
    d.listening(Side::front, 40000);
    d.expect_to_front("229 Entering Extended Passive Mode (|||40000|)");
    d.front("EPRT |2|2001:db8:1:0:0:0:0:1|40001|");  // another way to write the user's own
    d.expect(action::DropData{false});
    d.expect_to_back("EPSV");
    d.back("229 Entering Extended Passive Mode (|||50001|)");
    d.expect_to_front("200 EPRT command successful");
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {"2001:db8:2::2", 50001}});
}

TEST(Modes, OfIpv6ServersThatAreActive) {
    auto settings = with_ipv6(plain_settings());
    settings.back_mode = BackMode::active;
    Dialogue d(settings);
    d.begin();
    d.front("EPSV");
    d.expect(action::Listen{Side::back});
    d.listening(Side::back, 50001);
    d.expect_to_back("EPRT |2|2001:db8:2::1|50001|");
    d.back("200 EPRT command successful");
    d.expect(action::Listen{Side::front});
}

struct Refusal {
    std::string command;
    std::string answer;
    std::string alarm;  // empty: none
};
const Refusal refusals[] = {
    {"PORT 10,9,9,9,195,80", "500 Illegal PORT command: not your address", "another address"},
    {"PORT 10,1,1,1,0,21", "504 Ports below 1024 are not connected to", "port 21"},
    {"PORT 10,1,1,1,3,255", "504 Ports below 1024 are not connected to", "port 1023"},
    {"PORT 10,1,1,1,195", "501 Syntax error in the arguments of PORT", ""},
    {"PORT 10,1,1,1,195,80,1", "501 Syntax error in the arguments of PORT", ""},
    {"PORT 10,1,1,1,195,256", "501 Syntax error in the arguments of PORT", ""},
    {"PORT  10,1,1,1,195,80", "501 Syntax error in the arguments of PORT", ""},
    {"PORT", "501 Syntax error in the arguments of PORT", ""},
    {"EPRT |1|10.9.9.9|50000|", "500 Illegal EPRT command: not your address", "another address"},
    {"EPRT |1|10.1.1.1|1023|", "504 Ports below 1024 are not connected to", "port 1023"},
    {"EPRT |2|::1|50000|", "522 Use protocol (1)", ""},
    {"EPRT |3|x|50000|", "522 Use protocol (1)", ""},
    {"EPRT |1|10.1.1.1|70000|", "501 Syntax error in the arguments of EPRT", ""},
    {"EPRT", "501 Syntax error in the arguments of EPRT", ""},
    {"EPSV 2", "522 Use protocol (1)", ""},
    {"EPSV x", "501 Syntax error in the arguments of EPSV", ""},
};

TEST(SetUp, IsRefusedBeforeTheServerHearsOfIt) {
    for (const auto& each : refusals) {
        Dialogue d(plain_settings());
        d.begin();
        d.front(each.command);
        if (!each.alarm.empty()) d.expect_alarm(each.alarm);
        d.expect_to_front(each.answer);
        d.front("RETR a");
        d.expect_to_front("425 Use PORT or PASV first");
    }
}

TEST(SetUp, IsEpsvAloneAfterEpsvAll) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("EPSV ALL");
    d.expect_to_front("200 EPSV ALL");
    for (const std::string verb : {"PASV", "PORT", "EPRT"}) {
        d.front(verb == "PASV" ? verb : verb + " 10,1,1,1,195,80");
        d.expect_to_front("501 " + verb + " is not allowed after EPSV ALL");
    }
    d.front("EPSV");
    d.expect_to_back("PASV");  // the server was not told, and may be asked as before
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::Listen{Side::front});
    d.listening(Side::front, 40000);
    d.expect_to_front("229 Entering Extended Passive Mode (|||40000|)");
    d.front("USER bob");  // another user, another session
    d.expect(action::DropData{false});
    d.expect_to_back("USER bob");
    d.back("230 Welcome");
    d.expect_to_front("230 Welcome");
    d.prepare();
}

TEST(SetUp, FallsBackToEpsvAndRemembersIt) {
    for (const std::string answer : {"500 What", "502 No PASV"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("PASV");
        d.expect_to_back("PASV");
        d.back(answer);
        for (const bool again : {false, true}) {
            if (again) {
                d.front("PASV");
                d.expect(action::DropData{false});
            }
            d.expect_to_back("EPSV");
            d.back("229 Extended (|||50000|).");
            d.expect(action::Listen{Side::front});
            d.listening(Side::front, 40000);
            d.expect_to_front("227 Entering Passive Mode (10,1,1,2,156,64).");
        }
    }
}

TEST(SetUp, FailsWhereTheServerKnowsNoPassiveMode) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("PASV");
    d.expect_to_back("PASV");
    d.back("502 No PASV");
    d.expect_to_back("EPSV");
    d.back("502 No EPSV");
    d.expect(action::DropData{true});
    d.expect_to_front("502 No EPSV");
    d.front("PASV");
    d.expect(action::DropData{true});
    d.expect_to_front("425 The server knows no passive mode");
}

TEST(SetUp, RefusedByTheServerIsRefusedInItsWords) {
    for (const std::string answer : {"530 Log in first", "425 No ports", "451 Sorry"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("EPSV");
        d.expect_to_back("PASV");
        d.back(answer);
        d.expect(action::DropData{true});
        d.expect_to_front(answer);
        d.front("PASV");
        d.expect_to_back("PASV");
        d.back("227 Ok (10,9,9,9,195,80)");
        d.expect(action::Listen{Side::front});
    }
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
