// Keys as text: docs/native-channel.md, 13.
#include "channel/native/key_file.hpp"

#include <gtest/gtest.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/erase.hpp>

#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

const std::string fixed_text = "00010203-04050607-08090a0b-0c0d0e0f-10111213-14151617-18191a1b-1c1d1e1f-618c3694";
const std::string key_hex = to_hex(client_key().public_key());

template <typename T>
error_code error_of(const Result<T>& result) {
    return result ? error_code() : result.error();
}

struct WrittenCase {
    const char* name;
    std::string text;
    error_code expected;
};
const WrittenCase fixed_cases[] = {
    {"as_printed", fixed_text, {}},
    {"in_capitals", boost::to_upper_copy(fixed_text), {}},
    {"without_hyphens", boost::erase_all_copy(fixed_text, "-"), {}},
    {"with_blanks", "  00010203 04050607 08090a0b 0c0d0e0f\t10111213-14151617-18191a1b-1c1d1e1f - 618c3694 ", {}},
    {"of_single_digits", "0 0 0 1 0 2 0 3" + fixed_text.substr(8), {}},
    {"empty", "", KeyFileError::bad_fixed_key},
    {"a_phrase", "correct horse battery staple", KeyFileError::bad_fixed_key},
    {"one_digit_short", fixed_text.substr(1), KeyFileError::bad_fixed_key},
    {"two_digits_short", fixed_text.substr(2), KeyFileError::bad_fixed_key},
    {"two_digits_more", fixed_text + "00", KeyFileError::bad_fixed_key},
    {"without_check_digits", fixed_text.substr(0, 71), KeyFileError::bad_fixed_key},
    {"with_a_letter_o", "O" + fixed_text.substr(1), KeyFileError::bad_fixed_key},
    {"with_a_zero_byte", std::string(1, '\0') + fixed_text.substr(1), KeyFileError::bad_fixed_key},
    {"with_a_line_end", fixed_text + "\n", KeyFileError::bad_fixed_key},
    {"groups_swapped", fixed_text.substr(9, 9) + fixed_text.substr(0, 9) + fixed_text.substr(18),
     KeyFileError::bad_check_digits},
};
class FixedKeyText : public testing::TestWithParam<WrittenCase> {};

TEST_P(FixedKeyText, IsReadOrRefused) {
    const auto key = read_fixed_key(GetParam().text);
    EXPECT_EQ(error_of(key), GetParam().expected);
    if (key) {
        EXPECT_EQ(to_hex(key->bytes()), to_hex(fixed_key().bytes()));
    }
}
INSTANTIATE_TEST_SUITE_P(, FixedKeyText, testing::ValuesIn(fixed_cases),
                         [](const auto& row) { return row.param.name; });

TEST(FixedKey, AnyWrongDigitIsATypingError) {
    for (std::size_t i = 0; i < fixed_text.size(); ++i) {
        if (fixed_text[i] == '-') continue;
        for (const char digit : std::string_view("0123456789abcdef")) {
            std::string typed = fixed_text;
            typed[i] = digit;
            const auto expected = typed == fixed_text ? error_code() : error_code(KeyFileError::bad_check_digits);
            ASSERT_EQ(error_of(read_fixed_key(typed)), expected) << typed;
        }
    }
}

TEST(FixedKey, IsReadAsItWasWritten) {
    for (std::uint8_t i = 0; i < 50; ++i) {
        const auto text = write_fixed_key(secret_of(i));
        EXPECT_EQ(text.view().size(), 80u);
        const auto key = read_fixed_key(text.view());
        ASSERT_TRUE(key.has_value());
        EXPECT_EQ(to_hex(key->bytes()), to_hex(secret_of(i).bytes()));
    }
}

std::string fixed_lines(int count) {
    std::string file;
    for (int i = 0; i < count; ++i) file += "ws" + std::to_string(i) + " " + fixed_text + "\n";
    return file;
}

const WrittenCase fixed_file_cases[] = {
    {"one", "ws1 " + fixed_text, {}},
    {"sixteen", fixed_lines(16), {}},
    {"comments_and_empty_lines", "# keys\n\n  # of the branch\nws1\t" + fixed_text + "  \r\n \n", {}},
    {"nothing", "", KeyFileError::no_key},
    {"comments_alone", "# ws1 " + fixed_text + "\n", KeyFileError::no_key},
    {"seventeen", fixed_lines(17), KeyFileError::too_many_keys},
    {"without_a_name", fixed_text, KeyFileError::bad_fixed_key},
    {"a_name_alone", "ws1", KeyFileError::bad_fixed_key},
    {"two_of_one_name", fixed_lines(1) + fixed_lines(1), KeyFileError::repeated_name},
    {"a_bad_one_among_good", fixed_lines(1) + "x " + fixed_text.substr(2) + "\n", KeyFileError::bad_fixed_key},
    {"a_typing_error", "ws1 1" + fixed_text.substr(1), KeyFileError::bad_check_digits},
};
class FixedKeyFile : public testing::TestWithParam<WrittenCase> {};

