#include "crypto/signature.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/random.hpp"

namespace sallyport::crypto {
namespace {

ByteVector bytes_of(std::string_view hex) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(hex, bytes)) << hex;
    return bytes;
}
SigningKey key_of(std::string_view seed) {
    return SigningKey(Secret32(std::span<const std::uint8_t, 32>(bytes_of(seed).data(), 32)));
}

struct Ed25519Case {
    const char *seed, *key, *message, *signature;
};
// RFC 8032, 7.1, tests 1 to 3
const Ed25519Case cases[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246"
     "5"
     "5141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb"
     "0"
     "0d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc"
     "0"
     "27beceea1ec40a"},
};

TEST(Ed25519, SignsAsInRfc8032) {
    for (const auto& c : cases) {
        const auto key = key_of(c.seed);
        EXPECT_EQ(to_hex(key.public_key()), c.key);
        EXPECT_EQ(to_hex(key.sign(bytes_of(c.message))), c.signature);
        EXPECT_TRUE(verify(key.public_key(), bytes_of(c.message), bytes_of(c.signature)));
    }
}

TEST(Ed25519, RefusesEveryChangedBit) {
    const auto key = key_of(cases[2].seed);
    const auto message = bytes_of(cases[2].message), signature = bytes_of(cases[2].signature);
    const auto flipped = [](auto bytes, std::size_t bit) {
        bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        return bytes;
    };
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
        EXPECT_FALSE(verify(key.public_key(), message, flipped(signature, bit))) << bit;
    }
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
        EXPECT_FALSE(verify(key.public_key(), flipped(message, bit), signature)) << bit;
    }
    for (std::size_t bit = 0; bit < key.public_key().size() * 8; ++bit) {
        EXPECT_FALSE(verify(flipped(key.public_key(), bit), message, signature)) << bit;
    }
    for (const std::size_t size : {0u, 1u, 32u, 63u}) {
        EXPECT_FALSE(verify(key.public_key(), message, Bytes(signature).first(size))) << size;
    }
    EXPECT_FALSE(verify(key_of(cases[1].seed).public_key(), message, signature));
}

TEST(Ed25519, RefusesASecondFormOfASignature) {  // S + L signs the same unless S < L is checked (RFC 8032, 5.1.7)
    const auto key = key_of(cases[0].seed);
    auto signature = bytes_of(cases[0].signature);
    const auto order = bytes_of("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");  // little-endian
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += static_cast<unsigned>(signature[32 + i]) + order[i];
        signature[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    EXPECT_FALSE(verify(key.public_key(), {}, signature));
}

TEST(Ed25519, SignsAfterBeingMoved) {
    auto first = key_of(cases[0].seed);
    SigningKey moved = std::move(first);
    EXPECT_EQ(to_hex(moved.sign({})), cases[0].signature);
    moved = key_of(cases[1].seed);
    EXPECT_EQ(to_hex(moved.sign(bytes_of("72"))), cases[1].signature);
    EXPECT_EQ(to_hex(moved.public_key()), cases[1].key);
}

TEST(SystemRandom, FillsAllBytesAndDoesNotRepeat) {
    SystemRandom random;
    std::array<std::uint8_t, 64> first{}, second{};
    std::array<bool, 64> touched{};
    for (int i = 0; i < 64; ++i) {
        random.fill(second);
        EXPECT_NE(first, second);
        for (std::size_t at = 0; at < touched.size(); ++at) touched[at] |= second[at] != 0;
        first = second;
    }
    EXPECT_TRUE(std::ranges::all_of(touched, [](bool t) { return t; }));
    random.fill({});
}

}  // namespace
}  // namespace sallyport::crypto
