#include "base/suite.hpp"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

SuiteSet set(std::uint16_t mask) { return *SuiteSet::from_mask(mask); }

TEST(Suite, HasNineByNumberAndText) {  // docs/native-channel.md, 2.2
    const char* const texts[] = {"AES256,X25519",   "CHACHA20,X25519", "AES256,DH2048",
                                 "CHACHA20,DH2048", "DES168,X25519",   "DES168,DH2048",
                                 "AES256,DH1024",   "CHACHA20,DH1024", "DES168,DH1024"};
    for (unsigned number = 1; number <= Suite::count; ++number) {
        const auto suite = Suite::from_number(number);
        ASSERT_TRUE(suite);
        EXPECT_EQ(suite->number(), number);
        EXPECT_EQ(suite->text(), texts[number - 1]);
        EXPECT_EQ(Suite::from_text(texts[number - 1]), suite);
        EXPECT_EQ(suite->legacy(), SuiteSet::legacy().contains(*suite));
        EXPECT_NE(suite->legacy(), SuiteSet::modern().contains(*suite));
        const std::string text = texts[number - 1];
        EXPECT_EQ(suite->cipher() == Cipher::des168, text.starts_with("DES168"));
        EXPECT_EQ(suite->cipher() == Cipher::aes256, text.starts_with("AES256"));
        EXPECT_EQ(suite->key_exchange() == KeyExchange::dh1024, text.ends_with("DH1024"));
        EXPECT_EQ(suite->key_exchange() == KeyExchange::x25519, text.ends_with("X25519"));
    }
    EXPECT_EQ(Suite::from_number(0), std::nullopt);
    EXPECT_EQ(Suite::from_number(10), std::nullopt);
    EXPECT_EQ(Suite::from_number(257), std::nullopt);
}

struct TextCase {
    const char* name;
    const char* text;
    std::optional<std::uint16_t> mask;
    const char* bad = "";
};
const TextCase text_cases[] = {
    {"one", "AES256,X25519", 0x001},
    {"lower_case", "des168,dh1024", 0x100},
    {"mixed_case", "ChaCha20,x25519", 0x002},
    {"blank_behind_the_comma", "DES168, DH1024", 0x100},
    {"blank_before_the_comma", "DES168 ,DH1024", 0x100},
    {"blanks_around_the_comma", "  DES168 \t,  DH1024  ", 0x100},
    {"several_by_blanks", "AES256,X25519 DES168,DH1024", 0x101},
    {"several_by_semicolons", "AES256,X25519;DES168,DH1024", 0x101},
    {"several_by_slashes", "AES256,X25519/DES168,DH1024", 0x101},
    {"separators_with_blanks", "AES256 , X25519 ; DES168 , DH1024 / CHACHA20,DH2048", 0x109},
    {"twice_the_same", "AES256,X25519 AES256,X25519", 0x001},
    {"needless_separators", ";;AES256,X25519;/ ", 0x001},
    {"nothing", "", 0x000},
    {"blanks_alone", " \t; /", 0x000},
    {"cipher_alone", "AES256", std::nullopt, "AES256"},
    {"exchange_alone", ",X25519", std::nullopt, ",X25519"},
    {"comma_alone", ",", std::nullopt, ","},
    {"trailing_comma", "AES256,X25519 AES256,", std::nullopt, "AES256,"},
    {"swapped", "X25519,AES256", std::nullopt, "X25519,AES256"},
    {"unknown_cipher", "AES256,X25519 RC4,X25519", std::nullopt, "RC4,X25519"},
    {"unknown_exchange", "AES256,DH512", std::nullopt, "AES256,DH512"},
    {"three_parts", "AES256,X25519,SHA256", std::nullopt, "AES256,X25519,SHA256"},
    {"by_colon", "AES256:X25519", std::nullopt, "AES256:X25519"},
    {"line_end_inside", "AES256,\nX25519", std::nullopt, "AES256,\nX25519"},
    {"separator_around_the_comma", "AES256;,X25519", std::nullopt, "AES256"},
};
class SuiteList : public testing::TestWithParam<TextCase> {};

