/// What the contexts hold, and how OpenSSL's callbacks find it. Internal to channel/tls.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channel/tls/bond.hpp"
#include "channel/tls/handover.hpp"
#include "channel/tls/openssl.hpp"
#include "channel/tls/tls.hpp"

namespace sallyport::channel::tls {

/// By what the peer proves who it is.
enum class Proof { none, certificate, pin, psk };

/// What server and client have in common.
struct Context {
    BioMethodPtr wire_method;
    SslContextPtr ssl;  // its application data is this Context
    Proof proof = Proof::none;
    std::vector<PreSharedKey> psk;
};

class ServerContext : public Context {};

/// The newest sessions of one server, to be taken up again. Its lock is held for a few pointers' time.
class KeptSessions {
public:
    void keep(SessionPtr session);
    /// The newest that can be offered; null when there is none. A TLS 1.3 ticket is handed out once (RFC 8446, C.4).
    SessionPtr take();

private:
    // We chose; each has 3.5 KiB with its certificate, measured with small ones. A TLS 1.3 ticket is used once, so no
    // more connections than this can be resumed at the same time: with 8, a burst of 32 made 24 full handshakes.
    static constexpr std::size_t limit = 64;
    std::mutex mutex_;
    std::deque<SessionPtr> sessions_;
};

class ClientContext : public Context {
public:
    std::vector<std::string> pins;
    std::string sni;  // empty: none is sent
    KeptSessions sessions;
};

/// What a handshake learned about the peer.
struct Seen {
    std::string key;           // the pin of the certificate that was shown, trusted or not
    std::string psk_identity;  // of the pre-shared key that is in use
};

/// The application data of an SSL: what its callbacks ask for and where they leave what they learn.
struct Attached {
    Bond bond;
    Seen seen{};
    std::unique_ptr<Handover> handover{};  // while OpenSSL has what the record layer will need
};

Context& context_of(const SSL& ssl);
Seen& seen_by(const SSL& ssl);
const Bond& bond_of(const SSL& ssl);

// Steps that both kinds of context take. Each false with a filled `error`.

/// Makes `context.ssl` with all that does not depend on certificates; `context.psk` must be set before.
bool start_context(Context& context, const SSL_METHOD* method, Version least, Version most, SettingsError& error);
bool use_own_certificate(Context& context, std::string_view certificate_pem, std::string_view key_pem,
                         SettingsError& error);
/// `setting` names them in the error.
bool trust_authorities(Context& context, std::string_view pem, std::string_view setting, SettingsError& error);

}  // namespace sallyport::channel::tls
