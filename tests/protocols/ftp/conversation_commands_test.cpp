// Commands outside transfers: what is passed on, what is answered here, and in which order.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(Greeting, IsPassedOnAsItCame) {
    Dialogue d(plain_settings());
    d.back("220-Welcome");
    d.back(" to the host");
    d.back("220 Go on");
    d.expect_to_front("220-Welcome");
    d.expect_to_front(" to the host");
    d.expect_to_front("220 Go on");
}

TEST(Greeting, MayBeDelayed) {
    Dialogue d(plain_settings());
    d.back("120 In five minutes");
    d.expect_to_front("120 In five minutes");
    d.back("220 Now");
    d.expect_to_front("220 Now");
}

TEST(Greeting, ThatRefusesEndsTheSession) {
    for (const std::string line : {"421 Too many users", "530 Not you", "500 No"}) {
        Dialogue d(plain_settings());
        d.back(line);
        d.expect_to_front(line);
        d.expect_close(CloseReason::back_closed);
    }
}

TEST(Greeting, ThatNeverComesEndsTheSession) {
    Dialogue lost(plain_settings());
    lost.back_ended();
    lost.expect_to_front("421 Service not available");
    lost.expect_close(CloseReason::back_unreachable);

    Dialogue silent(plain_settings());
    silent.expire(Timer::step);
    silent.expect_to_front("421 The server does not answer");
    silent.expect_close(CloseReason::timed_out);
}

TEST(Greeting, MayBeALogin) {
    Dialogue d(plain_settings());
    d.back("230 Welcome, no password");
    d.expect_to_front("230 Welcome, no password");
    EXPECT_TRUE(d.conversation().logged_in());
}

TEST(Greeting, HasNoAddress) {
    Dialogue d(plain_settings());
    d.back("227 Entering Passive Mode (10,9,9,9,195,80)");
    d.expect_alarm("227");
    d.expect_to_front("421 The server's reply makes no sense here");
    d.expect_close(CloseReason::bad_reply);
}

TEST(UsersCommands, WaitForTheGreeting) {
    Dialogue d(plain_settings());
    d.front("USER ann");
    d.back("220 Hello");
    d.expect_to_front("220 Hello");
    d.expect_to_back("USER ann");
    d.back("331 Password");
    d.expect_to_front("331 Password");
}

/// What passes in both directions as it is.
const std::vector<std::pair<std::string, std::string>> passed = {
    {"CWD  two spaces", "250 Done"},
    {"CWD trailing ", "550 No such folder"},
    {"PWD", "257 \"/a \"\"b\"\"\" is it"},
    {"XPWD", "257 \"$VOL.SUBVOL\""},
    {"CDUP", "200 Up"},
    {"SMNT x", "202 Superfluous"},
    {"ACCT money", "230 In"},
    {"TYPE I", "200 Binary"},
    {"STRU R", "504 No"},
    {"MODE S", "200 Stream"},
    {"MODE Z", "504 No"},
    {"mode s", "200 Stream"},
    {"MODE", "501 Which"},
    {"ALLO 100", "202 No need"},
    {"REST 17", "350 From there"},
    {"RNFR a", "350 To what"},
    {"RNTO b", "250 Done"},
    {"DELE a", "250 Done"},
    {"MKD a", "257 \"a\""},
    {"SIZE a", "213 5"},
    {"MDTM a", "213 20240101000000"},
    {"MFMT 20240101000000 a", "213 Modify=20240101000000; a"},
    {"SYST", "215 NONSTOP (tm)"},
    {"NOOP", "200 Yes"},
    {"STAT", "211 Well"},
    {"HELP", "214 No"},
    {"OPTS UTF8 ON", "200 Always"},
    {"CLNT someone", "200 Noted"},
    {"LANG fr", "504 No"},
    {"SITE CHMOD 644 a", "200 Done"},
    {"XSHA256 a", "250 0123"},
    {"GUARDIAN", "257 \"$vol.subvol\""},
    {"OSS", "257 \"/G/vol\""},
    {"XYZZY it", "500 What"},
    {"noop", "200 Yes"},
    {"PASS ", "230 No password needed"},
    {"PASS  with space", "530 No"},
    {"ABOR", "225 Nothing to abort"},
};

TEST(UsersCommands, PassAsTheyWereWritten) {
    for (const auto& [command, answer] : passed) {
        Dialogue d(plain_settings());
        d.begin();
        d.front(command);
        d.expect_to_back(command);
        d.back(answer);
        d.expect_to_front(answer);
        EXPECT_EQ(d.armed(Timer::step), Timers{}.idle) << command;
    }
}

