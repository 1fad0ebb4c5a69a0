#include "crypto/aead.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "crypto/aead_state.hpp"

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

struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // which also cleanses it
};

class Openssl final : public AeadState {
public:
    Openssl(AeadCipher cipher, Aead::Use use, const Secret32& key) : context_(EVP_CIPHER_CTX_new()) {
        must(EVP_CipherInit_ex2(context_.get(), cipher_of(cipher), key.bytes().data(), nullptr,
                                use == Aead::Use::seal ? 1 : 0, nullptr) == 1);
    }

    void seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag) override {
        int length = 0;
        begin(nonce);
        must(EVP_EncryptUpdate(context_.get(), nullptr, &length, additional.data(),
                               static_cast<int>(additional.size())) == 1);
        if (!data.empty()) {
            must(EVP_EncryptUpdate(context_.get(), data.data(), &length, data.data(), static_cast<int>(data.size())) ==
                 1);
        }
        must(EVP_EncryptFinal_ex(context_.get(), nullptr, &length) == 1);
        must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1);
    }

    bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) override {
        int length = 0;
        begin(nonce);
        must(EVP_DecryptUpdate(context_.get(), nullptr, &length, additional.data(),
                               static_cast<int>(additional.size())) == 1);
        if (!data.empty() &&
            EVP_DecryptUpdate(context_.get(), data.data(), &length, data.data(), static_cast<int>(data.size())) != 1) {
            return false;
        }
        // SET_TAG only reads; its parameter is not const because the interface is a ctrl.
        must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_size,
                                 const_cast<std::uint8_t*>(tag.data())) == 1);
        return EVP_DecryptFinal_ex(context_.get(), nullptr, &length) == 1;
    }

private:
    void begin(const Nonce& nonce) {
        must(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), -1, nullptr) == 1);
    }

    std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
};

}  // namespace

static_assert(sizeof(Openssl) <= aead_state_size);

AeadLibrary fastest_aead(AeadCipher cipher) {
    return ipsec_mb_is_faster(cipher) ? AeadLibrary::ipsec_mb : AeadLibrary::openssl;
}

Aead::Aead(AeadCipher cipher, Use use, const Secret32& key, AeadLibrary library)
    : state_(library == AeadLibrary::ipsec_mb ? make_ipsec_mb(cipher, key, memory_)
                                              : new (memory_.data()) Openssl(cipher, use, key)) {}

Aead::~Aead() { state_->~AeadState(); }

void Aead::seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag) {
    state_->seal(nonce, additional, data, tag);
}

bool Aead::open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) {
    return state_->open(nonce, additional, data, tag);
}

}  // namespace sallyport::crypto
