// READY, with which a data channel begins to live at the server: docs/native-channel.md, 11.1.
#include <gtest/gtest.h>

#include "channel/native/data_channel.hpp"
#include "tests/channel/native/connection.hpp"

namespace sallyport::channel::native::tests {
namespace {

using channel::tests::Inbox;
using channel::tests::seal_error;

/// A data channel's server end that waits for READY, and the client's keys.
struct Waiting {
    explicit Waiting(Cipher cipher = Cipher::aes256) {
        SeededRandom random(4);
        TokenStore tokens;
        const auto token = tokens.add({secret_of(9), cipher, 1}, random);
        const DataOpen open(secret_of(9), cipher, token, random);
        auto accepted = tokens.take(open.message(), random);
        EXPECT_TRUE(accepted.has_value());
        server = make_data_server(std::move(*accepted));
        d2 = server->take_pending();
        client.emplace(*open.take_answer(d2));
    }
    ByteVector record(Type type, std::string_view content = {}) {
        return *client->sealer.seal(type, as_bytes(content));
    }

    std::unique_ptr<Channel> server;
    ByteVector d2;
    std::optional<DataKeys> client;
};

TEST(DataChannelReady, NothingButTheAnswerLeavesBefore) {
    Waiting waiting;
    EXPECT_EQ(seal_error(*waiting.server), Error::not_established);
    EXPECT_FALSE(waiting.server->ping());
    waiting.server->end();
    EXPECT_FALSE(waiting.server->ended());
    EXPECT_FALSE(waiting.server->has_pending());
    EXPECT_EQ(waiting.server->transport_ended(), Error::truncated);
    Inbox inbox(*waiting.server);
    EXPECT_EQ(inbox.arrive(waiting.record(Type::ready)), error_code());  // and nothing was spoiled
    EXPECT_TRUE(waiting.server->established());

    Waiting aborted;
    aborted.server->abort(AbortCode::timeout);
    EXPECT_FALSE(aborted.server->has_pending());
    EXPECT_FALSE(aborted.server->established());
}

TEST(DataChannelReady, IsTheFirstRecordOrNoneWillDo) {
    const std::pair<Type, std::string> others[] = {
        {Type::data, "x"}, {Type::close, ""}, {Type::abort, "\x01"}, {Type::ping, ""}, {Type::control, "\x01"},
    };
    for (const auto& [type, content] : others) {
        Waiting waiting;
        Inbox inbox(*waiting.server);
        auto wire = waiting.record(type, content);
        append(wire, waiting.record(Type::ready));
        EXPECT_EQ(inbox.arrive(wire), Error::unexpected_record) << static_cast<int>(type);
        EXPECT_EQ(inbox.told(), "");
        EXPECT_FALSE(waiting.server->established() || waiting.server->has_pending());
        EXPECT_FALSE(waiting.server->peer_ended());
    }
}

TEST(DataChannelReady, IsEmpty) {
    Waiting waiting;
    Inbox inbox(*waiting.server);
    EXPECT_EQ(inbox.arrive(waiting.record(Type::ready, "x")), Error::record_too_long);
    EXPECT_FALSE(waiting.server->established() || waiting.server->has_pending());
}

TEST(DataChannelReady, AnyFlippedBitIsRefusedWithoutAWord) {
    for (const auto cipher : {Cipher::aes256, Cipher::chacha20, Cipher::des168}) {
        for_each_flip(Waiting(cipher).record(Type::ready), true, [&](const ByteVector& altered, std::size_t bit) {
            Waiting waiting(cipher);
            Inbox inbox(*waiting.server);
            const auto error = inbox.arrive(altered);
            ASSERT_EQ(error, bit < 8    ? Error::unexpected_record
                             : bit < 24 ? Error::record_too_long
                                        : Error::bad_record)
                << "bit " << bit;
            ASSERT_FALSE(waiting.server->established() || waiting.server->has_pending());
        });
    }
}

TEST(DataChannelReady, ComesOnce) {
    Connection connection({Side::server, 1, Kind::data});
    EXPECT_EQ(connection.arrive(Type::ready), Error::unexpected_record);
    EXPECT_EQ(connection.pending(), said_protocol_abort);
}

TEST(DataChannelReady, IsNeverTheServers) {
    Connection connection({Side::client, 1, Kind::data});
    EXPECT_EQ(connection.arrive(Type::ready), Error::unexpected_record);
    EXPECT_EQ(connection.pending(), said_protocol_abort);
}

TEST(DataChannelReady, AndTheFileBehindItSurviveEveryCut) {
    Waiting model;
    ByteVector wire = model.record(Type::ready);
    for (const auto* part : {"one ", "two ", "three"}) append(wire, model.record(Type::data, part));
    append(wire, model.record(Type::close));
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        Waiting waiting;
        Inbox inbox(*waiting.server);
        ASSERT_EQ(inbox.arrive(Bytes(wire).first(cut)), error_code());
        ASSERT_EQ(waiting.server->established(), cut >= record_overhead);
        ASSERT_EQ(waiting.server->transport_ended(), cut == wire.size() ? error_code() : Error::truncated) << cut;
        ASSERT_EQ(inbox.arrive(Bytes(wire).subspan(cut)), error_code());
        ASSERT_EQ(inbox.received(), "one two three") << cut;
        ASSERT_TRUE(waiting.server->peer_ended());
    }
}

}  // namespace
}  // namespace sallyport::channel::native::tests
