// Sealed frames: docs/native-channel.md, 8.
#include "channel/native/record.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

constexpr Cipher all_ciphers[] = {Cipher::aes256, Cipher::chacha20, Cipher::des168};

class Records : public testing::TestWithParam<Cipher> {
protected:
    static Sealer sealer(std::uint8_t secret = 1) { return {GetParam(), secret_of(secret)}; }
    static Sealer sealer_with_limit(std::uint64_t limit) { return {GetParam(), secret_of(1), limit}; }
    static Opener opener(std::uint8_t secret = 1) { return {GetParam(), secret_of(secret)}; }

    /// As an opener that has opened `sequence` records of the same secret would take it.
    static error_code open_at(std::uint64_t sequence, ByteVector frame) {
        auto before = sealer();
        auto receiver = opener();
        while (receiver.sequence() < sequence) {
            auto skipped = *before.seal(Type::ping, {});
            EXPECT_TRUE(receiver.open(skipped).has_value());
        }
        const auto opened = receiver.open(frame);
        return opened ? error_code() : opened.error();
    }
};
INSTANTIATE_TEST_SUITE_P(, Records, testing::ValuesIn(all_ciphers), [](const auto& row) {
    return row.param == Cipher::aes256 ? "AES256" : row.param == Cipher::chacha20 ? "CHACHA20" : "DES168";
});

ByteVector pattern(std::size_t size) {
    SeededRandom random(size);
    ByteVector bytes(size);
    random.fill(bytes);
    return bytes;
}

TEST_P(Records, OfEverySizeAreOpenedInOrder) {
    auto from = sealer();
    auto to = opener();
    for (const std::size_t size : {0, 1, 7, 8, 9, 15, 16, 17, 255, 256, 511, 512, 513, 4096, 16383, 16384}) {
        const auto content = pattern(size);
        auto frame = *from.seal(Type::data, content);
        EXPECT_EQ(frame.size(), size + record_overhead);
        EXPECT_EQ(frame[0], 0x10);
        EXPECT_EQ(get_u16(Bytes(frame).subspan(1)), size + record_tag_size);
        if (size >= 8) {
            EXPECT_FALSE(std::equal(content.begin(), content.end(), frame.begin() + header_size));
        }
        const auto opened = to.open(frame);
        ASSERT_TRUE(opened.has_value()) << size;
        EXPECT_EQ(opened->data(), frame.data() + header_size);  // in place
        EXPECT_TRUE(std::ranges::equal(*opened, content)) << size;
    }
    EXPECT_EQ(from.sequence(), to.sequence());
}

TEST_P(Records, WithAnyBitChangedAreRefused) {
    for (const std::size_t size : {0u, 1u, 8u, 40u}) {
        const auto frame = *sealer().seal(Type::data, pattern(size));
        for_each_flip(frame, true, [&](const ByteVector& altered, std::size_t bit) {
            if (bit / 8 == 1 || bit / 8 == 2) return;  // lengths are the frames' own; the next test has them
            ASSERT_EQ(open_at(0, altered), Error::bad_record) << "bit " << bit;
        });
    }
}

TEST_P(Records, CutOrLengthenedAreRefusedWhateverTheirHeadSays) {
    const auto frame = *sealer().seal(Type::data, pattern(40));
    for (const bool right_length : {false, true}) {
        for (std::size_t size = record_overhead; size <= frame.size() + 20; ++size) {
            if (size == frame.size()) continue;
            ByteVector altered = frame;
            altered.resize(size);
            if (right_length) put_u16(MutableBytes(altered).subspan(1), static_cast<std::uint16_t>(size - header_size));
            EXPECT_EQ(open_at(0, altered), Error::bad_record) << size;
        }
    }
}

TEST_P(Records, AreOpenedInTheirPlaceAlone) {
    auto from = sealer();
    std::vector<ByteVector> frames;
    for (int i = 0; i < 4; ++i) frames.push_back(*from.seal(Type::data, pattern(20)));
    for (std::uint64_t i = 0; i < frames.size(); ++i) {
        for (const std::uint64_t at : {0u, 1u, 2u, 3u, 1023u, 1024u, 1025u}) {
            EXPECT_EQ(open_at(at, frames[i]), at == i ? error_code() : error_code(Error::bad_record)) << i << ' ' << at;
        }
    }
}

