#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sallyport::crypto {
namespace {

ByteVector bytes_of(std::string_view hex) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(hex, bytes)) << hex;
    return bytes;
}

TEST(Sha256, GivesTheDigestsOfFips180) {
    EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256({as_bytes("abc")})), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256({as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")})),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    const std::string million(1'000'000, 'a');
    EXPECT_EQ(to_hex(sha256({as_bytes(million)})), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, TakesPartsAsOne) { EXPECT_EQ(sha256({as_bytes("a"), {}, as_bytes("bc")}), sha256({as_bytes("abc")})); }

struct HmacCase {
    const char *key, *data, *mac;
};
// RFC 4231, 4.2 to 4.4 and 4.7 (a key longer than a block)
const HmacCase hmac_cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

TEST(Hmac, GivesTheMacsOfRfc4231) {
    for (const auto& c : hmac_cases) EXPECT_EQ(to_hex(hmac_sha256(bytes_of(c.key), {bytes_of(c.data)})), c.mac);
}

TEST(Hmac, AKeptKeyGivesTheSameEachTime) {
    HmacKey kept(as_bytes("Jefe"));
    const auto expected = hmac_sha256(as_bytes("Jefe"), {as_bytes("what do ya want")});
    EXPECT_EQ(kept({as_bytes("what do ya want")}), expected);
    EXPECT_EQ(kept({as_bytes("what do"), as_bytes(" ya want")}), expected);
    HmacKey moved = std::move(kept);
    EXPECT_EQ(moved({as_bytes("what do ya want")}), expected);
    EXPECT_NE(moved({}), expected);
}

// RFC 5869, A.1 to A.3; the first 32 bytes of each output, which are its first block
TEST(Hkdf, GivesTheKeysOfRfc5869) {
    struct Case {
        std::string ikm, salt, info, prk, okm;
    };
    const auto range = [](int from, int to) {
        ByteVector bytes;
        for (int i = from; i <= to; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
        return to_hex(bytes);
    };
    const Case cases[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", range(0, 12), range(0xf0, 0xf9),
         "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"},
        {range(0, 0x4f), range(0x60, 0xaf), range(0xb0, 0xff),
         "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"},
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
         "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"},
    };
    for (const auto& c : cases) {
        const auto key = hkdf_extract(bytes_of(c.salt), bytes_of(c.ikm));
        EXPECT_EQ(to_hex(key.bytes()), c.prk);
        for (const std::size_t size : {32u, 12u, 1u}) {
            ByteVector output(size);
            hkdf_expand(key.bytes(), bytes_of(c.info), output);
            EXPECT_EQ(to_hex(output), c.okm.substr(0, size * 2));
        }
    }
}

}  // namespace
}  // namespace sallyport::crypto
