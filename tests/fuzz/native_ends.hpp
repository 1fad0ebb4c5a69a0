/// What the fuzz targets of the native channel share: keys that never change, so that an input means the same each
/// time.
#pragma once

#include <cstdlib>
#include <memory>
#include <random>

#include "channel/native/handshake.hpp"

namespace sallyport::fuzz {

inline void require(bool claim) {
    if (!claim) std::abort();
}

class SeededRandom final : public crypto::Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(MutableBytes bytes) override {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937_64 engine_;
};

inline Secret32 secret_of(std::uint8_t byte) {
    Secret32 secret;
    for (auto& each : secret.writable()) each = byte;
    return secret;
}

/// A copy in memory of the exact size, so that a sanitizer sees one byte too many.
class Exact {
public:
    explicit Exact(Bytes bytes) : size_(bytes.size()), memory_(std::make_unique<std::uint8_t[]>(size_)) {
        std::copy(bytes.begin(), bytes.end(), memory_.get());
    }
    MutableBytes bytes() { return {memory_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<std::uint8_t[]> memory_;
};

inline std::shared_ptr<const crypto::SigningKey> host_key() {
    static const auto key = std::make_shared<const crypto::SigningKey>(secret_of(1));
    return key;
}
inline crypto::SigningKey client_key() { return crypto::SigningKey(secret_of(2)); }

/// Settings that fit each other.
inline channel::native::ClientSettings client_settings(bool pinned, bool fixed, SuiteSet offers) {
    channel::native::ClientSettings settings;
    settings.label = "TOP";
    settings.offers = offers;
    if (pinned) settings.pin = host_key()->public_key();
    if (fixed) settings.fixed_key = secret_of(3);
    return settings;
}
inline channel::native::ServerSettings server_settings(bool fixed) {
    channel::native::ServerSettings settings;
    settings.label = "TOP";
    settings.host_keys = {host_key()};
    settings.card = "card";
    if (fixed) {
        settings.fixed_keys.push_back({"other", secret_of(4)});
        settings.fixed_keys.push_back({"ws1", secret_of(3)});
    }
    return settings;
}

}  // namespace sallyport::fuzz