TEST_P(Records, AreRefusedWhenReplayedOrAfterOneThatWasDropped) {
    for (const std::size_t next : {0u, 2u}) {
        auto from = sealer();
        std::vector<ByteVector> frames;
        for (int i = 0; i < 3; ++i) frames.push_back(*from.seal(Type::data, pattern(20)));
        auto to = opener();
        auto first = frames[0];
        ASSERT_TRUE(to.open(first).has_value());
        EXPECT_EQ(to.open(frames[next]).error(), Error::bad_record);
    }
}

TEST_P(Records, OfAnotherSecretOrCipherAreRefused) {
    const auto frame = *sealer().seal(Type::data, pattern(20));
    auto copy = frame;
    EXPECT_EQ(opener(2).open(copy).error(), Error::bad_record);
    for (const auto other : all_ciphers) {
        if (other == GetParam()) continue;
        copy = frame;
        EXPECT_EQ(Opener(other, secret_of(1)).open(copy).error(), Error::bad_record);
    }
}

TEST_P(Records, KeepNothingOfTheOldEpochInTheNew) {
    auto from = sealer();
    while (from.sequence() < epoch_size - 1) ASSERT_TRUE(from.seal(Type::ping, {}).has_value());
    auto last = *from.seal(Type::data, as_bytes("x"));
    auto first = *from.seal(Type::data, as_bytes("x"));
    EXPECT_EQ(open_at(epoch_size - 1, first), Error::bad_record);  // swapped at the boundary
    EXPECT_EQ(open_at(epoch_size, last), Error::bad_record);
    EXPECT_EQ(open_at(epoch_size - 1, last), error_code());
    EXPECT_EQ(open_at(epoch_size, first), error_code());

    // The first record of epoch 1 is one of the replaced secret, and of no other.
    const auto next = derive(secret_of(1), "upd");
    Sealer under_next(GetParam(), next.duplicate());
    while (under_next.sequence() < epoch_size) ASSERT_TRUE(under_next.seal(Type::ping, {}).has_value());
    EXPECT_NE(to_hex(*under_next.seal(Type::data, as_bytes("x"))), to_hex(first));
}

TEST_P(Records, PassManyEpochs) {
    auto from = sealer();
    auto to = opener();
    for (std::uint64_t i = 0; i < 5 * epoch_size + 3; ++i) {
        std::array<std::uint8_t, 8> content;
        put_u64(content, i);
        auto frame = *from.seal(Type::data, content);
        const auto opened = to.open(frame);
        ASSERT_TRUE(opened.has_value()) << i;
        ASSERT_TRUE(std::ranges::equal(*opened, content)) << i;
    }
}

TEST_P(Records, OfOneBatchMayLieInTwoEpochs) {
    constexpr std::size_t count = 6;
    auto from = sealer(), singly = sealer();
    auto to = opener();
    while (from.sequence() < epoch_size - count / 2) {
        auto frame = *from.seal(Type::ping, {});
        ASSERT_TRUE(singly.seal(Type::ping, {}).has_value());
        ASSERT_TRUE(to.open(frame).has_value());
    }
    const auto content = pattern(max_content);
    ByteVector buffer;
    for (std::size_t i = 0; i < count; ++i) {
        buffer.resize(buffer.size() + header_size);
        append(buffer, content);
        buffer.resize(buffer.size() + record_tag_size);
    }
    const auto batch = from.seal_data(buffer, count * content.size());
    ASSERT_TRUE(batch.has_value());
    ASSERT_EQ(batch->size(), buffer.size());
    ReadyKey ready;
    for (std::size_t i = 0; i < count; ++i) {
        const auto frame = MutableBytes(buffer).subspan(i * max_record, max_record);
        EXPECT_TRUE(std::ranges::equal(frame, *singly.seal(Type::data, content))) << i;
        const auto opened = to.open(frame, ready);
        ASSERT_TRUE(opened.has_value()) << i;
        EXPECT_TRUE(std::ranges::equal(*opened, content)) << i;
    }
}

