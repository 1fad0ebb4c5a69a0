#include "crypto/hash.hpp"

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

/// RFC 2104. The library's own HMAC hashes the padded key anew for each message, and keeps parts of itself on the heap.
struct HmacKey::State {
    CryptoPP::SHA256 inner, outer;  // behind the padded key

    explicit State(Bytes key) {
        std::array<std::uint8_t, CryptoPP::SHA256::BLOCKSIZE> padded{};
        if (key.size() > padded.size()) {
            std::ranges::copy(sha256({key}), padded.begin());
        } else {
            std::ranges::copy(key, padded.begin());
        }
        for (auto& byte : padded) byte ^= 0x36;
        inner.Update(padded.data(), padded.size());
        for (auto& byte : padded) byte ^= 0x36 ^ 0x5c;
        outer.Update(padded.data(), padded.size());
        wipe(padded);
    }

    Digest operator()(std::initializer_list<Bytes> parts) const {
        auto hash = inner;
        for (const Bytes part : parts) hash.Update(part.data(), part.size());
        Digest digest;
        hash.Final(digest.data());
        hash = outer;
        hash.Update(digest.data(), digest.size());
        hash.Final(digest.data());
        return digest;
    }
};

HmacKey::HmacKey(Bytes key) : state_(std::make_unique<State>(key)) {}
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;
HmacKey::~HmacKey() = default;

Digest HmacKey::operator()(std::initializer_list<Bytes> parts) const { return (*state_)(parts); }

Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> parts) { return HmacKey::State(key)(parts); }

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
