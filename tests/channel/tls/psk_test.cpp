/// Pre-shared keys, as stunnel's PSKsecrets has them.
#include <numeric>

#include "tests/channel/tls/ftp_session.hpp"

namespace sallyport::channel::tls::tests {
namespace {

PreSharedKey psk(std::string identity, std::uint8_t first) {
    PreSharedKey key{std::move(identity), {}};
    auto bytes = key.key.writable();
    std::iota(bytes.begin(), bytes.end(), first);
    return key;
}

class Psk : public testing::TestWithParam<Version> {
protected:
    static std::shared_ptr<ServerContext> server() {
        ServerSettings settings;
        settings.psk.push_back(psk("alice", 1));
        settings.psk.push_back(psk("bob", 2));
        settings.least = settings.most = GetParam();
        return server_of(std::move(settings));
    }
    static std::shared_ptr<ClientContext> client(PreSharedKey key) {
        auto settings = asking(GetParam());
        settings.psk.push_back(std::move(key));
        return client_of(std::move(settings));
    }
};
INSTANTIATE_TEST_SUITE_P(, Psk, testing::ValuesIn(versions), [](const auto& test) { return name_of(test.param); });

TEST_P(Psk, ProvesBothEnds) {
    auto exchange = exchange_between(client(psk("bob", 2)), server());
    EXPECT_TRUE(carries_data(exchange)) << exchange.client->info().detail << exchange.server->info().detail;
    EXPECT_EQ(exchange.client->info().peer, "psk bob");
    EXPECT_EQ(exchange.server->info().peer, "psk bob");
    EXPECT_EQ(exchange.client->info().offered_key, "");
}

TEST_P(Psk, BindsTheDataConnectionsOfItsControlConnection) {
    const auto the_server = server();
    const auto alice = control_between(client(psk("alice", 1)), the_server);
    const auto bob = control_between(client(psk("bob", 2)), the_server);
    for (int i = 0; i < 2; ++i) {
        auto data = data_of(alice);
        EXPECT_TRUE(data.carries_data());
        EXPECT_EQ(data.server.binding(), Binding::bound);
        EXPECT_EQ(data.client.binding(), Binding::bound);
        EXPECT_FALSE(data.resumed());
    }
    EXPECT_EQ(data_between(bob.client, alice.server).server.binding(), Binding::other);
    alice.server.renew_ticket();
    EXPECT_FALSE(alice.server.has_pending());
}

TEST_P(Psk, IsAskedForAtEveryConnection) {
    const auto the_server = server();
    const auto the_client = client(psk("bob", 2));
    for (int i = 0; i < 2; ++i) {
        auto exchange = exchange_between(the_client, the_server);
        EXPECT_TRUE(carries_data(exchange));
        EXPECT_FALSE(exchange.server->info().resumed);
        EXPECT_EQ(exchange.server->info().peer, "psk bob");
        end_both(exchange);
    }
}

TEST_P(Psk, OfAnotherValueOrIdentityIsRefused) {
    for (const auto* identity : {"alice", "mallory"}) {
        auto exchange = exchange_between(client(psk(identity, 2)), server());
        EXPECT_EQ(exchange.to_server.error(), Error::handshake_failed);
        EXPECT_NE(exchange.server->info().detail, "");
        EXPECT_FALSE(exchange.server->established());
        EXPECT_FALSE(exchange.client->established());
        EXPECT_EQ(exchange.to_client.error(), Error::handshake_failed);  // by the server's alert
        EXPECT_EQ(exchange.server->info().peer, "");
    }
}

TEST_P(Psk, MissingAtTheClientIsRefused) {
    const auto authority = issue({.authority = true});
    auto exchange = exchange_between(client_of(trusting(authority, GetParam())), server());
    EXPECT_EQ(exchange.to_server.error(), Error::handshake_failed);
    EXPECT_FALSE(exchange.client->established());
}

TEST_P(Psk, MissingAtTheServerIsRefused) {
    const auto issued = issue({.alternatives = "DNS:host.example"});
    auto exchange = exchange_between(client(psk("alice", 1)), server_of(serving(issued, GetParam())));
    EXPECT_FALSE(exchange.client->established());
    EXPECT_FALSE(exchange.server->established());
    // In TLS 1.3 the server falls back to its certificate, which a client with a PSK does not ask about.
    EXPECT_EQ(exchange.to_client.error(),
              GetParam() == Version::tls1_3 ? Error::certificate_unknown : Error::handshake_failed);
}

TEST(PskSettings, AreCheckedWhenTheContextIsMade) {
    SettingsError error;
    ClientSettings two;
    two.psk.push_back(psk("alice", 1));
    two.psk.push_back(psk("bob", 2));
    EXPECT_EQ(make_client_context(std::move(two), error), nullptr);
    EXPECT_NE(error.sentence.find("one pre-shared key"), std::string::npos);
    for (const auto& identity : {std::string(), std::string(129, 'a'), std::string("a\0b", 3)}) {
        ServerSettings settings;
        settings.psk.push_back(psk(identity, 1));
        EXPECT_EQ(make_server_context(std::move(settings), error), nullptr);
        EXPECT_NE(error.sentence.find("identity"), std::string::npos);
    }
    ServerSettings longest;
    longest.psk.push_back(psk(std::string(128, 'a'), 1));
    ClientSettings its_client;
    its_client.psk.push_back(psk(std::string(128, 'a'), 1));
    auto exchange = exchange_between(client_of(std::move(its_client)), server_of(std::move(longest)));
    EXPECT_TRUE(carries_data(exchange));
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
