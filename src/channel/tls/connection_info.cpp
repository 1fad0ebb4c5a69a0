// What a connection knows of itself and of its peer.
#include <algorithm>
#include <cassert>
#include <cstring>

#include "channel/tls/connection.hpp"
#include "channel/tls/pem.hpp"

namespace sallyport::channel::tls {
namespace {

std::string subject_of(const X509& certificate) {
    BioPtr text{BIO_new(BIO_s_mem())};
    // The RFC 2253 form escapes what a log or a terminal could mistake.
    X509_NAME_print_ex(text.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
    char* start = nullptr;
    const auto size = BIO_get_mem_data(text.get(), &start);
    return std::string(start, static_cast<std::size_t>(size));
}

}  // namespace

Binding Connection::binding() const {
    const auto& bond = attached_.bond;
    assert(established_ && bond.role == Role::data);
    if (resumed() && is_marked(*SSL_get_session(ssl_.get()), bond.mark)) return Binding::bound;
    const auto key = peer_key();
    if (key != bond.peer_key) return Binding::other;
    if (!key.empty()) return Binding::bound;
    return resumed() ? Binding::other : Binding::none;
}

Info Connection::info() const {
    Info info;
    if (info_) {
        info = *info_;
        info.detail = detail_;
        return info;
    }
    info.kind = "tls";
    info.offered_key = attached_.seen.key;
    info.detail = detail_;
    info.asked_name = asked_name();
    if (!established_) return info;
    info.suite = std::string(SSL_get_version(ssl_.get())) + ' ' + SSL_get_cipher_name(ssl_.get());
    info.resumed = resumed();
    info.peer = proven_peer();
    return info;
}

/// To OpenSSL a pre-shared key of TLS 1.3 is a session as well.
bool Connection::resumed() const { return context_->proof != Proof::psk && SSL_session_reused(ssl_.get()) == 1; }

/// The client wrote it: only what a name is made of is shown, and no more than a line of a log bears.
std::string Connection::asked_name() const {
    const char* name =
        SSL_is_server(ssl_.get()) == 1 ? SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
    std::string text = name == nullptr ? std::string() : std::string(name, ::strnlen(name, 64));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7F; }, '?');
    return text;
}

std::string Connection::proven_peer() const {
    switch (context_->proof) {
        case Proof::none:
            return {};
        case Proof::pin:
            return "pin " + attached_.seen.key;
        case Proof::psk:
            return "psk " + attached_.seen.psk_identity;
        case Proof::certificate:
            break;
    }
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    return certificate == nullptr ? std::string() : "certificate " + subject_of(*certificate);
}

std::string Connection::peer_key() const {
    if (context_->proof == Proof::psk) return "psk " + attached_.seen.psk_identity;
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    return certificate == nullptr ? std::string() : pin_of(*certificate);
}

}  // namespace sallyport::channel::tls
