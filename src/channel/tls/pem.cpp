#include "channel/tls/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <memory>

#include "channel/tls/tls.hpp"
#include "crypto/hash.hpp"

namespace sallyport::channel::tls {
namespace {

constexpr std::string_view pin_prefix = "sha256//";
constexpr std::size_t pin_digest_size = 44;  // 32 bytes in base64, with their padding

BioPtr reader(std::string_view text) {
    const char* start = text.empty() ? "" : text.data();  // a view of nothing may be null, which OpenSSL refuses
    return BioPtr(BIO_new_mem_buf(start, static_cast<int>(text.size())));
}

int no_passphrase(char*, int, int, void*) { return -1; }

/// Several PEM blocks end with the error "no start line"; any other is damage.
bool read_to_the_end() {
    const auto last = ERR_peek_last_error();
    return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

}  // namespace

std::vector<CertificatePtr> read_certificates(std::string_view pem) {
    std::vector<CertificatePtr> certificates;
    ERR_clear_error();
    const auto bio = reader(pem);
    while (CertificatePtr next{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
        certificates.push_back(std::move(next));
    }
    if (!read_to_the_end()) certificates.clear();
    ERR_clear_error();
    return certificates;
}

KeyPtr read_key(std::string_view pem) {
    KeyPtr key{PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr)};
    ERR_clear_error();
    return key;
}

std::string pin_of(const X509& certificate) {
    std::uint8_t* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
    if (size <= 0) return {};
    const std::unique_ptr<std::uint8_t, decltype([](std::uint8_t* p) { OPENSSL_free(p); })> owner(der);
    const auto digest = crypto::sha256({Bytes(der, static_cast<std::size_t>(size))});
    std::array<std::uint8_t, pin_digest_size + 1> base64;  // EncodeBlock adds a zero byte
    EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return std::string(pin_prefix) + std::string(as_text(Bytes(base64).first(pin_digest_size)));
}

bool is_pin(std::string_view text) {
    if (!text.starts_with(pin_prefix) || text.size() != pin_prefix.size() + pin_digest_size) return false;
    std::array<std::uint8_t, pin_digest_size> decoded;
    const auto digest = as_bytes(text.substr(pin_prefix.size()));
    const bool valid = EVP_DecodeBlock(decoded.data(), digest.data(), static_cast<int>(digest.size())) > 0;
    ERR_clear_error();
    return valid && text.ends_with('=') && !text.ends_with("==");
}

std::string spki_pin(std::string_view pem) {
    const auto certificates = read_certificates(pem);
    return certificates.empty() ? std::string() : pin_of(*certificates.front());
}

}  // namespace sallyport::channel::tls
