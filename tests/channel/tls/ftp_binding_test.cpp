/// What ties the data connections of an FTP session to its control connection, and what does not.
#include "tests/channel/tls/ftp_session.hpp"
#include "tests/channel/tls/ways.hpp"

namespace sallyport::channel::tls::tests {
namespace {

class DataConnections : public testing::TestWithParam<Way> {
protected:
    std::shared_ptr<ServerContext> server(const std::string& client_ca = {}) const {
        auto settings = serving(issued_, GetParam().version);
        settings.client_ca_pem = client_ca;
        return server_of(std::move(settings));
    }
    std::shared_ptr<ClientContext> client(const Issued* own = nullptr, bool resume = true) const {
        auto settings = trusting(authority_, GetParam().version);
        if (own != nullptr) present(settings, *own);
        settings.resume = resume;
        return keeping_to(GetParam(), client_of(std::move(settings)));
    }

    Issued authority_ = issue({.common_name = "Test CA", .authority = true});
    Issued issued_ = issue({.alternatives = "DNS:host.example"}, &authority_);
    Issued alice_ = issue({.common_name = "alice"}, &authority_);
    Issued bob_ = issue({.common_name = "bob"}, &authority_);
};
INSTANTIATE_TEST_SUITE_P(, DataConnections, testing::ValuesIn(ways),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(DataConnections, TakeUpTheControlSessionAgainAndAgain) {
    for (const bool resume : {true, false}) {  // that setting is for control connections
        const auto control = control_between(client(nullptr, resume), server());
        for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}, SIZE_MAX, SIZE_MAX}) {
            auto data = data_of(control, chunk);
            EXPECT_TRUE(data.carries_data()) << data.client.info().detail << data.server.info().detail;
            EXPECT_TRUE(data.resumed());
            EXPECT_EQ(data.server.binding(), Binding::bound);
            EXPECT_EQ(data.client.binding(), Binding::bound);
            EXPECT_EQ(data.client.info().peer, "certificate CN=host.example");
            end_both(data.exchange);
        }
    }
}

TEST_P(DataConnections, ThatWereCutLeaveTheSessionToOthers) {
    const auto control = control_between(client(), server());
    for (int i = 0; i < 3; ++i) {
        auto data = data_of(control);
        EXPECT_TRUE(data.resumed()) << i;
        data.server.abort(AbortCode::plain_side);
        EXPECT_EQ(data.client.transport_ended(), Error::truncated);
    }
}

TEST_P(DataConnections, OutliveTheirControlConnection) {
    auto control = std::make_unique<FtpExchange>(control_between(client(&alice_), server(authority_.certificate_pem)));
    FtpExchange data(control->client.make_data(), control->server.make_data());
    control.reset();
    data.exchange.connect();
    EXPECT_TRUE(data.carries_data());
    EXPECT_EQ(data.server.binding(), Binding::bound);
}

TEST_P(DataConnections, OfOtherSessionsAreToldFromTheirOwn) {
    const auto the_server = server();
    const auto one = control_between(client(), the_server);
    const auto two = control_between(client(), the_server);
    auto crossed = data_between(two.client, one.server);
    EXPECT_TRUE(crossed.resumed());
    EXPECT_EQ(crossed.server.binding(), Binding::other);
    EXPECT_EQ(data_of(one).server.binding(), Binding::bound);
    EXPECT_EQ(data_of(two).server.binding(), Binding::bound);
}

TEST_P(DataConnections, OfTwoControlConnectionsOfOneClientContextAreNotMixed) {
    const auto the_server = server();
    const auto the_client = client();
    // Both begin before there is a session to take up.
    FtpExchange one(make_control_client(the_client), make_control_server(the_server));
    FtpExchange two(make_control_client(the_client), make_control_server(the_server));
    one.exchange.connect();
    two.exchange.connect();
    EXPECT_FALSE(two.resumed());
    EXPECT_EQ(data_of(one).server.binding(), Binding::bound);
    EXPECT_EQ(data_of(two).server.binding(), Binding::bound);
    EXPECT_EQ(data_between(two.client, one.server).server.binding(), Binding::other);
}

TEST_P(DataConnections, ByAFullHandshakeAreTiedByNothing) {
    const auto control = control_between(client(), server());
    EXPECT_EQ(binding_of_stranger(client(), control.server), Binding::none);
}

