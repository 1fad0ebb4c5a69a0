#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

#include "bench/crypto/job.hpp"

namespace sallyport::bench {
namespace {

template <auto free>
struct Free {
    void operator()(auto* object) const { free(object); }
};
using Cipher = std::shared_ptr<EVP_CIPHER_CTX>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Key = std::shared_ptr<EVP_PKEY>;

void need(bool success) {
    if (!success) std::abort();
}

Cipher make_cipher(const EVP_CIPHER* cipher) {
    Cipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    need(EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.data(), nullptr) == 1);
    return context;
}

Work seal(const EVP_CIPHER* cipher, MutableBytes data) {
    return [context = make_cipher(cipher), data, nonces = Nonces()]() mutable {
        std::array<std::uint8_t, tag_size> tag{};
        int written = 0;
        EVP_EncryptInit_ex(context.get(), nullptr, nullptr, nullptr, nonces.next().data());
        EVP_EncryptUpdate(context.get(), nullptr, &written, head.data(), static_cast<int>(head.size()));
        EVP_EncryptUpdate(context.get(), data.data(), &written, data.data(), static_cast<int>(data.size()));
        EVP_EncryptFinal_ex(context.get(), data.data() + written, &written);
        need(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1);
    };
}

/// It has no counter mode of triple DES: ECB is the same work.
Work des168(MutableBytes data) {
    auto context = make_cipher(EVP_des_ede3_ecb());
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    return [context, data] {
        int written = 0;
        need(EVP_EncryptUpdate(context.get(), data.data(), &written, data.data(), static_cast<int>(data.size())) == 1);
    };
}

Key generate(EVP_PKEY_CTX* context) {
    EVP_PKEY* pair = nullptr;
    need(EVP_PKEY_generate(context, &pair) == 1);
    return {pair, EVP_PKEY_free};
}

/// A new pair and the secret that it shares with `peer`.
void agree(EVP_PKEY_CTX* generator, EVP_PKEY* peer) {
    const auto pair = generate(generator);
    const KeyContext context(EVP_PKEY_CTX_new(pair.get(), nullptr));
    std::array<std::uint8_t, 256> secret{};
    std::size_t size = secret.size();
    need(EVP_PKEY_derive_init(context.get()) == 1 && EVP_PKEY_derive_set_peer(context.get(), peer) == 1 &&
         EVP_PKEY_derive(context.get(), secret.data(), &size) == 1);
}

Work agreement(std::shared_ptr<EVP_PKEY_CTX> generator) {
    return [generator, peer = generate(generator.get())] { agree(generator.get(), peer.get()); };
}

Work x25519(MutableBytes) {
    const std::shared_ptr<EVP_PKEY_CTX> generator(EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, nullptr), EVP_PKEY_CTX_free);
    need(EVP_PKEY_keygen_init(generator.get()) == 1);
    return agreement(generator);
}

Key modp1024() {
    const std::unique_ptr<BIGNUM, Free<BN_free>> prime(BN_get_rfc2409_prime_1024(nullptr)), two(BN_new());
    BN_set_word(two.get(), 2);
    const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_FFC_P, prime.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_FFC_G, two.get());
    const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_DH, nullptr));
    EVP_PKEY* group = nullptr;
    need(EVP_PKEY_fromdata_init(context.get()) == 1 &&
         EVP_PKEY_fromdata(context.get(), &group, EVP_PKEY_KEY_PARAMETERS, parameters.get()) == 1);
    return {group, EVP_PKEY_free};
}

/// Exponents of 256 bits, as ours.
Work dh1024(MutableBytes) {
    const std::shared_ptr<EVP_PKEY_CTX> generator(EVP_PKEY_CTX_new(modp1024().get(), nullptr), EVP_PKEY_CTX_free);
    int bits = 256;
    const std::array parameters{OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &bits),
                                OSSL_PARAM_construct_end()};
    need(EVP_PKEY_keygen_init(generator.get()) == 1 &&
         EVP_PKEY_CTX_set_params(generator.get(), parameters.data()) == 1);
    return agreement(generator);
}

std::array<std::uint8_t, 64> sign_once(EVP_PKEY* signer) {
    const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    std::array<std::uint8_t, 64> signature{};
    std::size_t size = signature.size();
    need(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, signer) == 1 &&
         EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
    return signature;
}

Key signing_key() {
    return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()), EVP_PKEY_free};
}

Work sign(MutableBytes) {
    return [signer = signing_key()] { sign_once(signer.get()); };
}

Work verify(MutableBytes) {
    const auto signer = signing_key();
    return [signer, signature = sign_once(signer.get())] {
        const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
        need(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, signer.get()) == 1 &&
             EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1);
    };
}

}  // namespace

std::vector<Job> openssl_jobs() {
    return {
        {"AES256/OpenSSL", [](MutableBytes data) { return seal(EVP_aes_256_gcm(), data); }},
        {"CHACHA20/OpenSSL", [](MutableBytes data) { return seal(EVP_chacha20_poly1305(), data); }},
        {"DES168/OpenSSL", des168},
        {"X25519/OpenSSL", x25519, false},
        {"DH1024/OpenSSL", dh1024, false},
        {"Ed25519 sign/OpenSSL", sign, false},
        {"Ed25519 verify/OpenSSL", verify, false},
    };
}

}  // namespace sallyport::bench
