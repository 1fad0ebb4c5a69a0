// Data channels: docs/native-channel.md, 11 and 11.1.
#include "channel/native/token.hpp"

#include <gtest/gtest.h>

#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

class DataChannel : public testing::TestWithParam<Cipher> {
protected:
    Token add(TokenStore& tokens, const Secret32& exporter, std::uint64_t owner = 1) {
        return tokens.add({exporter.duplicate(), GetParam(), owner}, random_);
    }
    error_code take(TokenStore& tokens, const ByteVector& d1) {
        const ByteVector exact(d1.begin(), d1.end());
        const auto accepted = tokens.take(exact, random_);
        return accepted ? error_code() : accepted.error();
    }

    SeededRandom random_{5};
    Secret32 exporter_ = secret_of(9);
    TokenStore tokens_;
    Token token_ = add(tokens_, exporter_, 42);
    DataOpen open_{exporter_, GetParam(), token_, random_};
};
INSTANTIATE_TEST_SUITE_P(, DataChannel, testing::Values(Cipher::aes256, Cipher::chacha20, Cipher::des168),
                         [](const auto& row) { return "cipher_" + std::to_string(static_cast<int>(row.param)); });

TEST_P(DataChannel, CarriesRecordsBothWays) {
    auto accepted = tokens_.take(open_.message(), random_);
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->owner, 42u);
    auto keys = open_.take_answer(accepted->answer);
    ASSERT_TRUE(keys.has_value());
    auto ready = *keys->sealer.seal(Type::ready, {});
    EXPECT_TRUE(accepted->keys.opener.open(ready).has_value());
    auto file = *accepted->keys.sealer.seal(Type::data, as_bytes("file"));
    const auto opened = keys->opener.open(file);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(as_text(*opened), "file");
    auto reflected = *keys->sealer.seal(Type::data, as_bytes("x"));
    EXPECT_FALSE(keys->opener.open(reflected).has_value());
}

TEST_P(DataChannel, AnyChangeOfItsOpeningIsAStrangersAndKeepsTheToken) {
    for_each_flip(open_.message(), true, [&](const ByteVector& d1, std::size_t bit) {
        ASSERT_EQ(take(tokens_, d1), Error::stranger) << "bit " << bit;
    });
    for (std::size_t cut = 0; cut < open_.message().size(); ++cut) {
        ByteVector d1(open_.message().begin(), open_.message().begin() + static_cast<std::ptrdiff_t>(cut));
        ASSERT_EQ(take(tokens_, d1), Error::stranger) << cut;
    }
    auto longer = open_.message();
    longer.push_back(0);
    EXPECT_EQ(take(tokens_, longer), Error::stranger);
    EXPECT_EQ(tokens_.size(), 1u);
    EXPECT_EQ(take(tokens_, open_.message()), error_code());
}

TEST_P(DataChannel, ATokenOpensOnce) {
    EXPECT_EQ(take(tokens_, open_.message()), error_code());
    EXPECT_EQ(take(tokens_, open_.message()), Error::stranger);
    EXPECT_EQ(tokens_.size(), 0u);
}

TEST_P(DataChannel, ARemovedTokenOpensNothing) {
    tokens_.remove(token_);
    EXPECT_EQ(take(tokens_, open_.message()), Error::stranger);
}

TEST_P(DataChannel, ATokenIsOfItsSessionAlone) {
    TokenStore both;
    const auto first = add(both, secret_of(1), 1);
    const auto second = add(both, secret_of(2), 2);
    EXPECT_NE(first, second);
    EXPECT_EQ(take(both, DataOpen(secret_of(2), GetParam(), first, random_).message()), Error::stranger);
    EXPECT_EQ(take(both, DataOpen(secret_of(1), GetParam(), second, random_).message()), Error::stranger);
    const auto accepted = both.take(DataOpen(secret_of(2), GetParam(), second, random_).message(), random_);
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->owner, 2u);
    EXPECT_EQ(both.size(), 1u);
}

TEST_P(DataChannel, AnyChangeOfTheAnswerIsRefused) {
    const auto accepted = tokens_.take(open_.message(), random_);
    ASSERT_TRUE(accepted.has_value());
    for_each_flip(accepted->answer, true, [&](const ByteVector& d2, std::size_t bit) {
        ASSERT_EQ(open_.take_answer(d2).error(), bit < 24 ? Error::bad_answer : Error::bad_finish) << "bit " << bit;
    });
    for (std::size_t cut = 0; cut < accepted->answer.size(); ++cut) {
        const ByteVector d2(accepted->answer.begin(), accepted->answer.begin() + static_cast<std::ptrdiff_t>(cut));
        ASSERT_EQ(open_.take_answer(d2).error(), Error::bad_answer) << cut;
    }
    EXPECT_TRUE(open_.take_answer(accepted->answer).has_value());
}

TEST_P(DataChannel, TheAnswerToAnotherOpeningIsRefused) {
    const DataOpen again(exporter_, GetParam(), token_, random_);
    EXPECT_NE(to_hex(again.message()), to_hex(open_.message()));
    const auto accepted = tokens_.take(again.message(), random_);
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(open_.take_answer(accepted->answer).error(), Error::bad_finish);
}

TEST(DataChannelRecords, AreNotTheControlSessions) {
    auto control = session(pinned, 1);
    SeededRandom random(1);
    TokenStore tokens;
    const auto token = tokens.add({control.server.exporter.duplicate(), Cipher::aes256, 1}, random);
    auto accepted = tokens.take(DataOpen(control.client.exporter, Cipher::aes256, token, random).message(), random);
    ASSERT_TRUE(accepted.has_value());
    auto record = *control.client.sealer.seal(Type::data, as_bytes("STOR x"));
    EXPECT_EQ(accepted->keys.opener.open(record).error(), Error::bad_record);
}

}  // namespace
}  // namespace sallyport::channel::native::tests
