/// AES-256-GCM and ChaCha20-Poly1305 (RFC 8439), in place, under one kept key.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/secret.hpp"

namespace sallyport::crypto {

enum class AeadCipher { aes256_gcm, chacha20_poly1305 };

inline constexpr std::size_t tag_size = 16;
using Nonce = std::array<std::uint8_t, 12>;

/// One direction of one key: made either to seal or to open.
class Aead {
public:
    enum class Use { seal, open };
    Aead(AeadCipher cipher, Use use, const Secret32& key);
    Aead(Aead&&) noexcept;
    Aead& operator=(Aead&&) noexcept;
    ~Aead();

    /// Another key; what was kept of the old one is overwritten.
    void set_key(const Secret32& key);

    /// Encrypts `data` in place and writes its tag (16 bytes). A nonce must never be used twice under a key.
    void seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag);
    /// Decrypts `data` in place; false, with `data` unusable, when the tag does not fit.
    [[nodiscard]] bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sallyport::crypto
