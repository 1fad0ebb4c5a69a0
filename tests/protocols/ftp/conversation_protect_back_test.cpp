// Our own AUTH, PBSZ and PROT towards a server with TLS: protection, or no session.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

Settings implicit_back() {
    auto settings = tls_back();
    settings.back_implicit = true;
    return settings;
}

TEST(TlsBack, IsProtectedBeforeTheUserIsGreeted) {
    Dialogue d(tls_back());
    d.front("USER ann");
    d.back("120 Soon");
    d.back("220 Hello");
    d.expect_to_back("AUTH TLS");
    d.back("234 Go on");
    d.expect(action::SecureControl{Side::back});
    d.secured(Side::back);
    d.expect_to_back("PBSZ 0");
    d.back("200 PBSZ=0");
    d.expect_to_back("PROT P");
    d.back("200 PROT");
    d.expect_to_front("220 Hello");
    d.expect_to_back("USER ann");
}

TEST(TlsBack, ImplicitIsAskedForProtectedDataOnly) {
    Dialogue d(implicit_back());
    d.back("220 Hello");
    d.expect_to_back("PBSZ 0");
    d.back("200 PBSZ=0");
    d.expect_to_back("PROT P");
    d.back("200 PROT");
    d.expect_to_front("220 Hello");
}

TEST(TlsBack, ThatRefusesAnyStepIsNeverSpokenToInClear) {
    for (const std::string refusal : {"500 What", "502 No", "534 No", "431 No", "421 Busy", "334 More", "200 Yes"}) {
        Dialogue d(tls_back());
        d.front("USER ann");
        d.back("220 Hello");
        d.expect_to_back("AUTH TLS");
        d.back(refusal);
        if (refusal.starts_with("421")) {
            d.expect_to_front("421 Busy");
            d.expect_close(CloseReason::back_closed);
            continue;
        }
        d.expect_alarm("refused protection");
        d.expect_to_front("421 The server offers no protected connection");
        d.expect_close(CloseReason::no_protection);
    }
    for (const int step : {0, 1}) {
        for (const std::string refusal : {"500 What", "503 No", "536 No", "234 What"}) {
            Dialogue d(implicit_back());
            d.back("220 Hello");
            d.expect_to_back("PBSZ 0");
            if (step == 1) {
                d.back("200 PBSZ=0");
                d.expect_to_back("PROT P");
            }
            d.back(refusal);
            d.expect_alarm("refused protection");
            d.expect_to_front("421 The server offers no protected connection");
            d.expect_close(CloseReason::no_protection);
        }
    }
}

TEST(TlsBack, HasNothingToSayBehindItsAnswerToAuth) {
    for (const std::string behind : {"220 Injected\r\n", "2", "\r\n"}) {
        Dialogue d(tls_back());
        d.back("220 Hello");
        d.expect_to_back("AUTH TLS");
        d.raw_back("234 Go on\r\n" + behind);
        d.expect_alarm("bytes behind the answer to AUTH");
        d.expect_to_front("421 The server's answer cannot be trusted");
        d.expect_close(CloseReason::injected_input);
    }
    Dialogue d(tls_back());
    d.back("220 Hello");
    d.expect_to_back("AUTH TLS");
    d.back("234 Go on");
    d.expect(action::SecureControl{Side::back});
    d.back("200 PBSZ=0");
    d.expect_alarm("bytes behind the answer to AUTH");
    d.expect_to_front("421 The server's answer cannot be trusted");
    d.expect_close(CloseReason::injected_input);
}

TEST(TlsBack, ThatCannotBeTrustedIsGivenUp) {
    for (const bool failed : {true, false}) {
        Dialogue d(tls_back());
        d.back("220 Hello");
        d.expect_to_back("AUTH TLS");
        d.back("234 Go on");
        d.expect(action::SecureControl{Side::back});
        if (failed) {
            d.secure_failed(Side::back);
            d.expect_to_front("421 The server's protection cannot be trusted");
            d.expect_close(CloseReason::handshake_failed);
        } else {
            d.expire(Timer::step);
            d.expect_to_front("421 The server does not answer");
            d.expect_close(CloseReason::timed_out);
        }
    }
}

TEST(TlsBack, GreetingThatIsALoginSkipsNoProtection) {
    Dialogue d(tls_back());
    d.back("230 Welcome");
    d.expect_to_back("AUTH TLS");
    d.back("502 No");
    d.expect_alarm("refused protection");
    d.expect_to_front("421 The server offers no protected connection");
    d.expect_close(CloseReason::no_protection);
}

TEST(TlsBack, DataIsProtectedAfterTheFirstReply) {
    Dialogue d(tls_back());
    d.begin();
    d.start("STOR a");
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("STOR a 226 100 complete");
}

TEST(TlsBack, ThatRefusesTheDataHandshakeAfterItsFirstReplyIsQuoted) {
    Dialogue d(tls_back());
    d.begin();
    d.prepare();
    d.connected(Side::front);
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.expect(action::SecureData{Side::back});
    d.back("522 SSL connection failed: session reuse required");
    d.expect(action::DropData{true});
    d.expect_to_front("522 SSL connection failed: session reuse required");
    d.expect_audit("RETR a 522 0 the data connection was reset");
}

TEST(BothSides, AreProtectedOneAfterTheOther) {
    auto settings = implicit_front();
    settings.back = Kind::tls;
    Dialogue d(settings);
    d.begin();
    d.prepare();
    d.connected(Side::front);
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("150 Here");
    d.expect(action::RenewTickets{});
    d.expect_to_front("150 Here");
    d.expect(action::SecureData{Side::front});
    d.secured_data(Side::back);  // nobody asked
    d.secured_data(Side::front);
    d.expect(action::SecureData{Side::back});
    d.secured_data(Side::back);
    d.expect(action::Pump{Direction::download});
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
