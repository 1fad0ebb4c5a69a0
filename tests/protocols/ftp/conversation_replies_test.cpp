// Replies of servers: which pass, which are rewritten, and which are never shown to a user.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(ServersReplies, MayBeCutAnywhere) {
    const std::string input = "211-Status\r\n 226 none\n200 none\r\n211 End\r\n";
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("STAT");
        d.expect_to_back("STAT");
        std::vector<std::string> lines{"211-Status", " 226 none", "200 none", "211 End"};
        std::size_t shown = 0;
        const auto expect_shown = [&](std::string_view so_far) {
            const auto whole = static_cast<std::size_t>(std::count(so_far.begin(), so_far.end(), '\n'));
            for (; shown < whole; ++shown) d.expect_to_front(lines[shown]);
        };
        d.raw_back(input.substr(0, cut));
        expect_shown(input.substr(0, cut));
        d.raw_back(input.substr(cut));
        expect_shown(input);
    }
}

TEST(ServersReplies, OfManyLinesPassAsTheyCome) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("STAT -l");
    d.expect_to_back("STAT -l");
    d.back("213-Listing");
    d.expect_to_front("213-Listing");
    const std::string line(1000, 'x');
    for (int i = 0; i < 1000; ++i) {
        d.back(line);
        d.expect_to_front(line);
    }
    d.back("213");  // the end, without a text
    d.expect_to_front("213");
}

TEST(ServersReplies, WithPreliminaryOnesBeforeThemPass) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("SITE RECALL a");
    d.expect_to_back("SITE RECALL a");
    for (int i = 0; i < 3; ++i) {
        d.back("125 Working");
        d.expect_to_front("125 Working");
    }
    d.back("250 Done");
    d.expect_to_front("250 Done");
}

TEST(ServersReplies, WithAnAddressAreNeverShown) {
    for (const std::string reply : {"227 Ok (10,2,2,2,195,80)", "228 Ok (10,2,2,2,50000)", "229 Ok (|||50000|)",
                                    "227-Ok (10,2,2,2,195,80)\r\n227 End"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("XOPEN");
        d.expect_to_back("XOPEN");
        d.back(reply);
        d.expect_alarm("opened a data connection for a command that has none: XOPEN");
        d.expect_to_front("502 Command not implemented");
    }
}

TEST(ServersReplies, WithAnAddressRefuseATransfer) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("227 Ok (10,2,2,2,195,80)");
    d.expect_alarm("RETR");
    d.expect(action::DropData{false});
    d.expect_to_front("502 Command not implemented");
    d.expect_audit("RETR a 502 0 the server refused it");
}

TEST(ServersReplies, WithAnAddressDoNotEndATransfer) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.back("227 Ok (10,2,2,2,195,80)");
    d.expect_alarm("nobody asked for: 227");
    d.data_ended(DataEnd::complete);
    d.back("229 Ok (|||50000|)");
    d.expect_alarm("nobody asked for: 229");
    d.front("ABOR");
    d.expect_abort_to_back();
    d.back("227 Ok (10,2,2,2,195,80)");
    d.expect_alarm("nobody asked for: 227");
    d.expire(Timer::step);
    d.expect_to_back("NOOP");
    d.back("227 Ok (10,2,2,2,195,80)");
    d.expect_alarm("nobody asked for: 227");
    d.back("226 Done");
    d.back("225 Nothing");
    d.back("200 Yes");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
    d.expect_to_front("225 Nothing");
}

TEST(ServersReplies, AboutProtectionEndTheSession) {
    for (const std::string code : {"234", "235", "334", "335", "431", "533", "534", "535", "536", "537"}) {
        for (const auto& settings : {plain_settings(), tls_back(), implicit_front(), native_front(), native_back()}) {
            Dialogue d(settings);
            d.begin();
            d.front("XSEC");
            d.expect_to_back("XSEC");
            d.back(code + " ADAT=1234");
            d.expect_alarm("the server answered " + code);
            d.expect_to_front("421 The server's reply makes no sense here");
            d.expect_close(CloseReason::bad_reply);
        }
    }
}

