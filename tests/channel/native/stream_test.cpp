// The native channel once it is established: docs/native-channel.md, 8.8, 9, 10 and the last table of 16.
#include <gtest/gtest.h>

#include "tests/channel/native/connection.hpp"

namespace sallyport::channel::native::tests {
namespace {

using channel::tests::seal_error;
using channel::tests::sent;

class Stream : public testing::TestWithParam<Row>, protected Connection {
protected:
    Stream() : Connection(GetParam()) {}
};

const Row rows[] = {
    {Side::client, 1},
    {Side::server, 1},
    {Side::client, 2},
    {Side::server, 2},
    {Side::client, 9},
    {Side::server, 9},
    {Side::client, 1, Kind::control},
    {Side::server, 1, Kind::control},
    {Side::client, 1, Kind::data},
    {Side::server, 1, Kind::data},
    {Side::client, 5, Kind::data},
    {Side::server, 5, Kind::data},
};
INSTANTIATE_TEST_SUITE_P(, Stream, testing::ValuesIn(rows), name_of_row);

TEST_P(Stream, IsCutAtEveryByte) {
    const std::string text = channel::tests::pattern(100);
    ByteVector wire;
    for (const auto& part : {text.substr(0, 1), text.substr(1, 60), text.substr(61)})
        append(wire, record(Type::data, part));
    append(wire, record(Type::ping));
    append(wire, record(Type::close));
    EXPECT_EQ(inbox_->arrive_in_chunks(wire, 1), error_code());
    EXPECT_EQ(inbox_->received(), text);
    EXPECT_TRUE(channel_->peer_ended());
}

TEST_P(Stream, HasAnEndOnlyByClose) {
    arrive(Type::data, "x");
    const auto close = record(Type::close);
    for (std::size_t i = 0; i < close.size(); ++i) {
        EXPECT_FALSE(channel_->peer_ended());
        EXPECT_EQ(channel_->transport_ended(), Error::truncated);
        ASSERT_EQ(inbox_->arrive(Bytes(close).subspan(i, 1)), error_code());
    }
    EXPECT_TRUE(channel_->peer_ended());
    EXPECT_EQ(channel_->transport_ended(), error_code());
}

TEST_P(Stream, TypesAndLengthsAreJudgedAtTheHead) {
    struct Length {
        unsigned least, most;
    };
    const auto lengths_of = [](unsigned type) -> std::optional<Length> {  // section 9, 11, and the tag
        if (type == 0x10) return Length{17, 16400};
        if (type == 0x11 || type == 0x13) return Length{16, 16};
        if (type == 0x12) return Length{17, 17};
        if (type == 0x14 && GetParam().kind == Kind::control) return Length{17, 33};
        return std::nullopt;  // READY too: it is a data channel's first record and nothing else
    };
    for (unsigned type = 0; type <= 255; ++type) {
        for (const unsigned length : {0u, 1u, 15u, 16u, 17u, 18u, 33u, 34u, 16399u, 16400u, 16401u, 65535u}) {
            const auto allowed = lengths_of(type);
            if (!allowed && length != 16) continue;
            const bool fits = allowed && length >= allowed->least && length <= allowed->most;
            const auto expected = fits      ? error_code()
                                  : allowed ? error_code(Error::record_too_long)
                                            : error_code(Error::unexpected_record);
            Connection fresh(GetParam());
            const ByteVector head{static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(length >> 8),
                                  static_cast<std::uint8_t>(length)};
            ASSERT_EQ(fresh.inbox_->arrive(head), expected) << type << ' ' << length;
            ASSERT_EQ(fresh.pending(), fits ? "" : said_protocol_abort) << type << ' ' << length;
        }
    }
}

TEST_P(Stream, AnAbortOfThePeerIsFinalAndExplained) {
    EXPECT_EQ(arrive(Type::abort, "\x03"), Error::peer_aborted);
    EXPECT_EQ(channel_->info().detail, "the other end's plain connection was reset");
    EXPECT_FALSE(channel_->has_pending());  // an ABORT is not answered
    EXPECT_EQ(arrive(Type::data, "x"), Error::peer_aborted);
    EXPECT_EQ(channel_->transport_ended(), Error::peer_aborted);
    EXPECT_FALSE(channel_->peer_ended());
    expect_over();
}

TEST_P(Stream, AnAbortOfUnknownCodeIsShownAsItsNumber) {
    EXPECT_EQ(arrive(Type::abort, "\xC8"), Error::peer_aborted);
    EXPECT_EQ(channel_->info().detail, "code 200");
}

TEST_P(Stream, DataBeforeAnAbortIsDelivered) {
    auto wire = record(Type::data, "so far");
    append(wire, record(Type::abort, "\x03"));
    append(wire, record(Type::data, "not this"));
    EXPECT_EQ(inbox_->arrive(wire), Error::peer_aborted);
    EXPECT_EQ(inbox_->received(), "so far");
}

TEST_P(Stream, AnAbortOfOursIsSaidOnce) {
    channel_->abort(AbortCode::target_unreachable);
    EXPECT_EQ(pending(), "12 04 ");
    expect_over();
}

TEST_P(Stream, AnEndOfOursIsSaidOnce) {
    channel_->end();
    channel_->end();
    EXPECT_EQ(pending(), "11  ");
    EXPECT_TRUE(channel_->ended());
    EXPECT_TRUE(channel_->established());  // the other direction lives
    EXPECT_EQ(seal_error(*channel_), Error::not_established);
}

TEST_P(Stream, PingsBeforeAndAfterEitherEnd) {
    EXPECT_TRUE(channel_->ping());
    EXPECT_EQ(arrive(Type::ping), error_code());
    channel_->end();
    EXPECT_TRUE(channel_->ping());
    EXPECT_EQ(arrive(Type::ping), error_code());
    EXPECT_EQ(arrive(Type::data, "still"), error_code());
    EXPECT_EQ(arrive(Type::close), error_code());
    EXPECT_EQ(pending(), "13  11  13  ");
    EXPECT_FALSE(channel_->ping());  // 9: until CLOSE has also been received
    EXPECT_FALSE(channel_->has_pending());
}

TEST_P(Stream, PingsAfterThePeersEndUntilOurs) {
    EXPECT_EQ(arrive(Type::close), error_code());
    EXPECT_EQ(arrive(Type::ping), error_code());
    EXPECT_TRUE(channel_->ping());
    EXPECT_EQ(pending(), "13  ");
}

TEST_P(Stream, DataAfterAnEndIsRefused) {
    ASSERT_EQ(arrive(Type::close), error_code());
    EXPECT_EQ(arrive(Type::data, "x"), Error::unexpected_record);
    EXPECT_EQ(inbox_->received(), "");
    EXPECT_EQ(pending(), said_protocol_abort);
    EXPECT_NE(channel_->transport_ended(), error_code());
    expect_over();
}

TEST_P(Stream, ASecondEndIsRefused) {
    ASSERT_EQ(arrive(Type::close), error_code());
    EXPECT_EQ(arrive(Type::close), Error::unexpected_record);
    EXPECT_EQ(pending(), said_protocol_abort);
}

TEST_P(Stream, AnAbortAfterAnEndIsOne) {
    ASSERT_EQ(arrive(Type::close), error_code());
    EXPECT_EQ(arrive(Type::abort, "\x02"), Error::peer_aborted);
    EXPECT_EQ(channel_->transport_ended(), Error::peer_aborted);
}

TEST_P(Stream, AfterBothEndsWhatArrivesIsDiscardedUnread) {
    for (const bool ours_first : {true, false}) {
        Connection fresh(GetParam());
        if (ours_first) fresh.channel_->end();
        auto wire = fresh.record(Type::close);
        if (ours_first) append(wire, as_bytes("no record at all, and longer than a head"));
        EXPECT_EQ(fresh.inbox_->arrive(wire), error_code());
        if (!ours_first) fresh.channel_->end();
        EXPECT_EQ(fresh.inbox_->arrive(as_bytes("xx")), error_code());
        EXPECT_EQ(fresh.arrive(Type::data, "x"), error_code());
        EXPECT_EQ(fresh.arrive(Type::abort, "\x01"), error_code());
        EXPECT_EQ(fresh.inbox_->unopened(), 0u);
        EXPECT_EQ(fresh.inbox_->received(), "");
        EXPECT_EQ(fresh.channel_->transport_ended(), error_code());
        EXPECT_EQ(fresh.pending(), "11  ");
        fresh.channel_->abort(AbortCode::timeout);  // 10.4: nothing more is sent
        EXPECT_FALSE(fresh.channel_->has_pending());
    }
}

TEST_P(Stream, ABadRecordIsToldByAnAbortAndNoMore) {
    auto wire = record(Type::data, "right");
    auto bad = record(Type::data, "wrong");
    bad[5] ^= 0x40;
    append(wire, bad);
    append(wire, record(Type::data, "behind"));
    EXPECT_EQ(inbox_->arrive(wire), Error::bad_record);
    EXPECT_EQ(inbox_->received(), "right");
    EXPECT_EQ(pending(), said_protocol_abort);
    EXPECT_EQ(channel_->transport_ended(), Error::bad_record);
    expect_over();
}

TEST_P(Stream, ItsOwnRecordsSentBackAreRefused) {
    const auto wire = sent(*channel_, "echo");
    EXPECT_EQ(inbox_->arrive(wire), Error::bad_record);
    EXPECT_EQ(inbox_->received(), "");
}

TEST_P(Stream, AfterItsOwnAbortNothingCountsAsAnEnd) {
    channel_->abort(AbortCode::timeout);
    EXPECT_EQ(channel_->transport_ended(), Error::truncated);
}

}  // namespace
}  // namespace sallyport::channel::native::tests
