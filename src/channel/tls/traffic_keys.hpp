/// The keys of one direction of a TLS 1.3 connection (RFC 8446, 7.2 and 7.3). Internal to channel/tls.
#pragma once

#include <cstdint>
#include <optional>

#include "base/secret.hpp"
#include "channel/tls/openssl.hpp"
#include "crypto/aead.hpp"

namespace sallyport::channel::tls {

/// A suite whose records this program seals and opens itself.
struct RecordSuite {
    crypto::AeadCipher cipher;
    const char* hash;  // OpenSSL's name of it
    std::size_t hash_size;
};

/// None: the suite's records are left to OpenSSL.
std::optional<RecordSuite> record_suite_of(const SSL& ssl);

/// Of the suite's hash size, in front.
using TrafficSecret = Secret<48>;

class TrafficKeys {
public:
    /// The generation that follows `secret` by `updates`, with which `sequence` records were sealed or opened already.
    TrafficKeys(const RecordSuite& suite, TrafficSecret secret, int updates = 0, std::uint64_t sequence = 0);

    /// The next generation, after a KeyUpdate.
    void update();

    const RecordSuite& suite() const { return suite_; }
    crypto::AeadCipher cipher() const { return suite_.cipher; }
    const Secret32& key() const { return key_; }
    std::uint64_t sequence() const { return sequence_; }
    /// Of the next record, which it counts.
    crypto::Nonce next_nonce();

private:
    void update_secret();
    void derive();

    RecordSuite suite_;
    TrafficSecret secret_;
    Secret32 key_;
    crypto::Nonce iv_{};
    std::uint64_t sequence_ = 0;
};

}  // namespace sallyport::channel::tls
