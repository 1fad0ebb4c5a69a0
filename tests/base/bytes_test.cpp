#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace sallyport {
namespace {

TEST(Bytes, IntegersAreBigEndian) {
    std::array<std::uint8_t, 8> bytes{};
    put_u16(bytes, 0x0102);
    EXPECT_EQ(to_hex(Bytes(bytes).first(3)), "010200");
    put_u64(bytes, 0x0102030405060708);
    EXPECT_EQ(to_hex(bytes), "0102030405060708");
    put_u64(bytes, std::numeric_limits<std::uint64_t>::max() - 1);
    EXPECT_EQ(to_hex(bytes), "fffffffffffffffe");
    for (unsigned value = 0; value <= 0xFFFF; ++value) {
        put_u16(bytes, static_cast<std::uint16_t>(value));
        ASSERT_EQ(get_u16(bytes), value);
    }
}

TEST(Bytes, HexadecimalIsReadAsWritten) {
    ByteVector all, read;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
    const auto text = to_hex(all);
    EXPECT_EQ(text.substr(0, 8), "00010203");
    EXPECT_EQ(text.substr(504), "fcfdfeff");
    EXPECT_TRUE(from_hex(text, read));
    EXPECT_EQ(read, all);
    EXPECT_TRUE(from_hex("aBCdeF", read));
    EXPECT_EQ(to_hex(read), "abcdef");
    EXPECT_TRUE(from_hex("", read));
    EXPECT_TRUE(read.empty());
}

TEST(Bytes, WhatIsNotHexadecimalIsRefusedAndLeavesNothing) {
    for (const char* text : {"0", "000", "0g", "g0", " 00", "00 ", "0x00", "-1", "00\n", "\xC3\xBC"}) {
        ByteVector read{1, 2, 3};
        EXPECT_FALSE(from_hex(text, read)) << text;
        EXPECT_TRUE(read.empty()) << text;
    }
    ByteVector read;
    EXPECT_FALSE(from_hex(std::string_view("00\0"
                                           "0",
                                           4),
                          read));
}

TEST(Bytes, TextAndBytesAreViewsOfEachOther) {
    const std::string text("a\0\xFF", 3);
    EXPECT_EQ(to_hex(as_bytes(text)), "6100ff");
    EXPECT_EQ(as_text(as_bytes(text)), text);
    EXPECT_EQ(static_cast<const void*>(as_bytes(text).data()), text.data());
    ByteVector joined;
    append(joined, as_bytes("ab"));
    append(joined, {});
    append(joined, as_bytes("c"));
    EXPECT_EQ(as_text(joined), "abc");
}

}  // namespace
}  // namespace sallyport