TEST_P(SuiteList, IsReadOrItsBadPartIsShown) {
    const std::string text = GetParam().text;
    std::string_view bad;
    const auto suites = SuiteSet::from_text(text, &bad);
    EXPECT_EQ(suites ? std::optional(suites->mask()) : std::nullopt, GetParam().mask);
    EXPECT_EQ(bad, GetParam().bad);
    EXPECT_EQ(SuiteSet::from_text(text), suites);
    if (!bad.empty()) {
        EXPECT_GE(bad.data(), text.data());  // a part of what was written
    }
}
INSTANTIATE_TEST_SUITE_P(, SuiteList, testing::ValuesIn(text_cases), [](const auto& row) { return row.param.name; });

TEST(SuiteSet, IsWrittenAsItIsRead) {
    for (std::uint16_t mask = 0; mask <= 0x1FF; ++mask) {
        EXPECT_EQ(SuiteSet::from_text(set(mask).text()), set(mask));
        EXPECT_EQ(set(mask).mask(), mask);
    }
    EXPECT_EQ(set(0x101).text(), "AES256,X25519 DES168,DH1024");
    EXPECT_EQ(set(0).text(), "");
}

TEST(SuiteSet, HasNineBits) {
    for (unsigned mask = 0; mask <= 0xFFFF; ++mask) {
        EXPECT_EQ(SuiteSet::from_mask(static_cast<std::uint16_t>(mask)).has_value(), mask <= 0x1FF) << mask;
    }
    EXPECT_EQ(SuiteSet::modern().mask(), 0x000F);
    EXPECT_EQ(SuiteSet::legacy().mask(), 0x01F0);
    EXPECT_EQ(SuiteSet::all().mask(), 0x01FF);
    EXPECT_TRUE(SuiteSet::none().empty());
    EXPECT_TRUE(SuiteSet().empty());
}

TEST(SuiteSet, PrefersTheLowestNumber) {
    for (std::uint16_t mask = 0; mask <= 0x1FF; ++mask) {
        const auto list = set(mask).list();
        EXPECT_EQ(set(mask).first(), list.empty() ? std::nullopt : std::optional(list.front()));
        EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), [](Suite a, Suite b) { return a.number() < b.number(); }));
        SuiteSet again;
        for (const auto suite : list) {
            EXPECT_FALSE(again.contains(suite));
            again.insert(suite);
            EXPECT_TRUE(again.contains(suite));
        }
        EXPECT_EQ(again, set(mask));
    }
    EXPECT_EQ((SuiteSet::modern() & set(0x114)).first(), Suite::from_number(3));
}

TEST(SuiteSet, KnowsTheGroupsThatItNeeds) {
    for (std::uint16_t mask = 0; mask <= 0x1FF; ++mask) {
        EXPECT_EQ(set(mask).needs(KeyExchange::x25519), (mask & 0x013) != 0);
        EXPECT_EQ(set(mask).needs(KeyExchange::dh2048), (mask & 0x02C) != 0);
        EXPECT_EQ(set(mask).needs(KeyExchange::dh1024), (mask & 0x1C0) != 0);
    }
}

TEST(SuiteText, OneSuiteIsNotAList) {
    EXPECT_EQ(Suite::from_text("AES256,X25519 AES256,DH2048"), std::nullopt);
    EXPECT_EQ(Suite::from_text(""), std::nullopt);
    EXPECT_EQ(Suite::from_text(" aes256 , x25519 "), Suite::from_number(1));
}

TEST(Label, IsOneToSixteenOfCapitalsDigitsAndHyphens) {
    for (const char* good : {"T", "TOP", "FTP", "A-1", "-", "0123456789ABCDEF"}) EXPECT_TRUE(is_label(good)) << good;
    for (const char* bad : {"", "top", "TOP ", " TOP", "T_P", "0123456789ABCDEFG", "T\xC3\x9C", "T\n", "T/P", "T:P"}) {
        EXPECT_FALSE(is_label(bad)) << bad;
    }
    EXPECT_FALSE(is_label(std::string_view("TOP\0", 4)));
    for (int c = 0; c < 256; ++c) {
        const char text = static_cast<char>(c);
        const bool good = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        EXPECT_EQ(is_label({&text, 1}), good) << c;
    }
}

}  // namespace
}  // namespace sallyport
