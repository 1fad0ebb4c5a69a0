/// AES-256-GCM and ChaCha20-Poly1305 (RFC 8439), in place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/secret.hpp"

namespace sallyport::crypto {

enum class AeadCipher { aes256_gcm, chacha20_poly1305 };

inline constexpr std::size_t tag_size = 16;
using Nonce = std::array<std::uint8_t, 12>;

/// Who does the work. Both yield the same bytes.
enum class AeadLibrary {
    ipsec_mb,  // Intel's, for its processors and those like them
    openssl,   // everywhere
};
/// The faster one for this cipher on this processor, as measured: docs/performance.md.
AeadLibrary fastest_aead(AeadCipher cipher);

class AeadState;
/// Bytes that the state of any library fits into.
inline constexpr std::size_t aead_state_size = 1152;

/// One direction of one key, made ready: either to seal or to open. Made in 0.2 us, on the stack; meant to live for the
/// records of one batch, so that an idle session keeps the key alone.
class Aead {
public:
    enum class Use { seal, open };
    Aead(AeadCipher cipher, Use use, const Secret32& key) : Aead(cipher, use, key, fastest_aead(cipher)) {}
    /// For tests and benches. `library` must be there: fastest_aead() has named it for some cipher.
    Aead(AeadCipher cipher, Use use, const Secret32& key, AeadLibrary library);
    Aead(const Aead&) = delete;
    Aead& operator=(const Aead&) = delete;
    /// Overwrites the key and all that was made of it.
    ~Aead();

    /// Encrypts `data` in place and writes its tag (16 bytes). A nonce must never be used twice under a key.
    void seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag);
    /// Decrypts `data` in place; false, with `data` unusable, when the tag does not fit.
    [[nodiscard]] bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag);

private:
    alignas(64) std::array<std::byte, aead_state_size> memory_;
    AeadState* state_;  // in memory_
};

}  // namespace sallyport::crypto
