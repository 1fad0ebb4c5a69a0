// What a client with TLS may do before AUTH, and how its data connections are protected (RFC 4217).
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(TlsFront, RefusesALoginInClearAndEndsTheSession) {
    Dialogue d(tls_front());
    d.greet();
    d.front("USER ann");
    d.expect_to_front("530 Use AUTH TLS first");
    d.expect_alarm("a login in clear text");
    d.expect_close(CloseReason::clear_text_refused);
}

TEST(TlsFront, PassesOnlyWhatTellsNothingBeforeAuth) {
    Dialogue d(tls_front());
    d.greet();
    for (const std::string command : {"SYST", "NOOP", "HELP", "CLNT me", "OPTS UTF8 ON", "LANG"}) {
        d.front(command);
        d.expect_to_back(command);
        d.back("200 Yes");
        d.expect_to_front("200 Yes");
    }
    for (const std::string command : {"PASS a", "CWD a", "PASV", "EPSV", "PORT 10,1,1,1,195,80", "RETR a", "SITE a",
                                      "STAT", "ABOR", "GUARDIAN", "REST 5", "ACCT a"}) {
        d.front(command);
        d.expect_to_front("530 Use AUTH TLS first");
    }
    d.front("QUIT");
    d.expect_to_back("QUIT");
    d.back("221 Bye");
    d.expect_to_front("221 Bye");
    d.expect_close(CloseReason::finished);
}

TEST(TlsFront, HidesAGreetingThatIsALogin) {
    Dialogue d(tls_front());
    d.back("230 Welcome, no password");
    d.expect_to_front("220 Use AUTH TLS");
    EXPECT_FALSE(d.conversation().logged_in());
    d.front("USER ann");
    d.expect_to_front("530 Use AUTH TLS first");
    d.expect_alarm("a login in clear text");
    d.expect_close(CloseReason::clear_text_refused);
}

TEST(TlsFront, MayHaveAGreetingOfItsOwn) {
    auto settings = tls_front();
    settings.greeting = "Files";
    Dialogue d(settings);
    d.back("220 vsFTPd 3.0.3");
    d.expect_to_front("220 Files");
}

TEST(TlsFront, SetsItsProtectionInOrder) {
    Dialogue d(tls_front());
    d.greet();
    d.front("PBSZ 0");
    d.expect_to_front("503 PBSZ comes after AUTH TLS");
    d.front("AUTH TLS");
    d.expect_to_front("234 Proceed with the TLS handshake");
    d.expect(action::SecureControl{Side::front});
    d.secured(Side::front);
    d.front("PROT P");
    d.expect_to_front("503 PROT comes after PBSZ");
    d.front("PBSZ");
    d.expect_to_front("501 Write PBSZ 0");
    d.front("PBSZ -1");
    d.expect_to_front("501 Write PBSZ 0");
    d.front("PBSZ 4096");
    d.expect_to_front("200 PBSZ=0");
    d.front("PROT C");
    d.expect_to_front("534 Data connections must be protected; use PROT P");
    d.front("PROT S");
    d.expect_to_front("536 TLS has PROT P and PROT C only");
    d.front("PROT E");
    d.expect_to_front("536 TLS has PROT P and PROT C only");
    d.front("PROT X");
    d.expect_to_front("504 Use PROT P");
    d.front("prot p");
    d.expect_to_front("200 Data connections are protected");
    d.front("CCC");
    d.expect_to_front("534 The control connection stays protected");
}

TEST(TlsFront, ImplicitBeginsProtected) {
    Dialogue d(implicit_front());
    d.greet();
    d.front("AUTH TLS");
    d.expect_to_front("503 This connection is protected already");
    d.log_in();
    d.start("RETR a");  // neither PBSZ nor PROT
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
}

TEST(TlsFront, MovesNoDataInClear) {
    Dialogue d(tls_front());
    d.greet();
    d.front("AUTH TLS");
    d.expect_to_front("234 Proceed with the TLS handshake");
    d.expect(action::SecureControl{Side::front});
    d.secured(Side::front);
    d.log_in();
    d.prepare();
    d.front("RETR a");
    d.expect_to_front("521 Data connections must be protected; use PROT P");
    // RFC 4217, 8: what counts is PROT as it is when the transfer begins, whatever the set-up was made under.
    d.front("PBSZ 0");
    d.expect_to_front("200 PBSZ=0");
    d.front("PROT P");
    d.expect_to_front("200 Data connections are protected");
    d.connected(Side::front);
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("150 Here");
    d.expect(action::RenewTickets{});
    d.expect_to_front("150 Here");
    d.expect(action::SecureData{Side::front});
    d.secured_data(Side::front);
    d.expect(action::Pump{Direction::download});
}

TEST(TlsFront, MayMoveDataInClearWhereThatIsAllowed) {
    auto settings = tls_front();
    settings.front_must_protect = false;
    Dialogue d(settings);
    d.begin();
    d.front("PROT C");
    d.expect_to_front("200 Data connections are clear");
    d.prepare();
    d.connected(Side::front);
    d.front("LIST");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("LIST");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.expect(action::Pump{Direction::download});
}

TEST(TlsFront, HasNoProtectionOfDataBeforeItIsAskedFor) {
    auto settings = tls_front();
    settings.front_must_protect = false;
    for (const auto& [mechanism, protected_data] : {std::pair("TLS-P", true), {"SSL", false}, {"TLS", false}}) {
        Dialogue d(settings);
        d.greet();
        d.front(std::string("AUTH ") + mechanism);
        d.expect_to_front("234 Proceed with the TLS handshake");
        d.expect(action::SecureControl{Side::front});
        d.secured(Side::front);
        d.log_in();
        d.prepare();
        d.front("LIST");
        d.expect(action::Connect{Side::back, {server_address, 50000}});
        d.connected(Side::back);
        d.expect_to_back("LIST");
        d.back("150 Here");
        if (protected_data) d.expect(action::RenewTickets{});
        d.expect_to_front("150 Here");
        d.connected(Side::front);
        if (protected_data) {
            d.expect(action::SecureData{Side::front});
        } else {
            d.expect(action::Pump{Direction::download});
        }
    }
}

TEST(TlsFront, ForgetsWhatCameBeforeItsProtection) {
    auto settings = tls_front();
    settings.front_must_protect = false;
    Dialogue d(settings);
    d.greet();
    d.front("EPSV ALL");
    d.expect_to_front("200 EPSV ALL");
    d.front("EPSV");
    d.expect_to_back("PASV");
    d.back("227 Ok (10,9,9,9,195,80)");
    d.expect(action::Listen{Side::front});
    d.listening(Side::front, 40000);
    d.expect_to_front("229 Entering Extended Passive Mode (|||40000|)");
    d.front("AUTH TLS");
    d.expect(action::DropData{false});
    d.expect_to_front("234 Proceed with the TLS handshake");
    d.expect(action::SecureControl{Side::front});
    d.secured(Side::front);
    d.log_in();
    d.front("RETR a");
    d.expect_to_front("425 Use PORT or PASV first");
    d.prepare();
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