TEST_P(DataConnections, LeaveNoSessionThatCouldBeTakenUp) {
    const auto control = control_between(client(), server());
    const auto stranger = client();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(binding_of_stranger(stranger, control.server), Binding::none);
}

TEST_P(DataConnections, OfASessionThatNoControlConnectionMadeAreOther) {
    const auto the_server = server();
    const auto the_client = client();
    auto single = exchange_between(the_client, the_server);
    EXPECT_TRUE(carries_data(single));
    end_both(single);
    const auto control = control_between(client(), the_server);
    EXPECT_EQ(binding_of_stranger(the_client, control.server), Binding::other);
}

TEST_P(DataConnections, OfAControlConnectionThatWasItselfResumedAreBound) {
    const auto the_server = server();
    const auto the_client = client();
    auto first = control_between(the_client, the_server);
    EXPECT_FALSE(first.resumed());
    const auto second = control_between(the_client, the_server);
    EXPECT_TRUE(second.resumed());
    for (int i = 0; i < 3; ++i) {
        const auto data = data_of(second);
        EXPECT_TRUE(data.resumed());
        EXPECT_EQ(data.server.binding(), Binding::bound);
    }
    // In TLS 1.2 both have the same session; whoever holds it is one and the same client.
    const auto crossed = GetParam().version == Version::tls1_2 ? Binding::bound : Binding::other;
    EXPECT_EQ(data_between(first.client, second.server).server.binding(), crossed);
}

TEST_P(DataConnections, AreNotDisturbedByWhatHappensToTheContextsSessions) {
    const auto the_server = server();
    const auto the_client = client();
    const auto first = control_between(the_client, the_server);
    EXPECT_TRUE(control_between(the_client, the_server).resumed());  // and cut
    EXPECT_TRUE(data_of(first).resumed());
    const auto second = control_between(the_client, the_server);
    EXPECT_TRUE(second.resumed());
    EXPECT_TRUE(exchange_between(the_client, the_server).established());  // and cut; no FTP session
    for (const auto* control : {&first, &second}) {
        const auto data = data_of(*control);
        EXPECT_TRUE(data.resumed());
        EXPECT_TRUE(data.exchange.established());
    }
}

TEST_P(DataConnections, WithTheControlConnectionsClientCertificateAreBound) {
    const auto control = control_between(client(&alice_), server(authority_.certificate_pem));
    EXPECT_EQ(binding_of_stranger(client(&alice_), control.server), Binding::bound);
    EXPECT_EQ(binding_of_stranger(client(&bob_), control.server), Binding::other);
    const auto data = data_of(control);
    EXPECT_TRUE(data.resumed());
    EXPECT_EQ(data.server.binding(), Binding::bound);
    EXPECT_EQ(data.server.info().peer, "certificate CN=alice");
}

TEST_P(DataConnections, WithAnotherCertificateInTheSessionAreOther) {
    const auto the_server = server(authority_.certificate_pem);
    const auto alice = control_between(client(&alice_), the_server);
    const auto bob = control_between(client(&bob_), the_server);
    const auto data = data_between(bob.client, alice.server);
    EXPECT_TRUE(data.resumed());
    EXPECT_EQ(data.server.binding(), Binding::other);
}

TEST_P(DataConnections, WithoutTheRequiredCertificateAreRefused) {
    const auto control = control_between(client(&alice_), server(authority_.certificate_pem));
    channel::tests::Exchange exchange({make_client(client()), control.server.make_data()});
    exchange.connect();
    EXPECT_EQ(exchange.to_server.error(), Error::certificate_unknown);
    EXPECT_FALSE(exchange.server->established());
}

TEST(SessionIds, ThatBecomeTicketsKeepWhatTheyAreBoundTo) {
    const auto issued = issue({.alternatives = "DNS:host.example"});
    const auto the_server = server_of(serving(issued, Version::tls1_2));
    const auto the_client = client_of(trusting(issued, Version::tls1_2));
    SSL_CTX_set_options(the_client->ssl.get(), SSL_OP_NO_TICKET);
    const auto first = control_between(the_client, the_server);
    SSL_CTX_clear_options(the_client->ssl.get(), SSL_OP_NO_TICKET);
    const auto second = control_between(the_client, the_server);  // offers the id, and takes a ticket of it
    EXPECT_TRUE(second.resumed());
    for (const auto* control : {&second, &first}) {
        const auto data = data_of(*control);
        EXPECT_TRUE(data.resumed());
        EXPECT_EQ(data.server.binding(), Binding::bound);
    }
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
