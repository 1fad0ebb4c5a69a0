#include "crypto/signature.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace sallyport::crypto {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Pkey = std::unique_ptr<EVP_PKEY, Free>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;

}  // namespace

struct SigningKey::Key {
    Pkey pkey;
};

SigningKey::SigningKey(const Secret32& seed) : key_(std::make_unique<Key>()) {
    key_->pkey.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.bytes().data(), seed.size()));
    std::size_t length = public_key_.size();
    if (!key_->pkey || EVP_PKEY_get_raw_public_key(key_->pkey.get(), public_key_.data(), &length) != 1) std::abort();
}

SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Signature SigningKey::sign(Bytes message) const {
    Signature signature;
    std::size_t length = signature.size();
    const DigestContext context(EVP_MD_CTX_new());
    const bool done = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->pkey.get()) == 1 &&
                      EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) == 1;
    if (!done) std::abort();
    return signature;
}

bool verify(const PublicKey& key, Bytes message, Bytes signature) {
    const Pkey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
    const DigestContext context(EVP_MD_CTX_new());
    return pkey && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace sallyport::crypto
