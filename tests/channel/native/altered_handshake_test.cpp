// Each bit of M2, M3 and M4 changed, each of them cut, lengthened or sent twice: whatever arrives, neither side comes
// to believe that it has a session. Through the channel, which frames the messages.
#include <gtest/gtest.h>

#include "channel/native/native.hpp"
#include "tests/channel/exchange.hpp"
#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

using channel::tests::Inbox;

class AlteredHandshake : public testing::TestWithParam<SuiteAndMode> {
protected:
    AlteredHandshake()
        : client_settings_(shared(client_settings(GetParam().mode, only(GetParam().suite)))),
          context_(shared(server_settings(GetParam().mode))),
          right_(client_settings_, context_) {
        EXPECT_EQ(right_.shake(), error_code());
    }

    /// X25519 is quick enough for every bit; one bit of each byte elsewhere: the frames are the same.
    bool every_bit() const { return Suite::from_number(GetParam().suite)->key_exchange() == KeyExchange::x25519; }

    /// A client, with its hello away, gets these bytes.
    void expect_client_refuses(const ByteVector& m2, const ByteVector& m3, const std::string& what) {
        SeededRandom random(client_seed);
        const auto client = make_client(client_settings_, random);
        client->take_pending();
        Inbox inbox(*client);
        ByteVector wire = m2;
        append(wire, m3);
        expect_refused(*client, inbox, inbox.arrive(wire), what);
    }

    /// A server that has answered the hello gets these bytes.
    void expect_server_refuses(const ByteVector& m4, const std::string& what) {
        SeededRandom random(server_seed);
        const auto server = make_server(context_, admit(), random);
        Inbox inbox(*server);
        ASSERT_EQ(inbox.arrive(right_.client.hello()), error_code());
        server->take_pending();
        expect_refused(*server, inbox, inbox.arrive(m4), what);
    }

    static void expect_refused(Channel& channel, const Inbox& inbox, error_code error, const std::string& what) {
        ASSERT_FALSE(channel.established()) << what;
        ASSERT_FALSE(channel.has_pending()) << what;  // no word beyond a closed connection
        ASSERT_TRUE(error || inbox.unopened() > 0) << what;
        const auto at_end = channel.transport_ended();
        ASSERT_TRUE(at_end) << what;
        if (error) {
            ASSERT_EQ(at_end, error) << what;
        }
        ASSERT_FALSE(channel.peer_ended()) << what;
    }

    std::shared_ptr<const ClientSettings> client_settings_;
    std::shared_ptr<const ServerContext> context_;
    Handshake right_;
};
INSTANTIATE_TEST_SUITE_P(, AlteredHandshake, testing::ValuesIn(all_suites_and_modes()), name_of);

TEST_P(AlteredHandshake, ClientRefusesEveryChangeOfM2) {
    for_each_flip(right_.m2, every_bit(), [&](const ByteVector& m2, std::size_t i) {
        expect_client_refuses(m2, right_.m3, "M2 " + std::to_string(i));
    });
}

TEST_P(AlteredHandshake, ClientRefusesEveryChangeOfM3) {
    for_each_flip(right_.m3, every_bit(), [&](const ByteVector& m3, std::size_t i) {
        expect_client_refuses(right_.m2, m3, "M3 " + std::to_string(i));
    });
}

TEST_P(AlteredHandshake, ServerRefusesEveryChangeOfM4) {
    for_each_flip(right_.m4, every_bit(),
                  [&](const ByteVector& m4, std::size_t i) { expect_server_refuses(m4, "M4 " + std::to_string(i)); });
}

TEST_P(AlteredHandshake, NothingShortOfAllIsEnough) {
    ByteVector reply = right_.m2;
    append(reply, right_.m3);
    SeededRandom random(client_seed);
    const auto client = make_client(client_settings_, random);
    client->take_pending();
    Inbox to_client(*client);
    for (std::size_t i = 0; i + 1 < reply.size(); ++i) {
        ASSERT_EQ(to_client.arrive(Bytes(reply).subspan(i, 1)), error_code()) << i;
        ASSERT_FALSE(client->established() || client->has_pending()) << i;
        ASSERT_TRUE(client->transport_ended()) << i;
    }
    ASSERT_EQ(to_client.arrive(Bytes(reply).last(1)), error_code());
    ASSERT_TRUE(client->established());
    const auto m4 = client->take_pending();
    ASSERT_EQ(to_hex(m4), to_hex(right_.m4));

    SeededRandom other(server_seed);
    const auto server = make_server(context_, admit(), other);
    Inbox to_server(*server);
    const auto& m1 = right_.client.hello();
    for (std::size_t i = 0; i + 1 < m1.size() + m4.size(); ++i) {
        ASSERT_EQ(to_server.arrive({i < m1.size() ? &m1[i] : &m4[i - m1.size()], 1}), error_code()) << i;
        ASSERT_EQ(server->has_pending(), i + 1 >= m1.size()) << i;
        ASSERT_FALSE(server->established()) << i;
        ASSERT_TRUE(server->transport_ended()) << i;
    }
    ASSERT_EQ(to_server.arrive({&m4.back(), 1}), error_code());
    ASSERT_TRUE(server->established());
}

TEST_P(AlteredHandshake, MessagesOutOfPlaceAreRefused) {
    expect_client_refuses(right_.m3, right_.m2, "M3 before M2");
    expect_client_refuses(right_.m2, right_.m2, "M2 twice");
    expect_client_refuses(right_.m4, right_.m3, "M4 for M2");
    expect_client_refuses(right_.m2, right_.m4, "M4 for M3");
    expect_server_refuses(right_.m3, "M3 for M4");
    expect_server_refuses(right_.client.hello(), "M1 twice");
    expect_server_refuses(right_.m2, "M2 for M4");
}

}  // namespace
}  // namespace sallyport::channel::native::tests
