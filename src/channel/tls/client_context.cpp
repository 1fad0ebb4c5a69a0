#include <algorithm>
#include <cstring>
#include <string_view>

#include "channel/tls/context.hpp"
#include "channel/tls/pem.hpp"

namespace sallyport::channel::tls {
namespace {

constexpr int min_key_strength = 112;  // bits: RSA with 2048. A pin says whose key it is, not that it is strong

unsigned give_psk(SSL* ssl, const char*, char* identity, unsigned identity_size, unsigned char* key, unsigned size) {
    const auto& psk = context_of(*ssl).psk.front();
    if (identity_size <= psk.identity.size() || size < Secret32::size()) return 0;
    *std::ranges::copy(psk.identity, identity).out = '\0';
    std::ranges::copy(psk.key.bytes(), key);
    seen_by(*ssl).psk_identity = psk.identity;
    return static_cast<unsigned>(Secret32::size());
}

int verdict(X509_STORE_CTX* chain, int result) {
    X509_STORE_CTX_set_error(chain, result);
    return result == X509_V_OK ? 1 : 0;
}

int verify_by_pin(X509_STORE_CTX* chain, const X509& certificate, const Seen& seen, const ClientContext& context) {
    if (std::ranges::find(context.pins, seen.key) == context.pins.end()) {
        return verdict(chain, X509_V_ERR_CERT_UNTRUSTED);
    }
    const EVP_PKEY* key = X509_get0_pubkey(&certificate);
    const bool strong = key != nullptr && EVP_PKEY_get_security_bits(key) >= min_key_strength;
    return verdict(chain, strong ? X509_V_OK : X509_V_ERR_EE_KEY_TOO_SMALL);
}

/// Instead of OpenSSL's own verification. That the server holds the key is proven by its signature, elsewhere.
int verify_server(X509_STORE_CTX* chain, void*) {
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto& context = static_cast<const ClientContext&>(context_of(*ssl));
    const X509* certificate = X509_STORE_CTX_get0_cert(chain);
    seen_by(*ssl).key = pin_of(*certificate);
    const auto& bond = bond_of(*ssl);
    if (bond.role == Role::data && seen_by(*ssl).key != bond.peer_key) {  // RFC 4217, 15.1.1
        return verdict(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    switch (context.proof) {
        case Proof::pin:
            return verify_by_pin(chain, *certificate, seen_by(*ssl), context);
        case Proof::certificate:
            return X509_verify_cert(chain) == 1 ? 1 : 0;
        case Proof::psk:  // a server that has not our key falls back to its certificate in TLS 1.3
        case Proof::none:
            break;
    }
    return verdict(chain, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

/// OpenSSL calls it when a handshake was complete and the server verified (1.2), or for a ticket later (1.3).
int keep_session(SSL* ssl, SSL_SESSION* session) {
    auto& kept = static_cast<ClientContext&>(context_of(*ssl)).sessions;
    switch (bond_of(*ssl).role) {
        case Role::single:
            kept.keep(SessionPtr(session));
            return 1;  // the reference is ours
        case Role::control:
            // A copy: when a connection elsewhere that takes it up fails, OpenSSL takes that session out of use, and
            // this connection's data connections still need theirs.
            if (SessionPtr copy{SSL_SESSION_dup(session)}) kept.keep(std::move(copy));
            return 0;
        case Role::data:  // it stays with its control connection's session, which is the one that servers ask for
            break;
    }
    return 0;
}

bool set_server_name(ClientContext& context, const std::string& name, SettingsError& error) {
    X509_VERIFY_PARAM* const rules = SSL_CTX_get0_param(context.ssl.get());
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (name.empty()) {
        if (context.proof != Proof::certificate) return true;
        error.sentence = "a CA vouches for names: the server's name is needed beside it";
        return false;
    }
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1) return true;  // RFC 6066, 3: no addresses in SNI
    if (X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size()) != 1 || name.size() > TLSEXT_MAXLEN_host_name) {
        error.sentence = "the server's name is neither a DNS name nor an IP address";
        return false;
    }
    context.sni = name;
    return true;
}

bool set_trust(ClientContext& context, ClientSettings& settings, SettingsError& error) {
    SSL_CTX_set_verify(context.ssl.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context.ssl.get(), verify_server, nullptr);
    if (!context.psk.empty()) {
        context.proof = Proof::psk;
        SSL_CTX_set_psk_client_callback(context.ssl.get(), give_psk);
        return true;
    }
    if (!settings.pins.empty()) {
        const auto bad = std::ranges::find_if_not(settings.pins, is_pin);
        if (bad != settings.pins.end()) {
            error.sentence = "the pin '" + *bad + "' is not sha256// and 44 characters of base64";
            return false;
        }
        context.proof = Proof::pin;
        context.pins = std::move(settings.pins);
        return true;
    }
    if (settings.ca_pem.empty()) return true;
    context.proof = Proof::certificate;
    return trust_authorities(context, settings.ca_pem, "the CA", error);
}

}  // namespace

void KeptSessions::keep(SessionPtr session) {
    const std::scoped_lock lock(mutex_);
    sessions_.push_back(std::move(session));
    if (sessions_.size() > limit) sessions_.pop_front();
}

SessionPtr KeptSessions::take() {
    const std::scoped_lock lock(mutex_);
    while (!sessions_.empty()) {
        auto newest = std::move(sessions_.back());
        sessions_.pop_back();
        // OpenSSL takes a TLS 1.2 session out of use when a connection of it has failed.
        if (SSL_SESSION_is_resumable(newest.get()) != 1) continue;
        if (SSL_SESSION_get_protocol_version(newest.get()) != TLS1_3_VERSION) {
            SSL_SESSION_up_ref(newest.get());
            sessions_.emplace_back(newest.get());
        }
        return newest;
    }
    return nullptr;
}

std::shared_ptr<ClientContext> make_client_context(ClientSettings settings, SettingsError& error) {
    auto context = std::make_shared<ClientContext>();
    if (settings.psk.size() > 1) {
        error.sentence = "a client uses one pre-shared key, and several are given";
        return nullptr;
    }
    context->psk = std::move(settings.psk);
    if (!start_context(*context, TLS_client_method(), settings.least, settings.most, error)) return nullptr;
    if (!set_trust(*context, settings, error) || !set_server_name(*context, settings.server_name, error)) {
        return nullptr;
    }
    const bool has_own = !settings.certificate_pem.empty() || !settings.private_key_pem.empty();
    if (has_own && !use_own_certificate(*context, settings.certificate_pem, settings.private_key_pem.view(), error)) {
        return nullptr;
    }
    if (settings.resume && context->proof != Proof::psk) {
        SSL_CTX_set_session_cache_mode(context->ssl.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context->ssl.get(), keep_session);
    } else {
        SSL_CTX_set_session_cache_mode(context->ssl.get(), SSL_SESS_CACHE_OFF);
    }
    return context;
}

}  // namespace sallyport::channel::tls
