/// SHA-256, HMAC-SHA-256 (RFC 2104) and HKDF (RFC 5869).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "base/secret.hpp"

namespace sallyport::crypto {

using Digest = std::array<std::uint8_t, 32>;

/// The hash of the parts as if they were one.
Digest sha256(std::initializer_list<Bytes> parts);

/// HMAC-SHA-256 of the parts as if they were one. What it yields is often a key: keep it in a Secret32 then.
Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> parts);

/// HMACs under one kept key: half the cost of hmac_sha256 for short messages.
class HmacKey {
public:
    explicit HmacKey(Bytes key);
    HmacKey(HmacKey&&) noexcept;
    HmacKey& operator=(HmacKey&&) noexcept;
    ~HmacKey();
    Digest operator()(std::initializer_list<Bytes> parts) const;

private:
    friend Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> parts);
    struct State;
    std::unique_ptr<State> state_;
};

/// RFC 5869, 2.2.
Secret32 hkdf_extract(Bytes salt, Bytes input);
/// RFC 5869, 2.3, for at most 32 bytes of output.
void hkdf_expand(Bytes key, Bytes info, MutableBytes output);

}  // namespace sallyport::crypto
