#include <memory>

#include "bench/crypto/job.hpp"
#include "crypto/aead.hpp"
#include "crypto/des168.hpp"
#include "crypto/diffie_hellman.hpp"
#include "crypto/signature.hpp"

namespace sallyport::bench {
namespace {

Work seal(crypto::AeadCipher cipher, MutableBytes data) {
    auto aead = std::make_shared<crypto::Aead>(cipher, crypto::Aead::Use::seal, Secret32(key));
    return [aead, data, nonces = Nonces()]() mutable {
        std::array<std::uint8_t, tag_size> tag{};
        aead->seal(nonces.next(), head, data, tag);
    };
}

/// A fresh key each time, as records have it.
Work des168(crypto::Des168Backend backend, MutableBytes data) {
    crypto::force_des168_backend(backend);
    std::array<std::uint8_t, des168_key_size> record_key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    return [record_key, data]() mutable {
        record_key[3] = static_cast<std::uint8_t>(record_key[3] + 2);
        crypto::des168_ctr(record_key, 0x1d077883bf5a3800, data);
    };
}

Work x25519(MutableBytes) {
    auto peer = std::make_shared<crypto::X25519KeyPair>(crypto::system_random());
    return [peer] {
        const crypto::X25519KeyPair pair(crypto::system_random());
        if (!pair.agree(peer->share())) std::abort();
    };
}

Work dh1024(MutableBytes) {
    constexpr auto group = crypto::FiniteField::modp1024;
    auto peer = std::make_shared<crypto::FiniteFieldKeyPair>(group, crypto::system_random());
    return [peer] {
        const crypto::FiniteFieldKeyPair pair(group, crypto::system_random());
        ByteVector secret(crypto::share_size(group));
        if (pair.agree(peer->share(), secret)) std::abort();
    };
}

Work sign(MutableBytes) {
    auto signer = std::make_shared<crypto::SigningKey>(Secret32(key));
    return [signer] { signer->sign(message); };
}

Work verify(MutableBytes) {
    const crypto::SigningKey signer{Secret32(key)};
    return [public_key = signer.public_key(), signature = signer.sign(message)] {
        if (!crypto::verify(public_key, message, signature)) std::abort();
    };
}

}  // namespace

std::vector<Job> our_jobs() {
    using crypto::AeadCipher;
    std::vector<Job> jobs = {
        {"AES256/ours", [](MutableBytes data) { return seal(AeadCipher::aes256_gcm, data); }},
        {"CHACHA20/ours", [](MutableBytes data) { return seal(AeadCipher::chacha20_poly1305, data); }},
        {"X25519/ours", x25519, false},
        {"DH1024/ours", dh1024, false},
        {"Ed25519 sign/ours", sign, false},
        {"Ed25519 verify/ours", verify, false},
    };
    constexpr std::array names = {"portable", "sse2", "avx2", "avx512"};
    for (const auto backend : crypto::des168_backends()) {
        jobs.push_back({std::string("DES168/ours, ") + names[static_cast<std::size_t>(backend)],
                        [backend](MutableBytes data) { return des168(backend, data); }});
    }
    return jobs;
}

}  // namespace sallyport::bench