TEST_P(FixedKeyFile, IsReadOrRefused) {
    const auto keys = read_fixed_keys(GetParam().text);
    EXPECT_EQ(error_of(keys), GetParam().expected);
    if (!keys) return;
    EXPECT_EQ(keys->size(), GetParam().name == std::string("sixteen") ? 16u : 1u);
    EXPECT_TRUE(keys->front().name.starts_with("ws"));
    EXPECT_EQ(to_hex(keys->back().key.bytes()), to_hex(fixed_key().bytes()));
}
INSTANTIATE_TEST_SUITE_P(, FixedKeyFile, testing::ValuesIn(fixed_file_cases),
                         [](const auto& row) { return row.param.name; });

const WrittenCase private_cases[] = {
    {"as_written", std::string(write_private_key(fixed_key()).view()), {}},
    {"with_comments", "# host key\r\n\r\n" + std::string(write_private_key(fixed_key()).view()), {}},
    {"nothing", "\n", KeyFileError::no_key},
    {"two", std::string(write_private_key(fixed_key()).view()) + std::string(write_private_key(fixed_key()).view()),
     KeyFileError::bad_line},
    {"another_kind", "rsa-private " + key_hex, KeyFileError::bad_line},
    {"no_digits", "ed25519-private", KeyFileError::bad_line},
    {"too_short", "ed25519-private " + key_hex.substr(2), KeyFileError::bad_line},
    {"too_long", "ed25519-private " + key_hex + "00", KeyFileError::bad_line},
    {"odd", "ed25519-private " + key_hex.substr(1), KeyFileError::bad_line},
    {"more_behind_it", "ed25519-private " + key_hex + " x", KeyFileError::bad_line},
    {"a_pem_file", "-----BEGIN PRIVATE KEY-----\n", KeyFileError::bad_line},
};
class PrivateKeyFile : public testing::TestWithParam<WrittenCase> {};

TEST_P(PrivateKeyFile, IsReadOrRefused) {
    const auto seed = read_private_key(GetParam().text);
    EXPECT_EQ(error_of(seed), GetParam().expected);
    if (seed) {
        EXPECT_EQ(to_hex(seed->bytes()), to_hex(fixed_key().bytes()));
    }
}
INSTANTIATE_TEST_SUITE_P(, PrivateKeyFile, testing::ValuesIn(private_cases),
                         [](const auto& row) { return row.param.name; });

const WrittenCase client_key_cases[] = {
    {"one", "ann " + key_hex + "\n", {}},
    {"with_comments", "# people\nann  " + key_hex + "\r\n", {}},
    {"nothing", "# nobody\n", KeyFileError::no_key},
    {"too_short", "ann " + key_hex.substr(2), KeyFileError::bad_line},
    {"too_long", "ann " + key_hex + "00", KeyFileError::bad_line},
    {"no_key", "ann", KeyFileError::bad_line},
    {"no_name", key_hex, KeyFileError::bad_line},
    {"two_of_one_name", "ann " + key_hex + "\nann " + key_hex, KeyFileError::repeated_name},
    // 4.6: zero bytes stand for "no key"; on a list they would let such clients in
    {"zero_bytes", "ann " + std::string(64, '0'), KeyFileError::bad_line},
};
class ClientKeyFile : public testing::TestWithParam<WrittenCase> {};

TEST_P(ClientKeyFile, IsReadOrRefused) {
    const auto keys = read_client_keys(GetParam().text);
    EXPECT_EQ(error_of(keys), GetParam().expected);
    if (!keys) return;
    ASSERT_EQ(keys->size(), 1u);
    EXPECT_EQ(keys->front().name, "ann");
    EXPECT_EQ(keys->front().key, client_key().public_key());
}
INSTANTIATE_TEST_SUITE_P(, ClientKeyFile, testing::ValuesIn(client_key_cases),
                         [](const auto& row) { return row.param.name; });

TEST(KeyFile, ErrorsAreNamed) {
    for (const auto error : {KeyFileError::bad_fixed_key, KeyFileError::bad_check_digits, KeyFileError::bad_line,
                             KeyFileError::no_key, KeyFileError::too_many_keys, KeyFileError::repeated_name}) {
        EXPECT_NE(error_name(error), "unknown");
        EXPECT_NE(error_sentence(error), "");
    }
}

}  // namespace
}  // namespace sallyport::channel::native::tests
