#include "tests/channel/native/vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "crypto/hash.hpp"

namespace sallyport::channel::native::tests {

const boost::json::object& vectors() {
    static const boost::json::value parsed = [] {
        std::ifstream file(TEST_VECTORS "/native_channel.json");
        std::ostringstream text;
        text << file.rdbuf();
        return boost::json::parse(text.str());
    }();
    return parsed.as_object();
}

ByteVector bytes_of(const boost::json::value& hexadecimal) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(text_of(hexadecimal), bytes));
    return bytes;
}

Secret32 secret_of(const boost::json::value& hexadecimal) {
    const auto bytes = bytes_of(hexadecimal);
    EXPECT_EQ(bytes.size(), 32u);
    return Secret32(std::span<const std::uint8_t, 32>(bytes.data(), 32));
}

std::string text_of(const boost::json::value& text) { return std::string(text.as_string()); }

ByteVector drawn(std::string_view tag, std::string_view label) {
    const auto key = crypto::sha256({as_bytes("vector "), as_bytes(tag)});
    ByteVector bytes(label == "token" ? 16 : 32);
    crypto::hkdf_expand(key, as_bytes(label), bytes);
    return bytes;
}

ScriptedRandom::ScriptedRandom(std::string_view tag, std::initializer_list<std::string_view> labels) {
    for (const auto label : labels) append(script_, drawn(tag, label));
}

ScriptedRandom::~ScriptedRandom() { EXPECT_EQ(given_, script_.size()); }

void ScriptedRandom::fill(MutableBytes bytes) {
    ASSERT_LE(bytes.size(), script_.size() - given_);
    std::ranges::copy(Bytes(script_).subspan(given_, bytes.size()), bytes.begin());
    given_ += bytes.size();
}

}  // namespace sallyport::channel::native::tests
