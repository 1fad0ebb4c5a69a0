#include "crypto/des168.hpp"

#include <cryptopp/des.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>

namespace sallyport::crypto {
namespace {

using Key = std::array<std::uint8_t, 24>;

constexpr std::uint64_t block_number_bits = 0x7FF;

ByteVector bytes_of(std::string_view hex) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(hex, bytes)) << hex;
    return bytes;
}

/// K1 || K2 || K3; of 8 bytes, the same three times, which makes it single DES.
Key key_of(std::string_view hex) {
    const ByteVector bytes = bytes_of(hex);
    Key key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = bytes.at(i % bytes.size());
    return key;
}

std::uint64_t number_of(std::string_view hex) { return std::stoull(std::string(hex), nullptr, 16); }

/// E(block), as the block of the keystream that it is.
std::string encrypt(const Key& key, std::uint64_t block) {
    ByteVector data(8 * (1 + (block & block_number_bits)));
    des168_ctr(key, block & ~block_number_bits, data);
    return to_hex(Bytes(data).last(8));
}

ByteVector random_bytes(std::mt19937_64& random, std::size_t size) {
    ByteVector bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

Key random_key(std::mt19937_64& random) { return key_of(to_hex(random_bytes(random, 24))); }

ByteVector counter_blocks(std::uint64_t counter, std::size_t size) {
    ByteVector blocks((size + 7) / 8 * 8);
    for (std::size_t at = 0; at < blocks.size(); at += 8) put_u64(MutableBytes(blocks).subspan(at), counter | at / 8);
    return blocks;
}

ByteVector xor_of(Bytes data, const ByteVector& keystream) {
    ByteVector result(data.begin(), data.end());
    for (std::size_t i = 0; i < result.size(); ++i) result[i] ^= keystream[i];
    return result;
}

ByteVector by_openssl(const Key& key, std::uint64_t counter, Bytes data) {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    const ByteVector blocks = counter_blocks(counter, data.size());
    ByteVector keystream(blocks.size() + 8);
    int size = 0;
    EXPECT_EQ(EVP_EncryptInit_ex(context.get(), EVP_des_ede3_ecb(), nullptr, key.data(), nullptr), 1);
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    EXPECT_EQ(EVP_EncryptUpdate(context.get(), keystream.data(), &size, blocks.data(), static_cast<int>(blocks.size())),
              1);
    return xor_of(data, keystream);
}

ByteVector by_cryptopp(const Key& key, std::uint64_t counter, Bytes data) {
    const CryptoPP::DES_EDE3::Encryption cipher(key.data(), key.size());
    ByteVector keystream = counter_blocks(counter, data.size());
    for (std::size_t at = 0; at < keystream.size(); at += 8) cipher.ProcessBlock(keystream.data() + at);
    return xor_of(data, keystream);
}

const char* name_of(Des168Backend backend) {
    switch (backend) {
        case Des168Backend::portable:
            return "portable";
        case Des168Backend::sse2:
            return "sse2";
        case Des168Backend::avx2:
            return "avx2";
        case Des168Backend::avx512:
            return "avx512";
    }
    return "";
}

class Des168 : public testing::TestWithParam<Des168Backend> {
protected:
    void SetUp() override { ASSERT_TRUE(force_des168_backend(GetParam())); }
    void TearDown() override { force_des168_backend(des168_backends().back()); }

    std::mt19937_64 random_{20261};
};

INSTANTIATE_TEST_SUITE_P(Backends, Des168, testing::ValuesIn(des168_backends()),
                         [](const auto& test) { return name_of(test.param); });

struct Vector {
    const char* key;
    const char* plaintext;
    const char* ciphertext;
};

// NIST SP 800-67 revision 2, B.1: three different keys.
const Vector sp800_67[] = {
    {"0123456789abcdef23456789abcdef01456789abcdef0123", "5468652071756663", "a826fd8ce53b855f"},
    {"0123456789abcdef23456789abcdef01456789abcdef0123", "6b2062726f776e20", "cce21c8112256fe6"},
    {"0123456789abcdef23456789abcdef01456789abcdef0123", "666f78206a756d70", "68d5c05dd9b6b900"},
};

// NIST SP 800-20, tables A.1 to A.4: variable plaintext, variable key, permutations, S-boxes.
const Vector sp800_20[] = {
    {"0101010101010101", "8000000000000000", "95f8a5e5dd31d900"},
    {"0101010101010101", "4000000000000000", "dd7f121ca5015619"},
    {"0101010101010101", "2000000000000000", "2e8653104f3834ea"},
    {"0101010101010101", "0000000000000001", "166b40b44aba4bd6"},
    {"8001010101010101", "0000000000000000", "95a8d72813daa94d"},
    {"4001010101010101", "0000000000000000", "0eec1487dd8c26d5"},
    {"1046913489980131", "0000000000000000", "88d55e54f54c97b4"},
    {"7ca110454a1a6e57", "01a1d6d039776742", "690f5b0d9a26939b"},
    {"0131d9619dc1376e", "5cd54ca83def57da", "7a389d10354bd271"},
    {"07a1133e4a0b2686", "0248d43806f67172", "868ebb51cab4599a"},
    {"3849674c2602319e", "51454b582ddf440a", "7178876e01f19b2a"},
    {"04b915ba43feb5b6", "42fd443059577fa2", "af37fb421f8c4095"},
    {"0113b970fd34f2ce", "059b5e0851cf143a", "86a560f10ec6d85b"},
    {"0170f175468fb5e6", "0756d8e0774761d2", "0cd3da020021dc09"},
    {"43297fad38e373fe", "762514b829bf486a", "ea676b2cb7db2b7a"},
    {"07a7137045da2a16", "3bdd119049372802", "dfd64a815caf1a0f"},
    {"04689104c2fd3b2f", "26955f6835af609a", "5c513c9c4886c088"},
};

TEST_P(Des168, EncryptsTheExampleOfSp80067) {
    for (const auto& [key, plaintext, ciphertext] : sp800_67) {
        EXPECT_EQ(encrypt(key_of(key), number_of(plaintext)), ciphertext) << plaintext;
    }
}

TEST_P(Des168, EncryptsTheVectorsOfSp80020) {
    for (const auto& [key, plaintext, ciphertext] : sp800_20) {
        EXPECT_EQ(encrypt(key_of(key), number_of(plaintext)), ciphertext) << key << ' ' << plaintext;
    }
}

TEST_P(Des168, SealsTheRecordOfTheFormat) {
    // From the format's own vectors: the record with sequence number 5.
    ByteVector content = bytes_of("7477656e7479206279746573206f662074657874");
    des168_ctr(key_of("0136618cfb66518acd370e1326755db8dabb08dee2d8a649"), 0x1d077883bf5a3800, content);
    EXPECT_EQ(to_hex(content), "33c8a76268824dae56b4bd0bd802c08214bab598");
}

TEST_P(Des168, AgreesWithOpensslAndCryptoppAtEveryLength) {
    std::vector<std::size_t> lengths;
    for (std::size_t length = 0; length <= 300; ++length) lengths.push_back(length);
    for (std::size_t edge = 512; edge <= 16384; edge += 512) {  // of batches of every width
        for (const std::size_t length : {edge - 9, edge - 8, edge - 1, edge, edge + 1, edge + 8, edge + 9}) {
            if (length <= 16384) lengths.push_back(length);
        }
    }
    for (const std::size_t length : lengths) {
        const Key key = random_key(random_);
        const std::uint64_t counter = random_() & ~block_number_bits;
        const ByteVector data = random_bytes(random_, length);
        ByteVector sealed = data;  // of the exact size, so that a sanitizer sees one byte too many
        des168_ctr(key, counter, sealed);
        ASSERT_EQ(sealed, by_openssl(key, counter, data)) << length << ' ' << to_hex(key) << ' ' << counter;
        ASSERT_EQ(sealed, by_cryptopp(key, counter, data)) << length << ' ' << to_hex(key) << ' ' << counter;
    }
}

TEST_P(Des168, TouchesNothingBesideItsData) {
    for (const std::size_t length : {1u, 7u, 64u, 513u, 4095u, 4097u}) {
        ByteVector around(length + 256, 0x5A);
        des168_ctr(random_key(random_), 0, MutableBytes(around).subspan(129, length));
        const auto untouched = [](std::uint8_t byte) { return byte == 0x5A; };
        EXPECT_TRUE(std::all_of(around.begin(), around.begin() + 129, untouched)) << length;
        EXPECT_TRUE(std::all_of(around.end() - 127, around.end(), untouched)) << length;
    }
}

TEST_P(Des168, OpensWhatItSealed) {
    const Key key = random_key(random_);
    const ByteVector data = random_bytes(random_, 16384);
    ByteVector sealed = data;
    des168_ctr(key, 0xFFFFFFFFFFFFF800, sealed);  // the last counters there are
    EXPECT_NE(sealed, data);
    des168_ctr(key, 0xFFFFFFFFFFFFF800, sealed);
    EXPECT_EQ(sealed, data);
}

TEST_P(Des168, IgnoresParityBits) {
    const Key key = random_key(random_);
    for (std::size_t i = 0; i < key.size(); ++i) {
        Key other = key;
        other[i] ^= 1;
        EXPECT_EQ(encrypt(other, 0x0123456789abc801), encrypt(key, 0x0123456789abc801)) << i;
        other[i] ^= 3;
        EXPECT_NE(encrypt(other, 0x0123456789abc801), encrypt(key, 0x0123456789abc801)) << i;
    }
}

TEST_P(Des168, RejectsNoKey) {
    for (const char* key : {"0000000000000000", "ffffffffffffffff", "0101010101010101", "e0fee0fef1fef1fe",
                            "011f011f010e010e011f011f010e010e0123456789abcdef"}) {
        const ByteVector data = random_bytes(random_, 100);
        ByteVector sealed = data;
        des168_ctr(key_of(key), 0x1122334455667800, sealed);
        EXPECT_EQ(sealed, by_openssl(key_of(key), 0x1122334455667800, data)) << key;
    }
}

TEST(Des168Backends, TheFastestIsInUse) { EXPECT_EQ(des168_backend(), des168_backends().back()); }

TEST(Des168Backends, OnlyThoseOfThisProcessorCanBeForced) {
    const auto here = des168_backends();
    ASSERT_FALSE(here.empty());
    EXPECT_EQ(here.front(), Des168Backend::portable);
    for (const auto backend :
         {Des168Backend::portable, Des168Backend::sse2, Des168Backend::avx2, Des168Backend::avx512}) {
        const auto before = des168_backend();
        const bool has = std::find(here.begin(), here.end(), backend) != here.end();
        EXPECT_EQ(force_des168_backend(backend), has) << name_of(backend);
        EXPECT_EQ(des168_backend(), has ? backend : before);
    }
    force_des168_backend(here.back());
}

}  // namespace
}  // namespace sallyport::crypto
