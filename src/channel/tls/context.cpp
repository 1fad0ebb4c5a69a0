#include "channel/tls/context.hpp"

#include <openssl/err.h>

#include "channel/tls/pem.hpp"
#include "channel/tls/wire.hpp"

namespace sallyport::channel::tls {
namespace {

// Forward secrecy and AEAD, or for pre-shared keys at least AEAD: stunnel's own list of PSK suites has plain PSK with
// AES-GCM as its best in TLS 1.2. TLS 1.3 suites are OpenSSL's own three.
constexpr const char* certificate_suites = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* psk_suites = "kECDHEPSK+CHACHA20:kDHEPSK+AESGCM:kDHEPSK+CHACHA20:kPSK+AESGCM:kPSK+CHACHA20";
// 112 bits: no RSA or DH below 2048 bits and no signature by SHA-1, whatever the system's openssl.cnf says.
constexpr int security_level = 2;
// OpenSSL's own limit for a TLS 1.2 identity is 256 with its end; longer ones would be cut by peers of its age.
constexpr std::size_t max_psk_identity = 128;

int number_of(Version version) { return version == Version::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION; }

bool fail(SettingsError& error, std::string sentence) {
    error.sentence = std::move(sentence);
    ERR_clear_error();
    return false;
}

bool fail_by_openssl(SettingsError& error, std::string what) {
    const char* words = ERR_reason_error_string(ERR_peek_error());
    return fail(error, std::move(what) + (words != nullptr ? std::string(": ") + words : std::string()));
}

bool check_keys(const std::vector<PreSharedKey>& keys, SettingsError& error) {
    for (const auto& key : keys) {
        if (key.identity.empty() || key.identity.size() > max_psk_identity ||
            key.identity.find('\0') != std::string::npos) {
            return fail(error, "a PSK identity must have 1 to 128 characters, none of them a zero byte");
        }
    }
    return true;
}

}  // namespace

Context& context_of(const SSL& ssl) { return *static_cast<Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(&ssl))); }
Seen& seen_by(const SSL& ssl) { return static_cast<Attached*>(SSL_get_app_data(&ssl))->seen; }
const Bond& bond_of(const SSL& ssl) { return static_cast<Attached*>(SSL_get_app_data(&ssl))->bond; }

bool start_context(Context& context, const SSL_METHOD* method, Version least, Version most, SettingsError& error) {
    ERR_clear_error();
    if (least > most) return fail(error, "the least TLS version is above the most");
    if (!check_keys(context.psk, error)) return false;
    context.wire_method = make_wire_method();
    context.ssl.reset(SSL_CTX_new(method));
    SSL_CTX* const ssl = context.ssl.get();
    if (ssl == nullptr || !context.wire_method) return fail_by_openssl(error, "OpenSSL cannot be used");
    SSL_CTX_set_app_data(ssl, &context);
    set_handover_callbacks(*ssl);
    SSL_CTX_set_security_level(ssl, security_level);
    SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    const char* const suites = context.psk.empty() ? certificate_suites : psk_suites;
    if (SSL_CTX_set_min_proto_version(ssl, number_of(least)) != 1 ||
        SSL_CTX_set_max_proto_version(ssl, number_of(most)) != 1 || SSL_CTX_set_cipher_list(ssl, suites) != 1) {
        return fail_by_openssl(error, "this OpenSSL has not the TLS versions or suites that are needed");
    }
    return true;
}

bool use_own_certificate(Context& context, std::string_view certificate_pem, std::string_view key_pem,
                         SettingsError& error) {
    const auto chain = read_certificates(certificate_pem);
    if (chain.empty()) return fail(error, "the certificate is not PEM: it must begin with -----BEGIN CERTIFICATE-----");
    const auto key = read_key(key_pem);
    if (!key) return fail(error, "the private key is not PEM, or is encrypted; store it without a passphrase");
    if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
        return fail(error, "the private key does not belong to the certificate (the first one of its chain)");
    }
    SSL_CTX* const ssl = context.ssl.get();
    if (SSL_CTX_use_certificate(ssl, chain.front().get()) != 1 || SSL_CTX_use_PrivateKey(ssl, key.get()) != 1) {
        return fail_by_openssl(error, "the certificate cannot be used");
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(ssl, chain[i].get()) != 1) {
            return fail_by_openssl(error, "certificate " + std::to_string(i + 1) + " of the chain cannot be used");
        }
    }
    return true;
}

bool trust_authorities(Context& context, std::string_view pem, std::string_view setting, SettingsError& error) {
    const auto authorities = read_certificates(pem);
    if (authorities.empty()) return fail(error, std::string(setting) + " holds no certificate in PEM");
    X509_STORE* const store = SSL_CTX_get_cert_store(context.ssl.get());
    // An intermediate CA, or the peer's own certificate, may be what is trusted: chains need not end in a root.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    for (const auto& authority : authorities) {
        if (X509_STORE_add_cert(store, authority.get()) != 1) {
            return fail_by_openssl(error, std::string(setting) + " holds a certificate that cannot be used");
        }
    }
    return true;
}

}  // namespace sallyport::channel::tls