TEST_P(Records, AreTheSameWhenTheirKeysWereMovedBetween) {
    auto from = sealer();
    auto to = opener();
    for (int i = 0; i < 3; ++i) {
        auto frame = *from.seal(Type::data, pattern(20));
        ASSERT_TRUE(to.open(frame).has_value());
        auto moved_from = std::move(from);
        from = std::move(moved_from);
        auto moved_to = std::move(to);
        to = std::move(moved_to);
    }
}

TEST_P(Records, AtTheLimitOnlyAbortIsLeft) {
    auto from = sealer_with_limit(3);
    Opener to(GetParam(), secret_of(1), 3);
    EXPECT_EQ(from.left(), 3u);
    for (int i = 0; i < 2; ++i) {
        auto frame = *from.seal(Type::data, as_bytes("x"));
        EXPECT_TRUE(to.open(frame).has_value());
    }
    for (const auto type : {Type::data, Type::close, Type::ping}) {
        EXPECT_EQ(from.seal(type, {}).error(), Error::record_limit);
    }
    const std::uint8_t code = 6;
    auto abort = from.seal(Type::abort, {&code, 1});
    ASSERT_TRUE(abort.has_value());
    EXPECT_TRUE(to.open(*abort).has_value());
    EXPECT_EQ(from.left(), 0u);
    EXPECT_EQ(from.seal(Type::abort, {&code, 1}).error(), Error::record_limit);
    auto beyond = *sealer().seal(Type::data, as_bytes("x"));
    EXPECT_EQ(to.open(beyond).error(), Error::record_limit);
}

TEST_P(Records, OfABatchAreAllSealedOrNone) {
    constexpr std::size_t two_and_a_bit = 2 * max_content + 5;
    auto from = sealer_with_limit(4);  // three records and an ABORT
    ByteVector buffer(4 * max_record);
    EXPECT_EQ(from.seal_data(buffer, 3 * max_content + 1).error(), Error::record_limit);
    EXPECT_EQ(from.sequence(), 0u);
    auto sealed = from.seal_data(buffer, two_and_a_bit);
    ASSERT_TRUE(sealed.has_value());
    EXPECT_EQ(sealed->size(), two_and_a_bit + 3 * record_overhead);
    EXPECT_EQ(from.sequence(), 3u);
    EXPECT_EQ(from.seal_data(buffer, 1).error(), Error::record_limit);
    EXPECT_EQ(from.left(), 1u);
    const std::uint8_t code = 6;  // and the receiver is in step with it
    auto to = opener();
    MutableBytes rest(buffer.data(), sealed->size());
    for (const std::size_t size : {max_record, max_record, 5 + record_overhead}) {
        ASSERT_TRUE(to.open(rest.first(size)).has_value());
        rest = rest.subspan(size);
    }
    auto abort = *from.seal(Type::abort, {&code, 1});
    EXPECT_TRUE(to.open(abort).has_value());
}

TEST(RecordLimits, AreTheFormats) {
    EXPECT_EQ(record_limit(Cipher::des168), 1ull << 26);
    EXPECT_EQ(record_limit(Cipher::aes256), 1ull << 48);
    EXPECT_EQ(record_limit(Cipher::chacha20), 1ull << 48);
    EXPECT_EQ(Sealer(Cipher::des168, secret_of(1)).left(), 1ull << 26);
}

/// 8.5: K and otk are of one record, and equal contents never look alike.
TEST_P(Records, NeverRepeatOverThreeEpochs) {
    auto from = sealer();
    std::set<ByteVector> seen;
    const ByteVector content(64);
    for (std::uint64_t i = 0; i < 3 * epoch_size; ++i) {
        const auto frame = *from.seal(Type::data, content);
        for (std::size_t at = header_size; at < frame.size(); at += 16) {  // 4 blocks of keystream, and the tag
            ASSERT_TRUE(seen.emplace(frame.begin() + static_cast<std::ptrdiff_t>(at),
                                     frame.begin() + static_cast<std::ptrdiff_t>(std::min(at + 16, frame.size())))
                            .second)
                << i;
        }
    }
}

}  // namespace
}  // namespace sallyport::channel::native::tests
