#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <type_traits>

namespace sallyport {
namespace {

std::array<std::uint8_t, 32> some_bytes() {
    std::array<std::uint8_t, 32> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
    return bytes;
}

bool is_wiped(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

TEST(Secret, IsMovedAndNeverCopied) {
    static_assert(!std::is_copy_constructible_v<Secret32> && !std::is_copy_assignable_v<Secret32>);
    static_assert(!std::is_copy_constructible_v<SecretText> && !std::is_copy_assignable_v<SecretText>);
    Secret32 first(some_bytes());
    Secret32 second = std::move(first);
    EXPECT_EQ(to_hex(second.bytes()), to_hex(some_bytes()));
    EXPECT_TRUE(is_wiped(first.bytes()));
    first = std::move(second);
    EXPECT_EQ(to_hex(first.bytes()), to_hex(some_bytes()));
    EXPECT_TRUE(is_wiped(second.bytes()));
    auto& same = first;
    first = std::move(same);
    EXPECT_EQ(to_hex(first.bytes()), to_hex(some_bytes()));
}

TEST(Secret, ADuplicateIsIndependent) {
    Secret32 first(some_bytes());
    Secret32 second = first.duplicate();
    second.writable()[0] = 99;
    EXPECT_EQ(first.bytes()[0], 1);
    EXPECT_EQ(second.bytes()[0], 99);
}

TEST(Secret, BeginsEmpty) { EXPECT_TRUE(is_wiped(Secret32().bytes())); }

TEST(Secret, IsWipedWhenItGoes) {
    alignas(Secret32) std::array<std::uint8_t, sizeof(Secret32)> memory{};
    auto* secret = new (memory.data()) Secret32(some_bytes());
    EXPECT_FALSE(is_wiped(memory));
    std::destroy_at(secret);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    EXPECT_TRUE(is_wiped(memory));
}

TEST(SecretText, IsWipedWhenMoved) {
    SecretText first(std::string("ed25519-private 00"));
    SecretText second = std::move(first);
    EXPECT_TRUE(first.empty());
    EXPECT_EQ(second.view(), "ed25519-private 00");
    SecretText third(std::string("x"));
    third = std::move(second);
    EXPECT_TRUE(second.empty());
    EXPECT_EQ(third.view(), "ed25519-private 00");
    EXPECT_FALSE(third.empty());
}

TEST(EqualInConstantTime, ComparesEveryByte) {
    const auto bytes = some_bytes();
    EXPECT_TRUE(equal_in_constant_time(bytes, some_bytes()));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto other = bytes;
        other[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_FALSE(equal_in_constant_time(bytes, other)) << bit;
    }
    EXPECT_FALSE(equal_in_constant_time(bytes, Bytes(bytes).first(31)));
    EXPECT_FALSE(equal_in_constant_time({}, bytes));
    EXPECT_TRUE(equal_in_constant_time({}, {}));
}

TEST(Wipe, OverwritesWhatItIsGivenAndNothingElse) {
    auto bytes = some_bytes();
    wipe(MutableBytes(bytes).subspan(1, 30));
    EXPECT_EQ(bytes.front(), 1);
    EXPECT_EQ(bytes.back(), 32);
    EXPECT_TRUE(is_wiped(Bytes(bytes).subspan(1, 30)));
    wipe({});
}

}  // namespace
}  // namespace sallyport
