#include <gcrypt.h>

#include <memory>

#include "bench/crypto/job.hpp"
#include "crypto/diffie_hellman.hpp"

namespace sallyport::bench {
namespace {

using Cipher = std::shared_ptr<gcry_cipher_handle>;
using Number = std::shared_ptr<gcry_mpi>;
using Expression = std::shared_ptr<gcry_sexp>;

void need(gcry_error_t error) {
    if (error != 0) std::abort();
}

Cipher make_cipher(int cipher, int mode, std::size_t key_size) {
    gcry_cipher_hd_t handle = nullptr;
    need(gcry_cipher_open(&handle, cipher, mode, 0));
    need(gcry_cipher_setkey(handle, key.data(), key_size));
    return {handle, gcry_cipher_close};
}

Work seal(int cipher, int mode, MutableBytes data) {
    return [handle = make_cipher(cipher, mode, key.size()), data, nonces = Nonces()]() mutable {
        std::array<std::uint8_t, tag_size> tag{};
        gcry_cipher_setiv(handle.get(), nonces.next().data(), 12);
        gcry_cipher_authenticate(handle.get(), head.data(), head.size());
        gcry_cipher_final(handle.get());
        gcry_cipher_encrypt(handle.get(), data.data(), data.size(), nullptr, 0);
        need(gcry_cipher_gettag(handle.get(), tag.data(), tag.size()));
    };
}

Work des168(MutableBytes data) {
    return [handle = make_cipher(GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_CTR, des168_key_size), data] {
        need(gcry_cipher_encrypt(handle.get(), data.data(), data.size(), nullptr, 0));
    };
}

using Point = std::array<std::uint8_t, 32>;

Point multiply(const Point& scalar, const std::uint8_t* point) {
    Point result{};
    need(gcry_ecc_mul_point(GCRY_ECC_CURVE25519, result.data(), scalar.data(), point));
    return result;
}

Point random_scalar() {
    Point scalar{};
    gcry_randomize(scalar.data(), scalar.size(), GCRY_STRONG_RANDOM);
    return scalar;
}

Work x25519(MutableBytes) {
    return [peer = multiply(random_scalar(), nullptr)] {
        const auto own = random_scalar();
        multiply(own, nullptr);  // times the base point
        multiply(own, peer.data());
    };
}

Number power(gcry_mpi_t base, gcry_mpi_t exponent, gcry_mpi_t prime) {
    Number result(gcry_mpi_new(1024), gcry_mpi_release);
    gcry_mpi_powm(result.get(), base, exponent, prime);
    return result;
}

Number random_exponent() {
    Number exponent(gcry_mpi_new(256), gcry_mpi_release);
    gcry_mpi_randomize(exponent.get(), 256, GCRY_STRONG_RANDOM);
    return exponent;
}

/// Exponents of 256 bits, as ours.
Work dh1024(MutableBytes) {
    const auto bytes = crypto::prime(crypto::FiniteField::modp1024);
    gcry_mpi_t scanned = nullptr;
    need(gcry_mpi_scan(&scanned, GCRYMPI_FMT_USG, bytes.data(), bytes.size(), nullptr));
    const Number prime(scanned, gcry_mpi_release), two(gcry_mpi_set_ui(nullptr, 2), gcry_mpi_release);
    const auto peer = power(two.get(), random_exponent().get(), prime.get());
    return [prime, two, peer] {
        const auto exponent = random_exponent();
        power(two.get(), exponent.get(), prime.get());
        power(peer.get(), exponent.get(), prime.get());
    };
}

Expression owned(gcry_sexp_t expression) { return {expression, gcry_sexp_release}; }

Expression signing_key() {
    gcry_sexp_t wish = nullptr, pair = nullptr;
    need(gcry_sexp_build(&wish, nullptr, "(genkey (ecc (curve Ed25519) (flags eddsa)))"));
    need(gcry_pk_genkey(&pair, owned(wish).get()));
    return owned(pair);
}

Expression message_to_sign() {
    gcry_sexp_t data = nullptr;
    need(gcry_sexp_build(&data, nullptr, "(data (flags eddsa) (hash-algo sha512) (value %b))",
                         static_cast<int>(message.size()), message.data()));
    return owned(data);
}

Expression sign_once(gcry_sexp_t data, gcry_sexp_t signer) {
    gcry_sexp_t signature = nullptr;
    need(gcry_pk_sign(&signature, data, signer));
    return owned(signature);
}

Work sign(MutableBytes) {
    return [signer = signing_key(), data = message_to_sign()] { sign_once(data.get(), signer.get()); };
}

Work verify(MutableBytes) {
    const auto signer = signing_key(), data = message_to_sign();
    return [signer, data, signature = sign_once(data.get(), signer.get())] {
        need(gcry_pk_verify(signature.get(), data.get(), signer.get()));
    };
}

}  // namespace

std::vector<Job> gcrypt_jobs() {
    gcry_check_version(nullptr);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED);
    const auto sealing = [](int cipher, int mode) {
        return [=](MutableBytes data) { return seal(cipher, mode, data); };
    };
    return {
        {"AES256/libgcrypt", sealing(GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM)},
        {"CHACHA20/libgcrypt", sealing(GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_POLY1305)},
        {"DES168/libgcrypt", des168},
        {"X25519/libgcrypt", x25519, false},
        {"DH1024/libgcrypt", dh1024, false},
        {"Ed25519 sign/libgcrypt", sign, false},
        {"Ed25519 verify/libgcrypt", verify, false},
    };
}

}  // namespace sallyport::bench
