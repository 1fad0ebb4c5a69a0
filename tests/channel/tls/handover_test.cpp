/// From OpenSSL's handshake to the record layer, with OpenSSL alone at the other end.
#include "channel/tls/connection.hpp"
#include "tests/channel/tls/certificates.hpp"

namespace sallyport::channel::tls::tests {
namespace {

using channel::tests::Exchange;
using channel::tests::pattern;
using channel::tests::sent;

/// Through OpenSSL's handshake, with OpenSSL alone at one end, which is what a control channel has.
struct Handed : testing::TestWithParam<bool> {
    Issued issued = issue({.alternatives = "DNS:host.example"});
    std::shared_ptr<ServerContext> server = server_of(serving(issued, Version::tls1_3));
    std::shared_ptr<ClientContext> client = client_of(trusting(issued, Version::tls1_3));
    SSL* openssl = SSL_new(GetParam() ? server->ssl.get() : client->ssl.get());  // the other end's
    Exchange exchange = begin();

    Exchange begin() {
        SSL_set_app_data(openssl, nullptr);
        if (GetParam()) {
            SSL_set_accept_state(openssl);
            return Exchange(
                {make_client(client), std::make_unique<Connection>(server, SslPtr(openssl), make_control_bond())});
        }
        SSL_set_connect_state(openssl);
        auto connection = std::make_unique<Connection>(client, SslPtr(openssl), Bond{.role = Role::control});
        connection->shake_hands();
        return Exchange({std::move(connection), make_server(server)});
    }
    Channel& ours() { return GetParam() ? *exchange.client : *exchange.server; }
    Channel& theirs() { return GetParam() ? *exchange.server : *exchange.client; }
    auto& to_ours() { return GetParam() ? exchange.to_client : exchange.to_server; }
    auto& to_theirs() { return GetParam() ? exchange.to_server : exchange.to_client; }
};
INSTANTIATE_TEST_SUITE_P(, Handed, testing::Bool(), [](const auto& test) { return test.param ? "client" : "server"; });

TEST_P(Handed, CarriesBulkBothWays) {
    ASSERT_TRUE(exchange.connect().established());
    const auto text = pattern(2'000'000);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(to_theirs().arrive(sent(ours(), text, 256 * 1024)), error_code());
        EXPECT_TRUE(to_theirs().take_received() == text);
        EXPECT_EQ(to_ours().arrive(sent(theirs(), text, 256 * 1024)), error_code());
        EXPECT_TRUE(to_ours().take_received() == text);
    }
}

TEST_P(Handed, FollowsUpdatesBeforeTheFirstData) {
    ASSERT_TRUE(exchange.connect().established());
    EXPECT_EQ(to_theirs().arrive(sent(ours(), "sealed before")), error_code());
    ByteVector wire;
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(SSL_key_update(openssl, SSL_KEY_UPDATE_REQUESTED), 1);
        SSL_do_handshake(openssl);
        append(wire, theirs().take_pending());
    }
    EXPECT_EQ(wire.size(), 3 * 27u);
    EXPECT_EQ(to_ours().arrive(wire), error_code());
    EXPECT_EQ(to_ours().arrive(sent(theirs(), "under new keys")), error_code());
    EXPECT_EQ(to_ours().take_received(), "under new keys");
    EXPECT_EQ(to_theirs().arrive(sent(ours(), "; and an answer")), error_code());
    EXPECT_EQ(to_theirs().take_received(), "sealed before; and an answer");
    EXPECT_TRUE(carries_data(exchange)) << theirs().info().detail;
}

TEST_P(Handed, SaysByItsOwnRecordsWhatWasWrong) {
    ASSERT_TRUE(exchange.connect().established());
    EXPECT_EQ(to_theirs().arrive(sent(ours(), "sealed before")), error_code());
    auto wire = sent(theirs(), "altered");
    wire.back() ^= 1;
    EXPECT_EQ(to_ours().arrive(wire), Error::bad_record);
    EXPECT_EQ(to_theirs().arrive(ours().take_pending()), Error::peer_aborted);
    EXPECT_NE(theirs().info().detail.find("bad record mac"), std::string::npos) << theirs().info().detail;
}

TEST_P(Handed, EndsBothWays) {
    ASSERT_TRUE(exchange.connect().established());
    ours().end();
    EXPECT_EQ(to_theirs().arrive(ours().take_pending()), error_code());
    EXPECT_TRUE(theirs().peer_ended());
    EXPECT_EQ(to_ours().arrive(sent(theirs(), "the rest")), error_code());
    theirs().end();
    EXPECT_EQ(to_ours().arrive(theirs().take_pending()), error_code());
    EXPECT_TRUE(ours().peer_ended());
    EXPECT_NE(ours().info().suite, "");
}

TEST_P(Handed, RenewsItsKeys) {
    ASSERT_TRUE(exchange.connect().established());
    SSL* const ssl = SSL_new(server->ssl.get());
    SSL_set_accept_state(ssl);
    Exchange pair({make_client(client), std::make_unique<Connection>(server, SslPtr(ssl), Bond{}, 10)});
    ASSERT_TRUE(carries_data(pair.connect()));
    const auto text = pattern(500'000);
    for (int i = 0; i < 25; ++i) ASSERT_EQ(pair.to_client.arrive(sent(*pair.server, "small")), error_code());
    pair.to_client.take_received();
    ASSERT_EQ(pair.to_client.arrive(sent(*pair.server, text, 256 * 1024)), error_code());
    EXPECT_TRUE(pair.to_client.take_received() == text);
    EXPECT_TRUE(carries_data(pair));
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
