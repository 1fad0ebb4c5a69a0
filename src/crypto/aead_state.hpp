/// What a library has made of a key: Aead's inside, one class for each library.
#pragma once

#include "crypto/aead.hpp"

namespace sallyport::crypto {

class AeadState {
public:
    virtual ~AeadState() = default;
    virtual void seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag) = 0;
    virtual bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) = 0;
};

/// Intel's library is there and has fast code for this processor.
bool has_ipsec_mb();
/// Made in `memory`, 64 bytes aligned; the caller destroys it.
AeadState* make_ipsec_mb(AeadCipher cipher, const Secret32& key, std::span<std::byte> memory);

}  // namespace sallyport::crypto