TEST(ServersReplies, AboutProtectionEndATransferAndASetUpToo) {
    Dialogue transfer(plain_settings());
    transfer.begin();
    transfer.start("RETR a");
    transfer.back("534 Protect it");
    transfer.expect_alarm("the server answered 534");
    transfer.expect_to_front("421 The server's reply makes no sense here");
    transfer.expect_audit("RETR a 421 0 the server sent what is no FTP reply, or one that must not come");
    transfer.expect_close(CloseReason::bad_reply);

    Dialogue setup(plain_settings());
    setup.begin();
    setup.front("PASV");
    setup.expect_to_back("PASV");
    setup.back("533 Protect it");
    setup.expect_alarm("the server answered 533");
    setup.expect_to_front("421 The server's reply makes no sense here");
    setup.expect_close(CloseReason::bad_reply);
}

TEST(ServersReplies, ThatAreProtectedEndTheSessionUnseen) {
    for (const std::string reply : {"631 c2VjcmV0", "632 x", "633-x\r\n633 x", "600 x"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.front("NOOP");
        d.expect_to_back("NOOP");
        d.back(reply);
        d.expect_alarm("protected reply");
        d.expect_to_front("421 The server's replies cannot be read");
        d.expect_close(CloseReason::bad_reply);
    }
}

TEST(ServersReplies, ThatNobodyAskedForAreDropped) {
    Dialogue d(plain_settings());
    d.begin();
    d.back("230 Welcome, injected");
    d.expect_alarm("nobody asked for: 230");
    d.back("150 Injected");
    d.expect_alarm("nobody asked for: 150");
    d.front("NOOP");
    d.expect_to_back("NOOP");
    d.raw_back("200 Yes\r\n200 Once more\r\n");
    d.expect_to_front("200 Yes");
    d.expect_alarm("nobody asked for: 200");
}

TEST(ServersReplies, ThatNobodyAskedForAreNotTakenForTheAnswerToWhatIsAskedMeanwhile) {
    Dialogue d(plain_settings());
    d.begin();
    d.back("200-Injected");
    d.front("NOOP");
    d.expect_to_back("NOOP");
    d.back("200 Injected");
    d.expect_alarm("nobody asked for: 200");
    d.back("250 Yes");
    d.expect_to_front("250 Yes");
}

TEST(ServersReplies, ThatComeWhileADataConnectionIsMadeAreDropped) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("PASV");
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::Listen{Side::front});
    d.back("227 Ok (10,9,9,9,4,1)");
    d.expect_alarm("nobody asked for: 227");
    d.listening(Side::front, 40000);
    d.expect_to_front("227 Entering Passive Mode (10,1,1,2,156,64).");
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.back("150 Injected");
    d.expect_alarm("nobody asked for: 150");
}

TEST(ServersReplies, ThatEndTheSessionPassAtAnyTime) {
    {
        Dialogue d(plain_settings());
        d.begin();
        d.raw_back("421-Going\r\n421 Down\r\n");
        d.expect_to_front("421-Going");
        d.expect_to_front("421 Down");
        d.expect_close(CloseReason::back_closed);
    }
    {
        Dialogue d(plain_settings());
        d.begin();
        d.front("PASV");
        d.expect_to_back("PASV");
        d.back("421 Down");
        d.expect_to_front("421 Down");
        d.expect_close(CloseReason::back_closed);
    }
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.back("421 Timeout");
    d.expect_to_front("421 Timeout");
    d.expect_audit("RETR a 421 0 the FTP server ended the session");
    d.expect_close(CloseReason::back_closed);
}

TEST(ServersReplies, ThatAreNoneArePassedAsTextWhileAnAnswerIsAwaited) {
    Dialogue d(plain_settings());
    d.begin();
    d.back("out of turn");
    d.front("NOOP");
    d.expect_to_back("NOOP");
    d.back("a word before");
    d.expect_to_front("a word before");
    d.back("227Ok (10,2,2,2,195,80)");  // some clients would take that for a reply
    d.back("200 Yes");
    d.expect_to_front("200 Yes");
}

TEST(ServersReplies, ThatAreNoneTenTimesEndTheSession) {
    Dialogue d(plain_settings());
    d.begin();
    for (int i = 0; i < 10; ++i) d.back("weird");
    d.expect_nothing();
    d.back("weird");
    d.expect_alarm("cannot be read");
    d.expect_to_front("421 The server's replies cannot be read");
    d.expect_close(CloseReason::bad_reply);
}

TEST(ServersReplies, ThatAreTooLongEndTheSession) {
    Dialogue d(plain_settings());
    d.begin();
    d.front("NOOP");
    d.expect_to_back("NOOP");
    d.back("200 " + std::string(30000, 'x'));
    d.expect_alarm("cannot be read");
    d.expect_to_front("421 The server's replies cannot be read");
    d.expect_close(CloseReason::bad_reply);
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
