#include "crypto/diffie_hellman.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string>

namespace sallyport::crypto {
namespace {

ByteVector bytes_of(std::string_view hex) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(hex, bytes)) << hex;
    return bytes;
}

/// Hands out the same bytes each time.
class Fixed final : public Random {
public:
    explicit Fixed(std::string_view hex) : bytes_(bytes_of(hex)) {}
    void fill(MutableBytes bytes) override {
        ASSERT_EQ(bytes.size(), bytes_.size());
        std::ranges::copy(bytes_, bytes.begin());
    }

private:
    ByteVector bytes_;
};

TEST(X25519, AgreesAsInRfc7748) {  // 6.1
    Fixed bob_random("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    const X25519KeyPair bob(bob_random);
    EXPECT_EQ(to_hex(bob.share()), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const auto secret = bob.agree(bytes_of("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
    ASSERT_TRUE(secret.has_value());
    EXPECT_EQ(to_hex(secret->bytes()), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST(X25519, MultipliesAsInRfc7748) {  // 5.2, the first vector; the second has the top bit of its share set
    Fixed one("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    EXPECT_EQ(to_hex(X25519KeyPair(one)
                         .agree(bytes_of("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
                         ->bytes()),
              "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    Fixed two("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
    EXPECT_EQ(to_hex(X25519KeyPair(two)
                         .agree(bytes_of("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"))
                         ->bytes()),
              "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

TEST(X25519, RefusesSharesOfLowOrder) {
    SystemRandom random;
    const X25519KeyPair pair(random);
    for (const char* share : {"0000000000000000000000000000000000000000000000000000000000000000",
                              "0100000000000000000000000000000000000000000000000000000000000000",
                              "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                              "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "0000000000000000000000000000000000000000000000000000000000000080",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
        EXPECT_EQ(pair.agree(bytes_of(share)).error(), DhError::bad_share) << share;
    }
    for (const std::size_t size : {0u, 31u, 33u}) EXPECT_FALSE(pair.agree(ByteVector(size, 9))) << size;
}

TEST(X25519, BothSidesAgreeAlsoAfterBeingMoved) {
    SystemRandom random;
    for (int i = 0; i < 20; ++i) {
        X25519KeyPair first(random);
        const X25519KeyPair other(random);
        const X25519KeyPair moved = std::move(first);
        const auto one = moved.agree(other.share()), two = other.agree(moved.share());
        ASSERT_TRUE(one && two);
        EXPECT_EQ(to_hex(one->bytes()), to_hex(two->bytes()));
    }
}

struct FreeBignum {
    void operator()(BIGNUM* number) const { BN_free(number); }
};
using Bignum = std::unique_ptr<BIGNUM, FreeBignum>;

/// The prime of a group as OpenSSL has it by name.
ByteVector openssl_prime(const char* name) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr), EVP_PKEY_CTX_free);
    std::string group = name;
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                                     OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    EXPECT_EQ(EVP_PKEY_paramgen_init(context.get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_params(context.get(), parameters), 1);
    EXPECT_EQ(EVP_PKEY_generate(context.get(), &made), 1);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(made, EVP_PKEY_free);
    BIGNUM* p = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_FFC_P, &p), 1);
    const Bignum owned(p);
    ByteVector bytes(static_cast<std::size_t>(BN_num_bytes(p)));
    BN_bn2bin(p, bytes.data());
    return bytes;
}

TEST(FiniteField, Ffdhe2048IsOpenSsls) {
    EXPECT_EQ(to_hex(prime(FiniteField::ffdhe2048)), to_hex(openssl_prime("ffdhe2048")));
}

TEST(FiniteField, Modp1024IsThatOfRfc2409) {  // 6.2
    EXPECT_EQ(to_hex(prime(FiniteField::modp1024)),
              "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
              "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
              "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff");
}

class FiniteFieldOf : public testing::TestWithParam<FiniteField> {
protected:
    /// base ^ exponent mod p by OpenSSL's plain exponentiation.
    static std::string power(Bytes base, Bytes exponent) {
        const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
        const auto number = [](Bytes bytes) {
            return Bignum(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
        };
        const Bignum result(BN_new());
        BN_mod_exp(result.get(), number(base).get(), number(exponent).get(), number(prime(GetParam())).get(),
                   context.get());
        ByteVector bytes(share_size(GetParam()));
        BN_bn2binpad(result.get(), bytes.data(), static_cast<int>(bytes.size()));
        return to_hex(bytes);
    }
    static ByteVector small(std::uint8_t value) {
        ByteVector bytes(share_size(GetParam()));
        bytes.back() = value;
        return bytes;
    }
    /// p - n, for n up to 255: the last byte of p is FF.
    static ByteVector below_prime(std::uint8_t n) {
        auto bytes = prime(GetParam());
        bytes.back() = static_cast<std::uint8_t>(bytes.back() - n);
        return bytes;
    }
    SystemRandom random_;
};
INSTANTIATE_TEST_SUITE_P(, FiniteFieldOf, testing::Values(FiniteField::ffdhe2048, FiniteField::modp1024),
                         [](const auto& row) {
                             return row.param == FiniteField::ffdhe2048 ? "ffdhe2048" : "modp1024";
                         });

TEST_P(FiniteFieldOf, SharesAreTwoToAnExponentOf256Bits) {
    for (const char* drawn : {"0000000000000000000000000000000000000000000000000000000000000001",
                              "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                              "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                              "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}) {
        Fixed random(drawn);
        auto exponent = bytes_of(drawn);
        exponent[0] |= 0x80;
        const FiniteFieldKeyPair pair(GetParam(), random);
        EXPECT_EQ(pair.share().size(), share_size(GetParam()));
        EXPECT_EQ(to_hex(pair.share()), power(small(2), exponent));
        ByteVector secret(share_size(GetParam()));
        for (const auto& peer : {small(2), small(3), below_prime(2), below_prime(200)}) {
            EXPECT_EQ(pair.agree(peer, secret), error_code());
            EXPECT_EQ(to_hex(secret), power(peer, exponent));
        }
    }
}

TEST_P(FiniteFieldOf, BothSidesAgree) {
    for (int i = 0; i < 20; ++i) {
        const FiniteFieldKeyPair one(GetParam(), random_), two(GetParam(), random_);
        ByteVector first(share_size(GetParam())), second(share_size(GetParam()));
        ASSERT_EQ(one.agree(two.share(), first), error_code());
        ASSERT_EQ(two.agree(one.share(), second), error_code());
        EXPECT_EQ(to_hex(first), to_hex(second));
    }
}

TEST_P(FiniteFieldOf, SharesMustLieBetween2AndPMinus2) {
    const FiniteFieldKeyPair pair(GetParam(), random_);
    ByteVector secret(share_size(GetParam()));
    ByteVector above = prime(GetParam());  // p + 1
    for (auto digit = above.rbegin(); ++*digit == 0;) ++digit;
    for (const auto& share :
         {small(0), small(1), below_prime(1), below_prime(0), above, ByteVector(share_size(GetParam()), 0xFF),
          ByteVector(share_size(GetParam()) - 1, 2), ByteVector(share_size(GetParam()) + 1, 0), ByteVector{}}) {
        EXPECT_EQ(pair.agree(share, secret), DhError::bad_share) << to_hex(share);
    }
    EXPECT_EQ(pair.agree(small(2), secret), error_code());
    EXPECT_EQ(pair.agree(below_prime(2), secret), error_code());
}

}  // namespace
}  // namespace sallyport::crypto
