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

/// Where a state is made, 64 bytes aligned. Whoever asks for one destroys it there.
using AeadMemory = std::span<std::byte, aead_state_size>;

/// Intel's library is there, and its code for this processor is faster than OpenSSL's.
bool ipsec_mb_is_faster(AeadCipher cipher);
AeadState* make_ipsec_mb(AeadCipher cipher, const Secret32& key, AeadMemory memory);

}  // namespace sallyport::crypto
