#include "crypto/aead_state.hpp"

#if SALLYPORT_IPSEC_MB

#include <intel-ipsec-mb.h>

#include <cassert>
#include <memory>
#include <new>

namespace sallyport::crypto {
namespace {

struct Free {
    void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};

// The library reads and writes its structs with aligned instructions, and does not say so in their types.

/// The table of functions for this processor. The ones used here keep nothing in it, so that all threads share one.
/// None below AVX2, where OpenSSL is as fast, and when the library's own test of itself fails.
IMB_MGR* manager() {
    static const auto chosen = []() -> std::unique_ptr<IMB_MGR, Free> {
        std::unique_ptr<IMB_MGR, Free> made(alloc_mb_mgr(0));
        if (!made) return nullptr;
        IMB_ARCH architecture = IMB_ARCH_NONE;
        init_mb_mgr_auto(made.get(), &architecture);
        if (imb_get_errno(made.get()) != 0 || architecture < IMB_ARCH_AVX2) return nullptr;
        return made;
    }();
    return chosen.get();
}

class Gcm final : public AeadState {
public:
    explicit Gcm(const Secret32& key) { IMB_AES256_GCM_PRE(manager(), key.bytes().data(), &key_); }
    ~Gcm() override { wipe({reinterpret_cast<std::uint8_t*>(&key_), sizeof key_}); }

    void seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag) override {
        alignas(64) gcm_context_data context;
        IMB_AES256_GCM_ENC(manager(), &key_, &context, data.data(), data.data(), data.size(), nonce.data(),
                           additional.data(), additional.size(), tag.data(), tag_size);
    }
    bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) override {
        alignas(64) gcm_context_data context;
        std::array<std::uint8_t, tag_size> expected;
        IMB_AES256_GCM_DEC(manager(), &key_, &context, data.data(), data.data(), data.size(), nonce.data(),
                           additional.data(), additional.size(), expected.data(), tag_size);
        return equal_in_constant_time(expected, tag);
    }

private:
    alignas(64) gcm_key_data key_;
};

class Chacha final : public AeadState {
public:
    explicit Chacha(const Secret32& key) : key_(key.duplicate()) {}

    void seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag) override {
        alignas(64) chacha20_poly1305_context_data context;
        begin(context, nonce, additional);
        IMB_CHACHA20_POLY1305_ENC_UPDATE(manager(), key_.bytes().data(), &context, data.data(), data.data(),
                                         data.size());
        IMB_CHACHA20_POLY1305_ENC_FINALIZE(manager(), &context, tag.data(), tag_size);
        end(context);
    }
    bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) override {
        alignas(64) chacha20_poly1305_context_data context;
        std::array<std::uint8_t, tag_size> expected;
        begin(context, nonce, additional);
        IMB_CHACHA20_POLY1305_DEC_UPDATE(manager(), key_.bytes().data(), &context, data.data(), data.data(),
                                         data.size());
        IMB_CHACHA20_POLY1305_DEC_FINALIZE(manager(), &context, expected.data(), tag_size);
        end(context);
        return equal_in_constant_time(expected, tag);
    }

private:
    void begin(chacha20_poly1305_context_data& context, const Nonce& nonce, Bytes additional) const {
        IMB_CHACHA20_POLY1305_INIT(manager(), key_.bytes().data(), &context, nonce.data(), additional.data(),
                                   additional.size());
    }
    /// It has held the one-time key.
    static void end(chacha20_poly1305_context_data& context) {
        wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
    }

    Secret32 key_;
};

template <typename State>
AeadState* make(const Secret32& key, std::span<std::byte> memory) {
    static_assert(alignof(State) <= 64);
    assert(sizeof(State) <= memory.size());
    return new (memory.data()) State(key);
}

}  // namespace

bool has_ipsec_mb() { return manager() != nullptr; }

AeadState* make_ipsec_mb(AeadCipher cipher, const Secret32& key, std::span<std::byte> memory) {
    return cipher == AeadCipher::aes256_gcm ? make<Gcm>(key, memory) : make<Chacha>(key, memory);
}

}  // namespace sallyport::crypto

#else

namespace sallyport::crypto {

bool has_ipsec_mb() { return false; }
AeadState* make_ipsec_mb(AeadCipher, const Secret32&, std::span<std::byte>) { return nullptr; }

}  // namespace sallyport::crypto

#endif
