/// Ed25519 (RFC 8032, pure).
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/secret.hpp"

namespace sallyport::crypto {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

/// A private key. Signing is safe from several threads.
class SigningKey {
public:
    /// From the seed of RFC 8032.
    explicit SigningKey(const Secret32& seed);
    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

    const PublicKey& public_key() const { return public_key_; }
    Signature sign(Bytes message) const;

private:
    struct Key;
    std::unique_ptr<Key> key_;
    PublicKey public_key_{};
};

bool verify(const PublicKey& key, Bytes message, Bytes signature);

}  // namespace sallyport::crypto
