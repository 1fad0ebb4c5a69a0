#include <algorithm>
#include <string_view>

#include "channel/tls/context.hpp"
#include "channel/tls/pem.hpp"

namespace sallyport::channel::tls {
namespace {

// Sessions of TLS 1.2 clients that use no tickets; one is 1 to 3 KiB.
constexpr long max_cached_sessions = 20'000;
// Only told apart from other programs' sessions: every context has ticket keys and a cache of its own.
constexpr std::string_view session_id_context = "sallyport";
// An FTP client takes up its control connection's session for each file, on whatever day of a long session.
constexpr long session_lifetime = 24 * 60 * 60;  // seconds

/// Answers for TLS 1.2 and 1.3 alike; stunnel uses the same callback, so both agree on the key's hash in 1.3.
unsigned find_psk(SSL* ssl, const char* identity, unsigned char* key, unsigned size) {
    const auto& keys = context_of(*ssl).psk;
    const auto found = std::ranges::find(keys, std::string_view(identity), &PreSharedKey::identity);
    if (found == keys.end() || size < Secret32::size()) return 0;
    std::ranges::copy(found->key.bytes(), key);
    seen_by(*ssl).psk_identity = identity;
    return static_cast<unsigned>(Secret32::size());
}

/// A handshake by PSK has no signature in it that resuming could save; and without resumption a key that is taken off
/// the list is out of use at the next connection.
void use_psk(Context& context) {
    SSL_CTX* const ssl = context.ssl.get();
    context.proof = Proof::psk;
    SSL_CTX_set_psk_server_callback(ssl, find_psk);
    SSL_CTX_set_dh_auto(ssl, 1);
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ssl, 0);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
}

bool require_client_certificates(Context& context, std::string_view ca_pem, SettingsError& error) {
    if (!trust_authorities(context, ca_pem, "the client CA", error)) return false;
    context.proof = Proof::certificate;
    SSL_CTX_set_verify(context.ssl.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    for (const auto& authority : read_certificates(ca_pem)) {
        SSL_CTX_add_client_CA(context.ssl.get(), authority.get());  // a hint to clients that have several certificates
    }
    return true;
}

}  // namespace

std::shared_ptr<ServerContext> make_server_context(ServerSettings settings, SettingsError& error) {
    auto context = std::make_shared<ServerContext>();
    context->psk = std::move(settings.psk);
    if (!start_context(*context, TLS_server_method(), settings.least, settings.most, error)) return nullptr;
    set_bond_callbacks(*context->ssl);
    if (!context->psk.empty()) {
        use_psk(*context);
        return context;
    }
    if (!use_own_certificate(*context, settings.certificate_pem, settings.private_key_pem.view(), error))
        return nullptr;
    if (!settings.client_ca_pem.empty() && !require_client_certificates(*context, settings.client_ca_pem, error)) {
        return nullptr;
    }
    SSL_CTX* const ssl = context->ssl.get();
    SSL_CTX_set_session_id_context(ssl, as_bytes(session_id_context).data(), session_id_context.size());
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(ssl, max_cached_sessions);
    SSL_CTX_set_timeout(ssl, session_lifetime);
    SSL_CTX_set_max_early_data(ssl, 0);  // what comes early can be replayed (RFC 8446, 8)
    return context;
}

}  // namespace sallyport::channel::tls
