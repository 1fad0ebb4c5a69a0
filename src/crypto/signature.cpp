#include "crypto/signature.hpp"

#include <sodium/crypto_sign_ed25519.h>

#include <tuple>

#include "crypto/sodium.hpp"

namespace sallyport::crypto {

static_assert(std::tuple_size_v<PublicKey> == crypto_sign_ed25519_PUBLICKEYBYTES);
static_assert(std::tuple_size_v<Signature> == crypto_sign_ed25519_BYTES);
static_assert(Secret32::size() == crypto_sign_ed25519_SEEDBYTES);

/// libsodium's form: the seed, and the public key behind it.
struct SigningKey::Key {
    Secret<crypto_sign_ed25519_SECRETKEYBYTES> seed_and_public;
};

SigningKey::SigningKey(const Secret32& seed) : key_(std::make_unique<Key>()) {
    start_sodium();
    crypto_sign_ed25519_seed_keypair(public_key_.data(), key_->seed_and_public.writable().data(), seed.bytes().data());
}

SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Signature SigningKey::sign(Bytes message) const {
    Signature signature;
    crypto_sign_ed25519_detached(signature.data(), nullptr, message.data(), message.size(),
                                 key_->seed_and_public.bytes().data());
    return signature;
}

bool verify(const PublicKey& key, Bytes message, Bytes signature) {
    start_sodium();
    return signature.size() == crypto_sign_ed25519_BYTES &&
           crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

}  // namespace sallyport::crypto
