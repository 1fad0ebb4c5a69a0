#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "crypto/poly1305.hpp"

namespace sallyport::crypto {
namespace {

ByteVector bytes_of(std::string_view hex) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(hex, bytes)) << hex;
    return bytes;
}
Secret32 key_of(std::string_view hex) {
    const auto bytes = bytes_of(hex);
    return Secret32(std::span<const std::uint8_t, 32>(bytes.data(), 32));
}
Nonce nonce_of(std::string_view hex) {
    Nonce nonce;
    std::ranges::copy(bytes_of(hex), nonce.begin());
    return nonce;
}

struct AeadCase {
    const char* name;
    AeadCipher cipher;
    const char *key, *nonce, *additional, *plain, *sealed, *tag;
};
const AeadCase aead_cases[] = {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to 16
    {"gcm_13", AeadCipher::aes256_gcm, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"gcm_14", AeadCipher::aes256_gcm, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"gcm_16", AeadCipher::aes256_gcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
     "ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"rfc8439_2_8_2", AeadCipher::chacha20_poly1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f66"
     "66657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c64206265"
     "2069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e06"
     "0b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586"
     "cec64b6116",
     "1ae10b594f09e26a7e902ecbd0600691"},
};
/// Those that run here.
std::vector<AeadLibrary> libraries() {
    std::vector<AeadLibrary> all{AeadLibrary::openssl};
    if (fastest_aead(AeadCipher::aes256_gcm) == AeadLibrary::ipsec_mb) all.push_back(AeadLibrary::ipsec_mb);
    return all;
}
const char* name_of(AeadLibrary library) { return library == AeadLibrary::openssl ? "openssl" : "ipsec_mb"; }

class AeadVector : public testing::TestWithParam<std::tuple<AeadCase, AeadLibrary>> {};

TEST_P(AeadVector, IsSealedAndOpened) {
    const auto& [c, library] = GetParam();
    auto data = bytes_of(c.plain);
    ByteVector tag(tag_size);
    Aead(c.cipher, Aead::Use::seal, key_of(c.key), library).seal(nonce_of(c.nonce), bytes_of(c.additional), data, tag);
    EXPECT_EQ(to_hex(data), c.sealed);
    EXPECT_EQ(to_hex(tag), c.tag);
    EXPECT_TRUE(Aead(c.cipher, Aead::Use::open, key_of(c.key), library)
                    .open(nonce_of(c.nonce), bytes_of(c.additional), data, tag));
    EXPECT_EQ(to_hex(data), c.plain);
}
INSTANTIATE_TEST_SUITE_P(, AeadVector, testing::Combine(testing::ValuesIn(aead_cases), testing::ValuesIn(libraries())),
                         [](const auto& row) {
                             return std::get<0>(row.param).name + std::string("_") + name_of(std::get<1>(row.param));
                         });

class AeadOf : public testing::TestWithParam<std::tuple<AeadCipher, AeadLibrary>> {
protected:
    static ByteVector filled(std::size_t size) {
        std::mt19937 random(static_cast<unsigned>(size));
        ByteVector bytes(size);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        return bytes;
    }
    AeadCipher cipher_ = std::get<0>(GetParam());
    AeadLibrary library_ = std::get<1>(GetParam());
    Secret32 key_ = key_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    Nonce nonce_{1, 2, 3};
    ByteVector additional_ = filled(3), tag_ = ByteVector(tag_size);
};
INSTANTIATE_TEST_SUITE_P(, AeadOf,
                         testing::Combine(testing::Values(AeadCipher::aes256_gcm, AeadCipher::chacha20_poly1305),
                                          testing::ValuesIn(libraries())),
                         [](const auto& row) {
                             const bool aes = std::get<0>(row.param) == AeadCipher::aes256_gcm;
                             return std::string(aes ? "Aes256Gcm_" : "ChaCha20Poly1305_") +
                                    name_of(std::get<1>(row.param));
                         });

TEST_P(AeadOf, OpensWhatItSealedAtEverySize) {
    Aead sealing(cipher_, Aead::Use::seal, key_, library_), opening(cipher_, Aead::Use::open, key_, library_);
    for (std::size_t size = 0; size <= 16384; size = size < 300 ? size + 1 : size * 2 - 290) {
        const auto plain = filled(size);
        auto data = plain;
        sealing.seal(nonce_, additional_, data, tag_);
        if (size > 8) {
            EXPECT_NE(data, plain);
        }
        ASSERT_TRUE(opening.open(nonce_, additional_, data, tag_)) << size;
        ASSERT_EQ(data, plain) << size;
    }
}

