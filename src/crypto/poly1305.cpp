#include "crypto/poly1305.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace sallyport::crypto {
namespace {

struct Free {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, Free>;

/// Made once for each thread: making one takes memory and locks.
EVP_MAC_CTX* context_of_thread() {
    static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "POLY1305", nullptr);
    thread_local const MacContext context(EVP_MAC_CTX_new(algorithm));
    return context.get();
}

}  // namespace

std::array<std::uint8_t, 16> poly1305(const Secret32& one_time_key, std::initializer_list<Bytes> parts) {
    constexpr std::array<std::uint8_t, 32> no_key{};
    EVP_MAC_CTX* const context = context_of_thread();
    std::array<std::uint8_t, 16> tag;
    std::size_t length = 0;
    bool done = EVP_MAC_init(context, one_time_key.bytes().data(), one_time_key.size(), nullptr) == 1;
    for (const Bytes part : parts) done = done && EVP_MAC_update(context, part.data(), part.size()) == 1;
    done = done && EVP_MAC_final(context, tag.data(), &length, tag.size()) == 1;
    // The context outlives the key: overwrite it.
    done = done && EVP_MAC_init(context, no_key.data(), no_key.size(), nullptr) == 1;
    if (!done) std::abort();  // no memory: there is no data-dependent failure here
    return tag;
}

}  // namespace sallyport::crypto
