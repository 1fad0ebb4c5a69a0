// FTP's data channels from a control session's token to their records: docs/native-channel.md, 11 and 11.1.
#include "channel/native/data_channel.hpp"

#include <gtest/gtest.h>

#include "tests/channel/native/connection.hpp"
#include "tests/channel/native/vectors.hpp"

namespace sallyport::channel::native::tests {
namespace {

using channel::tests::Inbox;
using channel::tests::sent;

TEST(DataChannelStart, IsKnownByItsFiveFirstBytes) {
    using Answer = std::optional<bool>;
    const std::pair<std::string_view, Answer> starts[] = {
        {"", Answer()},     {"S", Answer()},      {"SP", Answer()},    {"SPC", Answer()},       {"SPC1", Answer()},
        {"SPC1\x21", true}, {"SPC1\x21zz", true}, {"SPC1\x01", false}, {"SPC1\x22", false},     {"SPC1\x31zzz", false},
        {"SPC2", false},    {"SPC2\x21", false},  {"X", false},        {"\x16\x03\x01", false}, {"SPX", false},
        {"USER", false},    {"USER!zz", false},
    };
    for (const auto& [start, answer] : starts) {
        const ByteVector exact(as_bytes(start).begin(), as_bytes(start).end());
        EXPECT_EQ(begins_data_channel(exact), answer) << start;
    }
}

/// A control session between two ends, and the server's store of tokens.
class DataChannels : public testing::TestWithParam<unsigned> {
protected:
    DataChannels() { channel::tests::settle(*control_client_, to_client_, *control_server_, to_server_); }

    Token grant(std::uint64_t owner = 1) { return control_server_->grant(tokens_, owner, random_); }
    /// The data channel's server end for what `client` has just said; null when it is a stranger's.
    std::unique_ptr<Channel> accept(Channel& client) {
        auto accepted = tokens_.take(client.take_pending(), random_);
        return accepted ? make_data_server(std::move(*accepted)) : nullptr;
    }

