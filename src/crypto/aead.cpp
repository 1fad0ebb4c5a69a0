#include "crypto/aead.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace sallyport::crypto {
namespace {

/// Fetched once: OpenSSL 3 takes a lock and searches on each fetch.
EVP_CIPHER* cipher_of(AeadCipher cipher) {
    static EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    static EVP_CIPHER* const chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
    return cipher == AeadCipher::aes256_gcm ? aes : chacha;
}

void must(bool done) {
    if (!done) std::abort();  // a bug or no memory: there is no data-dependent failure here
}

}  // namespace

struct Aead::State {
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    Use use;

    explicit State(Use u) : use(u) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_CIPHER_CTX_free(context); }  // which also cleanses it
};

Aead::Aead(AeadCipher cipher, Use use, const Secret32& key) : state_(std::make_unique<State>(use)) {
    must(EVP_CipherInit_ex2(state_->context, cipher_of(cipher), key.bytes().data(), nullptr, use == Use::seal ? 1 : 0,
                            nullptr) == 1);
}

Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;
Aead::~Aead() = default;

void Aead::set_key(const Secret32& key) {
    must(EVP_CipherInit_ex2(state_->context, nullptr, key.bytes().data(), nullptr, -1, nullptr) == 1);
}

void Aead::seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag) {
    EVP_CIPHER_CTX* const context = state_->context;
    int length = 0;
    must(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), -1, nullptr) == 1);
    must(EVP_EncryptUpdate(context, nullptr, &length, additional.data(), static_cast<int>(additional.size())) == 1);
    if (!data.empty()) {
        must(EVP_EncryptUpdate(context, data.data(), &length, data.data(), static_cast<int>(data.size())) == 1);
    }
    must(EVP_EncryptFinal_ex(context, nullptr, &length) == 1);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1);
}

bool Aead::open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) {
    EVP_CIPHER_CTX* const context = state_->context;
    int length = 0;
    must(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), -1, nullptr) == 1);
    must(EVP_DecryptUpdate(context, nullptr, &length, additional.data(), static_cast<int>(additional.size())) == 1);
    if (!data.empty() &&
        EVP_DecryptUpdate(context, data.data(), &length, data.data(), static_cast<int>(data.size())) != 1) {
        return false;
    }
    // SET_TAG only reads; its parameter is not const because the interface is a ctrl.
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, const_cast<std::uint8_t*>(tag.data())) == 1);
    return EVP_DecryptFinal_ex(context, nullptr, &length) == 1;
}

}  // namespace sallyport::crypto