TEST_P(AeadOf, RefusesEveryChangedBitAndGoesOn) {
    Aead sealing(cipher_, Aead::Use::seal, key_, library_), opening(cipher_, Aead::Use::open, key_, library_);
    const auto plain = filled(20);
    auto sealed = plain;
    sealing.seal(nonce_, additional_, sealed, tag_);
    const auto opens = [&](Nonce nonce, ByteVector additional, ByteVector data, ByteVector tag) {
        return opening.open(nonce, additional, data, tag);
    };
    const auto flipped = [](auto bytes, std::size_t bit) {
        bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        return bytes;
    };
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        EXPECT_FALSE(opens(nonce_, additional_, flipped(sealed, bit), tag_)) << bit;
    }
    for (std::size_t bit = 0; bit < tag_.size() * 8; ++bit) {
        EXPECT_FALSE(opens(nonce_, additional_, sealed, flipped(tag_, bit))) << bit;
    }
    for (std::size_t bit = 0; bit < nonce_.size() * 8; ++bit) {
        EXPECT_FALSE(opens(flipped(nonce_, bit), additional_, sealed, tag_)) << bit;
    }
    for (std::size_t bit = 0; bit < additional_.size() * 8; ++bit) {
        EXPECT_FALSE(opens(nonce_, flipped(additional_, bit), sealed, tag_)) << bit;
    }
    EXPECT_TRUE(opens(nonce_, additional_, sealed, tag_));
}

class AeadLibraries : public testing::TestWithParam<AeadCipher> {};
INSTANTIATE_TEST_SUITE_P(, AeadLibraries, testing::Values(AeadCipher::aes256_gcm, AeadCipher::chacha20_poly1305),
                         [](const auto& row) {
                             return row.param == AeadCipher::aes256_gcm ? "Aes256Gcm" : "ChaCha20Poly1305";
                         });

TEST_P(AeadLibraries, YieldTheSameBytes) {
    if (libraries().size() == 1) GTEST_SKIP() << "libipsec-mb has no code for this processor";
    std::mt19937 random(5);
    const auto fill = [&](MutableBytes bytes) {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    };
    for (int round = 0; round < 2000; ++round) {
        ByteVector plain(random() % (round % 8 == 0 ? 16385 : 300)), additional(random() % 40);
        Nonce nonce;
        Secret32 key;
        fill(plain), fill(additional), fill(nonce), fill(key.writable());
        const auto seal = [&](AeadLibrary library, ByteVector& data) {
            ByteVector tag(tag_size);
            Aead(GetParam(), Aead::Use::seal, key, library).seal(nonce, additional, data, tag);
            return tag;
        };
        auto by_intel = plain, by_openssl = plain;
        const auto tag = seal(AeadLibrary::ipsec_mb, by_intel);
        ASSERT_EQ(tag, seal(AeadLibrary::openssl, by_openssl)) << plain.size();
        ASSERT_EQ(by_intel, by_openssl) << plain.size();
        const auto opens = [&](AeadLibrary library, ByteVector& data) {
            return Aead(GetParam(), Aead::Use::open, key, library).open(nonce, additional, data, tag);
        };
        ASSERT_TRUE(opens(AeadLibrary::openssl, by_intel) && opens(AeadLibrary::ipsec_mb, by_openssl));
        ASSERT_EQ(by_intel, plain);
        ASSERT_EQ(by_openssl, plain);
    }
}

TEST(Poly1305, GivesTheTagsOfRfc8439) {
    // 2.5.2
    EXPECT_EQ(to_hex(poly1305(key_of("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"),
                              {as_bytes("Cryptographic Forum Research Group")})),
              "a8061dc1305136c6c22b8baf0c0127a9");
    // A.3: the arithmetic modulo 2^130 - 5 at its edges
    const auto tag = [](const char* key, const char* data) { return to_hex(poly1305(key_of(key), {bytes_of(data)})); };
    EXPECT_EQ(
        tag("0200000000000000000000000000000000000000000000000000000000000000", "ffffffffffffffffffffffffffffffff"),
        "03000000000000000000000000000000");
    EXPECT_EQ(
        tag("02000000000000000000000000000000ffffffffffffffffffffffffffffffff", "02000000000000000000000000000000"),
        "03000000000000000000000000000000");
    EXPECT_EQ(tag("0100000000000000000000000000000000000000000000000000000000000000",
                  "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff11000000000000000000000000000000"),
              "05000000000000000000000000000000");
    EXPECT_EQ(tag("0100000000000000000000000000000000000000000000000000000000000000",
                  "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe01010101010101010101010101010101"),
              "00000000000000000000000000000000");
    EXPECT_EQ(
        tag("0200000000000000000000000000000000000000000000000000000000000000", "fdffffffffffffffffffffffffffffff"),
        "faffffffffffffffffffffffffffffff");
}

TEST(Poly1305, TakesPartsAsOneWithoutPadding) {
    const auto key = key_of("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
    EXPECT_EQ(poly1305(key, {as_bytes("Cry"), {}, as_bytes("ptographic")}), poly1305(key, {as_bytes("Cryptographic")}));
    EXPECT_NE(poly1305(key, {as_bytes("a")}), poly1305(key, {as_bytes(std::string_view("a\0", 2))}));
}

}  // namespace
}  // namespace sallyport::crypto
