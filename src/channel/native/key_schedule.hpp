/// docs/native-channel.md, 3.3 and 6: from shares and fixed keys to the secrets of records.
#pragma once

#include <array>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/hash.hpp"
#include "crypto/signature.hpp"

namespace sallyport::channel::native {

using HostId = std::array<std::uint8_t, 32>;
/// 4.2: what a hello without a pinned host key carries.
inline constexpr HostId no_pin{};

/// 3.3.
void expand_label(const Secret32& secret, std::string_view label, Bytes context, MutableBytes output);
Secret32 derive(const Secret32& secret, std::string_view label, Bytes context = {});

/// First 16 bytes of the HMAC (3.2).
std::array<std::uint8_t, 16> mac16(const Secret32& key, std::initializer_list<Bytes> parts);

HostId host_id(const crypto::PublicKey& host_key);
/// 12.3: 8 groups of 4 hexadecimal digits.
std::string fingerprint(const crypto::PublicKey& host_key);

/// psk_imp; 32 zero bytes without a fixed key.
Secret32 import_fixed_key(const Secret32* fixed, const HostId& host);
/// k_mac1: from the imported fixed key, or from the pinned host key.
Secret32 mac1_key_of_fixed(const Secret32& imported);
Secret32 mac1_key_of_host(const crypto::PublicKey& host_key);

/// The secrets of one handshake. Made when M2 is known; `application` ends its life.
class HandshakeSecrets {
public:
    /// `z`: the agreed secrets (5.4); `th1` = H(M1 || M2).
    HandshakeSecrets(const Secret32& imported, Bytes z, const crypto::Digest& th1);

    const Secret32& client() const { return client_; }  // c_hs
    const Secret32& server() const { return server_; }  // s_hs
    /// fin_S or fin_C: `transcript` is what is hashed under the key of `secret`.
    static crypto::Digest finish(const Secret32& secret, std::initializer_list<Bytes> transcript);

    struct Application {
        Secret32 client;    // c_ap
        Secret32 server;    // s_ap
        Secret32 exporter;  // exp
    };
    /// `th3` = H(M1 || M2 || M3 || M4). Erases the handshake's own secret.
    Application application(const crypto::Digest& th3);

private:
    Secret32 handshake_;
    Secret32 client_;
    Secret32 server_;
};

}  // namespace sallyport::channel::native
