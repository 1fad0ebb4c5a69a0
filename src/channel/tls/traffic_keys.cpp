#include "channel/tls/traffic_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include <new>
#include <string_view>

namespace sallyport::channel::tls {
namespace {

using KdfPtr = std::unique_ptr<EVP_KDF, FreedBy<EVP_KDF_free>>;
using KdfContextPtr = std::unique_ptr<EVP_KDF_CTX, FreedBy<EVP_KDF_CTX_free>>;

// RFC 8446, B.4
constexpr std::uint16_t aes_256_gcm_sha384 = 0x1302;
constexpr std::uint16_t chacha20_poly1305_sha256 = 0x1303;

OSSL_PARAM octets(const char* name, Bytes bytes) {  // the library reads through the pointer, and takes it as its own
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}

/// HKDF-Expand-Label without a context (RFC 8446, 7.1).
void expand_label(const RecordSuite& suite, Bytes secret, std::string_view label, MutableBytes output) {
    static const KdfPtr kdf{EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, nullptr)};
    const KdfContextPtr context{EVP_KDF_CTX_new(kdf.get())};
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(suite.hash), 0),
        octets(OSSL_KDF_PARAM_KEY, secret),
        octets(OSSL_KDF_PARAM_PREFIX, as_bytes("tls13 ")),
        octets(OSSL_KDF_PARAM_LABEL, as_bytes(label)),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_KDF_derive(context.get(), output.data(), output.size(), parameters) != 1) throw std::bad_alloc();
}

}  // namespace

std::optional<RecordSuite> record_suite_of(const SSL& ssl) {
    if (SSL_version(&ssl) != TLS1_3_VERSION) return std::nullopt;
    switch (SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(&ssl))) {
        case aes_256_gcm_sha384:
            return RecordSuite{crypto::AeadCipher::aes256_gcm, "SHA384", 48};
        case chacha20_poly1305_sha256:
            return RecordSuite{crypto::AeadCipher::chacha20_poly1305, "SHA256", 32};
        default:
            return std::nullopt;
    }
}

TrafficKeys::TrafficKeys(const RecordSuite& suite, TrafficSecret secret, int updates, std::uint64_t sequence)
    : suite_(suite), secret_(std::move(secret)), sequence_(sequence) {
    for (int i = 0; i < updates; ++i) update_secret();
    derive();
}

void TrafficKeys::update() {
    update_secret();
    derive();
    sequence_ = 0;
}

void TrafficKeys::update_secret() {
    TrafficSecret next;
    expand_label(suite_, secret_.bytes().first(suite_.hash_size), "traffic upd",
                 next.writable().first(suite_.hash_size));
    secret_ = std::move(next);
}

void TrafficKeys::derive() {
    const auto secret = secret_.bytes().first(suite_.hash_size);
    expand_label(suite_, secret, "key", key_.writable());
    expand_label(suite_, secret, "iv", iv_);
}

/// RFC 8446, 5.3.
crypto::Nonce TrafficKeys::next_nonce() {
    auto nonce = iv_;
    const auto sequence = sequence_++;
    for (std::size_t i = 0; i < sizeof sequence; ++i) {
        nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(sequence >> (8 * i));
    }
    return nonce;
}

}  // namespace sallyport::channel::tls
