// AUTH: a client's towards us (RFC 4217).
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(PlainFront, OffersNoProtectionOfItsOwn) {
    for (const auto& settings : {plain_settings(), tls_back(), native_back(), native_front()}) {
        Dialogue d(settings);
        d.begin();
        d.front("AUTH TLS");
        d.expect_to_front("502 AUTH is not offered here");
        d.front("PBSZ 0");
        d.expect_to_front("503 PBSZ comes after AUTH TLS");
        d.front("PROT P");
        d.expect_to_front("503 PROT comes after PBSZ");
        d.front("CCC");
        d.expect_to_front("502 Command not implemented");
    }
}

TEST(TlsFront, IsProtectedByAuth) {
    for (const std::string mechanism : {"TLS", "tls-c", "SSL", "TLS-P"}) {
        Dialogue d(tls_front());
        d.greet();
        d.front("AUTH " + mechanism);
        d.expect_to_front("234 Proceed with the TLS handshake");
        d.expect(action::SecureControl{Side::front});
        d.secured(Side::front);
        d.log_in();
    }
}

TEST(TlsFront, KnowsNoOtherMechanism) {
    Dialogue d(tls_front());
    d.greet();
    for (const std::string mechanism : {"AUTH GSSAPI", "AUTH", "AUTH TLS "}) {
        d.front(mechanism);
        d.expect_to_front("504 Use AUTH TLS");
    }
}

TEST(TlsFront, IsProtectedOnce) {
    Dialogue d(tls_front());
    d.begin();
    d.front("AUTH TLS");
    d.expect_to_front("503 This connection is protected already");
}

TEST(TlsFront, IsNotProtectedBehindALogin) {
    auto settings = tls_front();
    settings.front_must_protect = false;
    Dialogue d(settings);
    d.greet();
    d.log_in();
    d.front("AUTH TLS");
    d.expect_to_front("503 AUTH comes before USER");
}

TEST(TlsFront, TakesNothingThatStandsBehindAuth) {
    for (const std::string behind : {"FEAT\r\n", "F", "\r\n", "\xFF", "\n"}) {
        Dialogue d(tls_front());
        d.greet();
        d.raw_front("AUTH TLS\r\n" + behind);
        d.expect_alarm("bytes behind AUTH");
        d.expect_close(CloseReason::injected_input);
    }
}

TEST(TlsFront, TakesNothingThatCameWhileAuthWaited) {
    Dialogue d(tls_front());
    d.greet();
    d.raw_front("NOOP\r\nAUTH TLS\r\n");
    d.expect_to_back("NOOP");
    d.raw_front("\r");
    d.expect_alarm("bytes behind AUTH");
    d.expect_close(CloseReason::injected_input);
}

TEST(TlsFront, TakesNoClearTextWhileTheHandshakeIsMade) {
    Dialogue d(tls_front());
    d.greet();
    d.front("AUTH TLS");
    d.expect_to_front("234 Proceed with the TLS handshake");
    d.expect(action::SecureControl{Side::front});
    d.front("PASS injected");
    d.expect_alarm("bytes behind AUTH");
    d.expect_close(CloseReason::injected_input);
}

TEST(TlsFront, IsToldNothingInClearWhileTheHandshakeIsMade) {
    const auto securing = [](Dialogue& d) {
        d.greet();
        d.front("AUTH TLS");
        d.expect_to_front("234 Proceed with the TLS handshake");
        d.expect(action::SecureControl{Side::front});
    };
    {
        Dialogue d(tls_front());
        securing(d);
        d.expire(Timer::step);
        d.expect_close(CloseReason::handshake_failed);
    }
    {
        Dialogue d(tls_front());
        securing(d);
        d.secure_failed(Side::front);
        d.expect_close(CloseReason::handshake_failed);
    }
    {
        Dialogue d(tls_front());
        securing(d);
        d.expire(Timer::login);
        d.expect_close(CloseReason::timed_out);
    }
    {
        Dialogue d(tls_front());
        securing(d);
        d.back("421 Going down");
        d.expect_close(CloseReason::back_closed);
    }
    {
        Dialogue d(tls_front());
        securing(d);
        d.back_ended();
        d.expect_close(CloseReason::back_closed);
    }
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
