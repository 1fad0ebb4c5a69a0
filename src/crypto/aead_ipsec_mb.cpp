#include "crypto/aead_state.hpp"

#if SALLYPORT_IPSEC_MB

#include <intel-ipsec-mb.h>

#include <memory>
#include <new>

namespace sallyport::crypto {
namespace {

struct Free {
    void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};

/// The functions for this processor. Those used here keep nothing in the table, so that all threads share one.
struct Functions {
    std::unique_ptr<IMB_MGR, Free> table{alloc_mb_mgr(0)};
    IMB_ARCH architecture = IMB_ARCH_NONE;

    Functions() {
        if (!table) return;
        init_mb_mgr_auto(table.get(), &architecture);
        if (imb_get_errno(table.get()) != 0) architecture = IMB_ARCH_NONE;  // its test of itself has failed
    }
};
const Functions& functions() {
    static const Functions chosen;
    return chosen;
}
IMB_MGR* manager() { return functions().table.get(); }

void wipe_all(auto& state) { wipe({reinterpret_cast<std::uint8_t*>(&state), sizeof state}); }

// The library reads and writes its structs with aligned instructions, and does not say so in their types.

class Gcm final : public AeadState {
public:
    explicit Gcm(const Secret32& key) { IMB_AES256_GCM_PRE(manager(), key.bytes().data(), &key_); }
    ~Gcm() override { wipe_all(key_); }

    void seal(const Nonce& nonce, Bytes additional, MutableBytes data, MutableBytes tag) override {
        alignas(64) gcm_context_data context;
        IMB_AES256_GCM_ENC(manager(), &key_, &context, data.data(), data.data(), data.size(), nonce.data(),
                           additional.data(), additional.size(), tag.data(), tag_size);
        wipe_all(context);
    }
    bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) override {
        alignas(64) gcm_context_data context;
        std::array<std::uint8_t, tag_size> expected;
        IMB_AES256_GCM_DEC(manager(), &key_, &context, data.data(), data.data(), data.size(), nonce.data(),
                           additional.data(), additional.size(), expected.data(), tag_size);
        wipe_all(context);
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
        wipe_all(context);
    }
    bool open(const Nonce& nonce, Bytes additional, MutableBytes data, Bytes tag) override {
        alignas(64) chacha20_poly1305_context_data context;
        std::array<std::uint8_t, tag_size> expected;
        begin(context, nonce, additional);
        IMB_CHACHA20_POLY1305_DEC_UPDATE(manager(), key_.bytes().data(), &context, data.data(), data.data(),
                                         data.size());
        IMB_CHACHA20_POLY1305_DEC_FINALIZE(manager(), &context, expected.data(), tag_size);
        wipe_all(context);
        return equal_in_constant_time(expected, tag);
    }

private:
    void begin(chacha20_poly1305_context_data& context, const Nonce& nonce, Bytes additional) const {
        IMB_CHACHA20_POLY1305_INIT(manager(), key_.bytes().data(), &context, nonce.data(), additional.data(),
                                   additional.size());
    }
    Secret32 key_;
};

template <typename State>
AeadState* make(const Secret32& key, AeadMemory memory) {
    static_assert(alignof(State) <= 64 && sizeof(State) <= aead_state_size);
    return new (memory.data()) State(key);
}

}  // namespace

/// ChaCha20 of its AVX2 code is slower than OpenSSL's; AES is faster from there on, for short records above all.
bool ipsec_mb_is_faster(AeadCipher cipher) {
    return functions().architecture >= (cipher == AeadCipher::aes256_gcm ? IMB_ARCH_AVX2 : IMB_ARCH_AVX512);
}

AeadState* make_ipsec_mb(AeadCipher cipher, const Secret32& key, AeadMemory memory) {
    return cipher == AeadCipher::aes256_gcm ? make<Gcm>(key, memory) : make<Chacha>(key, memory);
}

}  // namespace sallyport::crypto

#else

namespace sallyport::crypto {

bool ipsec_mb_is_faster(AeadCipher) { return false; }
AeadState* make_ipsec_mb(AeadCipher, const Secret32&, AeadMemory) { return nullptr; }

}  // namespace sallyport::crypto

#endif
