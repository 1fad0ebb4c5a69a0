/// Key exchange: X25519 (RFC 7748) and two finite-field groups. Every key pair is used for one connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/random.hpp"

namespace sallyport::crypto {

enum class DhError {
    bad_share = 1,  // out of range, or leading to a secret that does not depend on us
};
ErrorText describe(DhError error);
const char* area_of(DhError);
inline error_code make_error_code(DhError error) { return make_named_error(error); }

class X25519KeyPair {
public:
    static constexpr std::size_t size = 32;

    explicit X25519KeyPair(Random& random);

    const std::array<std::uint8_t, size>& share() const { return share_; }
    /// bad_share for a peer whose share makes the secret all zero (RFC 7748, 6.1).
    Result<Secret32> agree(Bytes peer_share) const;

private:
    Secret32 private_;
    std::array<std::uint8_t, size> share_{};
};

enum class FiniteField {
    ffdhe2048,  // RFC 7919, A.1
    modp1024,   // RFC 2409, 6.2 ("second Oakley group")
};

/// Bytes of a share and of a secret: 256 or 128.
std::size_t share_size(FiniteField group);
/// Big-endian prime of the group, share_size() bytes; for the test that compares it with its RFC.
ByteVector prime(FiniteField group);

/// Generator 2; exponents are 256 bits with the top bit set. Exponentiation is OpenSSL's constant-time one.
class FiniteFieldKeyPair {
public:
    FiniteFieldKeyPair(FiniteField group, Random& random);

    FiniteField group() const { return group_; }
    /// Left-padded to share_size().
    const ByteVector& share() const { return share_; }
    /// Writes share_size() bytes to `secret`; bad_share unless 2 <= peer share <= p - 2.
    error_code agree(Bytes peer_share, MutableBytes secret) const;

private:
    FiniteField group_;
    Secret32 exponent_;
    ByteVector share_;
};

}  // namespace sallyport::crypto
