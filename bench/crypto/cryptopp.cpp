#include <cryptopp/aes.h>
#include <cryptopp/chachapoly.h>
#include <cryptopp/des.h>
#include <cryptopp/gcm.h>
#include <cryptopp/integer.h>
#include <cryptopp/modes.h>
#include <cryptopp/nbtheory.h>
#include <cryptopp/osrng.h>
#include <cryptopp/xed25519.h>

#include <memory>

#include "bench/crypto/job.hpp"
#include "crypto/diffie_hellman.hpp"

namespace sallyport::bench {
namespace {

using CryptoPP::Integer;

template <typename Aead>
Work seal(MutableBytes data) {
    auto aead = std::make_shared<Aead>();
    aead->SetKeyWithIV(key.data(), key.size(), Nonces().next().data(), 12);
    return [aead, data, nonces = Nonces()]() mutable {
        std::array<std::uint8_t, tag_size> tag{};
        aead->EncryptAndAuthenticate(data.data(), tag.data(), tag.size(), nonces.next().data(), 12, head.data(),
                                     head.size(), data.data(), data.size());
    };
}

Work des168(MutableBytes data) {
    auto cipher = std::make_shared<CryptoPP::CTR_Mode<CryptoPP::DES_EDE3>::Encryption>();
    cipher->SetKeyWithIV(key.data(), des168_key_size, Nonces().next().data(), 8);
    return [cipher, data] { cipher->ProcessData(data.data(), data.data(), data.size()); };
}

Work x25519(MutableBytes) {
    auto random = std::make_shared<CryptoPP::AutoSeededRandomPool>();
    std::array<std::uint8_t, 32> peer_private{}, peer_public{};
    const CryptoPP::x25519 peer(*random);
    peer.GenerateKeyPair(*random, peer_private.data(), peer_public.data());
    return [random, peer_public] {
        const CryptoPP::x25519 pair(*random);
        std::array<std::uint8_t, 32> own_private{}, own_public{}, secret{};
        pair.GenerateKeyPair(*random, own_private.data(), own_public.data());
        if (!pair.Agree(secret.data(), own_private.data(), peer_public.data())) std::abort();
    };
}

/// Exponents of 256 bits, as ours; its exponentiation takes another time for each.
Work dh1024(MutableBytes) {
    const auto bytes = crypto::prime(crypto::FiniteField::modp1024);
    auto random = std::make_shared<CryptoPP::AutoSeededRandomPool>();
    const Integer prime(bytes.data(), bytes.size());
    const Integer peer = CryptoPP::ModularExponentiation(2, Integer(*random, 256), prime);
    return [random, prime, peer] {
        const Integer exponent(*random, 256);
        CryptoPP::ModularExponentiation(2, exponent, prime);
        CryptoPP::ModularExponentiation(peer, exponent, prime);
    };
}

Work sign(MutableBytes) {
    auto signer = std::make_shared<CryptoPP::ed25519::Signer>(key.data());
    return [signer] {
        std::array<std::uint8_t, 64> signature{};
        signer->SignMessage(CryptoPP::NullRNG(), message.data(), message.size(), signature.data());
    };
}

Work verify(MutableBytes) {
    const CryptoPP::ed25519::Signer signer(key.data());
    std::array<std::uint8_t, 64> signature{};
    signer.SignMessage(CryptoPP::NullRNG(), message.data(), message.size(), signature.data());
    auto verifier = std::make_shared<CryptoPP::ed25519::Verifier>(signer);
    return [verifier, signature] {
        if (!verifier->VerifyMessage(message.data(), message.size(), signature.data(), signature.size())) std::abort();
    };
}

}  // namespace

std::vector<Job> cryptopp_jobs() {
    return {
        {"AES256/Crypto++", seal<CryptoPP::GCM<CryptoPP::AES>::Encryption>},
        {"CHACHA20/Crypto++", seal<CryptoPP::ChaCha20Poly1305::Encryption>},
        {"DES168/Crypto++", des168},
        {"X25519/Crypto++", x25519, false},
        {"DH1024/Crypto++", dh1024, false},
        {"Ed25519 sign/Crypto++", sign, false},
        {"Ed25519 verify/Crypto++", verify, false},
    };
}

}  // namespace sallyport::bench