    SeededRandom random_{3};
    std::unique_ptr<ControlChannel> control_client_ =
        make_control_client(shared(client_settings(with_everything, only(GetParam()))), random_);
    std::unique_ptr<ControlChannel> control_server_ =
        make_control_server(shared(server_settings(with_everything)), admit(), random_);
    Inbox to_client_{*control_client_}, to_server_{*control_server_};
    TokenStore tokens_;
};
INSTANTIATE_TEST_SUITE_P(, DataChannels, testing::Values(1u, 4u, 9u),
                         [](const auto& row) { return "suite_" + std::to_string(row.param); });

TEST_P(DataChannels, OpenWithTheTokenOfTheirSession) {
    const auto client = control_client_->open_data(grant(42), random_);
    EXPECT_FALSE(client->established());
    const auto d1 = client->take_pending();
    ASSERT_EQ(d1.size(), data_open_size);
    EXPECT_EQ(begins_data_channel(d1), true);
    auto accepted = tokens_.take(d1, random_);
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->owner, 42u);
    const auto server = make_data_server(std::move(*accepted));
    Inbox to_client(*client), to_server(*server);
    EXPECT_FALSE(server->established());
    EXPECT_EQ(to_client.arrive(server->take_pending()), error_code());
    EXPECT_TRUE(client->established());
    EXPECT_EQ(to_server.arrive(client->take_pending()), error_code());
    EXPECT_TRUE(server->established());
    EXPECT_EQ(to_server.arrive(sent(*client, "up")), error_code());
    EXPECT_EQ(to_client.arrive(sent(*server, "down")), error_code());
    EXPECT_EQ(to_server.received() + to_client.received(), "updown");
}

TEST_P(DataChannels, AreKnownForWhatTheirControlSessionIs) {
    const auto client = control_client_->open_data(grant(), random_);
    const auto server = accept(*client);
    ASSERT_TRUE(server);
    for (const auto& [data, control] :
         {std::pair(client.get(), control_client_.get()), std::pair(server.get(), control_server_.get())}) {
        EXPECT_EQ(data->info().kind, "native");
        EXPECT_EQ(data->info().suite, Suite::from_number(GetParam())->text());
        EXPECT_EQ(data->info().legacy, GetParam() >= 5);
        EXPECT_EQ(data->info().peer, control->info().peer);
        EXPECT_NE(data->info().peer, "");
        EXPECT_FALSE(data->near_limit());
    }
}

TEST_P(DataChannels, LiveOnWithoutTheirControlSession) {
    const auto client = control_client_->open_data(grant(), random_);
    control_client_.reset();
    control_server_.reset();
    const auto server = accept(*client);
    ASSERT_TRUE(server);
    Inbox to_client(*client), to_server(*server);
    channel::tests::settle(*client, to_client, *server, to_server, 1);
    ASSERT_TRUE(client->established() && server->established());
    EXPECT_EQ(to_server.arrive(sent(*client, "file")), error_code());
    EXPECT_EQ(to_server.received(), "file");
}

TEST_P(DataChannels, ATokenOpensOneOfThem) {
    const auto token = grant();
    const auto first = control_client_->open_data(token, random_);
    const auto second = control_client_->open_data(token, random_);
    const auto d1 = first->take_pending();
    EXPECT_TRUE(tokens_.take(d1, random_).has_value());
    const auto again = tokens_.take(d1, random_);
    EXPECT_EQ(again.error(), Error::stranger);
    EXPECT_EQ(accept(*second), nullptr);
    EXPECT_EQ(tokens_.size(), 0u);
}

TEST_P(DataChannels, AWrongMacKeepsTheToken) {
    const auto client = control_client_->open_data(grant(), random_);
    const auto d1 = client->take_pending();
    auto altered = d1;
    altered.back() ^= 1;
    EXPECT_EQ(tokens_.take(altered, random_).error(), Error::stranger);
    EXPECT_EQ(tokens_.size(), 1u);
    EXPECT_TRUE(tokens_.take(d1, random_).has_value());
}

TEST_P(DataChannels, AreNotOpenedByAnotherSessionsToken) {
    SeededRandom other_random(77);
    const auto other_client = make_control_client(shared(client_settings(pinned, only(GetParam()))), other_random);
    const auto other_server = make_control_server(shared(server_settings(pinned)), admit(), other_random);
    Inbox to_other_client(*other_client), to_other_server(*other_server);
    channel::tests::settle(*other_client, to_other_client, *other_server, to_other_server);
    const auto stolen = other_client->open_data(grant(), random_);
    EXPECT_EQ(accept(*stolen), nullptr);
    EXPECT_EQ(tokens_.size(), 1u);
}

TEST_P(DataChannels, SilenceIsATokenThatWasNotAccepted) {
    const auto client = control_client_->open_data(grant(), random_);
    EXPECT_EQ(client->transport_ended(), Error::truncated);
    EXPECT_EQ(client->info().detail, "the host did not accept the token of this data channel");
}

TEST_P(DataChannels, RefuseAnyOtherAnswerAndSayNothing) {
    const auto token = grant();
    const auto client = control_client_->open_data(token, random_);
    const auto server = accept(*client);
    ASSERT_TRUE(server);
    const auto d2 = server->take_pending();
    SeededRandom untouched = random_;
    for_each_flip(d2, true, [&](const ByteVector& altered, std::size_t bit) {
        random_ = SeededRandom(3);
        const auto fresh = control_client_->open_data(token, random_);
        fresh->take_pending();
        Inbox inbox(*fresh);
        const auto error = inbox.arrive(altered);
        ASSERT_EQ(error, bit < 24 ? Error::bad_answer : Error::bad_finish) << "bit " << bit;
        ASSERT_FALSE(fresh->established() || fresh->has_pending());
    });
    random_ = untouched;
    Inbox inbox(*client);
    EXPECT_EQ(inbox.arrive_in_chunks(d2, 1), error_code());
    EXPECT_TRUE(client->established());
}

TEST_P(DataChannels, DoNotTakeEachOthersRecordsNorTheControlSessions) {
    const auto client = control_client_->open_data(grant(), random_);
    const auto other_client = control_client_->open_data(grant(), random_);
    const auto server = accept(*client), other_server = accept(*other_client);
    ASSERT_TRUE(server && other_server);
    Inbox to_client(*client), to_other_client(*other_client);
    const auto d2 = server->take_pending();
    EXPECT_EQ(to_other_client.arrive(d2), Error::bad_finish);
    ASSERT_EQ(to_client.arrive(d2), error_code());
    const auto ready = client->take_pending();
    Inbox to_server(*server), to_other_server(*other_server);
    EXPECT_EQ(to_other_server.arrive(ready), Error::bad_record);
    ASSERT_EQ(to_server.arrive(ready), error_code());
    EXPECT_EQ(to_server.arrive(sent(*control_client_, "STOR x\r\n")), Error::bad_record);
    EXPECT_EQ(to_server.received(), "");
    EXPECT_EQ(to_server_.arrive(sent(*client, "file")), Error::bad_record);  // and the other way round
}

/// The records of a vector, from `sealer`'s side: a data channel ends with CLOSE.
std::string frames(const boost::json::value& records) {
    std::string all;
    for (const auto& entry : records.as_array()) all += text_of(entry.as_object().at("frame"));
    return all;
}

TEST(DataChannelVectors, AreReproducedByBothEnds) {
    std::size_t seen = 0;
    for (const auto& each : vectors().at("handshakes").as_array()) {
        const auto& handshake = each.as_object();
        if (!handshake.contains("data_channel")) continue;
        ++seen;
        const auto& v = handshake.at("data_channel").as_object();
        const auto name = text_of(handshake.at("name"));
        SCOPED_TRACE(name);
        const auto exporter = secret_of(handshake.at("exp"));
        const auto cipher = Suite::from_number(static_cast<unsigned>(handshake.at("suite").as_int64()))->cipher();
        ScriptedRandom client_random(name, {"data client random"});
        ScriptedRandom server_random(name, {"token", "data server random"});

        TokenStore tokens;
        const auto token = tokens.add({exporter.duplicate(), cipher, 1}, server_random);
        const auto client = make_data_client(DataOpen(exporter, cipher, token, client_random), cipher, {});
        const auto d1 = client->take_pending();
        EXPECT_EQ(to_hex(d1), text_of(v.at("d1")));
        auto accepted = tokens.take(d1, server_random);
        ASSERT_TRUE(accepted.has_value());
        const auto server = make_data_server(std::move(*accepted));
        const auto d2 = server->take_pending();
        EXPECT_EQ(to_hex(d2), text_of(v.at("d2")));

        Inbox to_client(*client), to_server(*server);
        ASSERT_EQ(to_client.arrive(d2), error_code());
        client->end();
        const auto said = client->take_pending();  // READY, CLOSE
        EXPECT_EQ(to_hex(said), frames(v.at("records_c")));
        ASSERT_EQ(to_server.arrive(said), error_code());
        auto file = sent(*server, "file");
        server->end();
        append(file, server->take_pending());
        EXPECT_EQ(to_hex(file), frames(v.at("records_s")));
        ASSERT_EQ(to_client.arrive(file), error_code());
        EXPECT_EQ(to_client.received(), "file");
        EXPECT_TRUE(client->peer_ended() && server->peer_ended());
    }
    EXPECT_EQ(seen, 9u);
}

}  // namespace
}  // namespace sallyport::channel::native::tests