TEST(UsersCommands, KeepTheBytesOfTheirArguments) {
    using namespace std::string_literals;
    Dialogue d(plain_settings());
    d.begin();
    const auto command = "CWD caf\xE9 \xFF\xFF \xFF\xF4 a\r\0b"s;
    d.raw_front(command + "\r\n");
    d.expect_to_back(command);
    d.back("250 Done");
    d.expect_to_front("250 Done");
}

TEST(UsersCommands, MayBeCutAnywhere) {
    const std::string input = "NOOP\r\nCWD a\n\r\nPWD\r\n";
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
        Dialogue d(plain_settings());
        d.begin();
        d.raw_front(input.substr(0, cut));
        if (cut >= 6) d.expect_to_back("NOOP");
        d.raw_front(input.substr(cut));
        if (cut < 6) d.expect_to_back("NOOP");
        d.raw_back("200 Yes\r\n");
        d.expect_to_front("200 Yes");
        d.expect_to_back("CWD a");
        d.raw_back("250 Done\r\n");
        d.expect_to_front("250 Done");
        d.expect_to_back("PWD");
        d.raw_back("257 \"/a\"\r\n");
        d.expect_to_front("257 \"/a\"");
    }
}

TEST(UsersCommands, ThatAreNoneAreAnsweredInTheirTurn) {
    using namespace std::string_literals;
    Dialogue d(plain_settings());
    d.begin();
    d.raw_front("NOOP\r\nDELE a\0b\r\n NOOP\r\nDELE_EVERYTHING_NOW a\r\nCCC\r\nPWD\r\n"s);
    d.expect_to_back("NOOP");
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
    d.expect_to_front("500 A command may not contain NUL");
    d.expect_to_front("500 A command may not begin with a space");
    d.expect_to_front("500 That is no command");
    d.expect_to_front("502 Command not implemented");
    d.expect_to_back("PWD");
    d.back("257 \"/\"");
    d.expect_to_front("257 \"/\"");
}

TEST(UsersCommands, OfVirtualHostsPassAndTheServerJudgesThem) {
    Dialogue d(plain_settings());
    d.begin();
    for (const std::string answer : {"220 files.example", "504 Host not found"}) {
        d.front("HOST files.example");
        d.expect_to_back("HOST files.example");
        d.back(answer);
        d.expect_to_front(answer);
    }
}

TEST(UsersCommands, ThatAreTooLongEndTheSessionAndNothingBehindThemIsRead) {
    Dialogue d(plain_settings());
    d.begin();
    d.raw_front("DELE " + std::string(9000, 'a') + "\r\nDELE b\r\n");
    d.expect_to_front("500 Line too long");
    d.expect_to_front("421 Closing control connection");
    d.expect_close(CloseReason::line_too_long);
    d.front("DELE c");
    d.expect_nothing();
}

TEST(UsersCommands, ThatTheRelayCannotFollowNeverReachTheServer) {
    for (const std::string verb : {"LPRT", "LPSV", "APSV", "CPSV", "SSCN", "PRET", "SPSV", "ESTA", "ESTP", "CEPR",
                                   "REIN", "ADAT", "MIC", "CONF", "ENC", "CCC", "lprt"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front(verb + " a");
        d.expect_to_front("502 Command not implemented");
    }
}

TEST(UsersCommands, OfBlockAndCompressedModeAreRefused) {
    for (const std::string mode : {"B", "C", "b", " B", "C ", "\tB", "X"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("MODE " + mode);
        d.expect_to_front("504 Only MODE S is possible here");
    }
}

TEST(UsersCommands, OfSiteMayBeRefusedByTheirFirstWord) {
    auto settings = plain_settings();
    settings.refused_site_words = {"EXEC"};
    for (const std::string argument : {"EXEC rm a", "exec", " EXEC a", "\tExec\ta"}) {
        Dialogue d(settings);
        d.begin();
        d.front("SITE " + argument);
        d.expect_alarm("refused SITE EXEC");
        d.expect_to_front("502 SITE EXEC is not allowed here");
    }
    Dialogue d(settings);
    d.begin();
    d.front("SITE EXECUTE a");
    d.expect_to_back("SITE EXECUTE a");
    d.back("200 Done");
    d.expect_to_front("200 Done");
}

TEST(UsersCommands, OfAnotherProtocolEndTheSession) {
    for (const std::string line : {"GET / HTTP/1.1", "POST /a HTTP/1.1", "HEAD /", "PUT /", "CONNECT a:21", "EHLO a",
                                   "Host: a", "Content-Length: 5"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front(line);
        d.expect_alarm("another protocol's request");
        d.expect_close(CloseReason::not_ftp);
    }
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
