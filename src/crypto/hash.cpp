#include "crypto/hash.hpp"

#include <cryptopp/hmac.h>
#include <cryptopp/sha.h>

#include <algorithm>
#include <cassert>

namespace sallyport::crypto {

Digest sha256(std::initializer_list<Bytes> parts) {
    CryptoPP::SHA256 hash;
    for (const Bytes part : parts) hash.Update(part.data(), part.size());
    Digest digest;
    hash.Final(digest.data());
    return digest;
}

struct HmacKey::State {
    CryptoPP::HMAC<CryptoPP::SHA256> hmac;
};

HmacKey::HmacKey(Bytes key) : state_(std::make_unique<State>()) { state_->hmac.SetKey(key.data(), key.size()); }
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;
HmacKey::~HmacKey() = default;

Digest HmacKey::operator()(std::initializer_list<Bytes> parts) {
    for (const Bytes part : parts) state_->hmac.Update(part.data(), part.size());
    Digest digest;
    state_->hmac.Final(digest.data());  // and starts anew under the same key
    return digest;
}

Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> parts) { return HmacKey(key)(parts); }

Secret32 hkdf_extract(Bytes salt, Bytes input) {
    Digest digest = hmac_sha256(salt, {input});
    Secret32 key(digest);
    wipe(digest);
    return key;
}

void hkdf_expand(Bytes key, Bytes info, MutableBytes output) {
    assert(output.size() <= 32);
    const std::uint8_t one = 1;
    Digest block = hmac_sha256(key, {info, {&one, 1}});
    std::copy_n(block.begin(), output.size(), output.begin());
    wipe(block);
}

}  // namespace sallyport::crypto
