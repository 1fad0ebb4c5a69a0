/// Sessions that are taken up again, and clients that must show a certificate, at first and then.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/channel/tls/certificates.hpp"
#include "tests/channel/tls/ways.hpp"

namespace sallyport::channel::tls::tests {
namespace {

using channel::tests::Exchange;

class Resumption : public testing::TestWithParam<Way> {
protected:
    Version version() const { return GetParam().version; }
    std::shared_ptr<ServerContext> server(const std::string& client_ca = {}) const {
        auto settings = serving(issued_, version());
        settings.client_ca_pem = client_ca;
        return server_of(std::move(settings));
    }
    std::shared_ptr<ClientContext> client(const Issued* own = nullptr) const {
        auto settings = trusting(authority_, version());
        if (own != nullptr) present(settings, *own);
        return finish(client_of(std::move(settings)));
    }
    std::shared_ptr<ClientContext> finish(std::shared_ptr<ClientContext> context) const {
        return keeping_to(GetParam(), std::move(context));
    }
    /// One whole connection; whether it was a resumed one.
    static bool connect_once(std::shared_ptr<ClientContext> client, std::shared_ptr<ServerContext> server) {
        auto exchange = exchange_between(std::move(client), std::move(server));
        EXPECT_TRUE(carries_data(exchange)) << exchange.client->info().detail << exchange.server->info().detail;
        EXPECT_EQ(exchange.client->info().resumed, exchange.server->info().resumed);
        const bool resumed = exchange.client->info().resumed;
        end_both(exchange);
        return resumed;
    }

    Issued authority_ = issue({.common_name = "Test CA", .authority = true});
    Issued issued_ = issue({.alternatives = "DNS:host.example"}, &authority_);
    Issued alice_ = issue({.common_name = "alice"}, &authority_);
};
INSTANTIATE_TEST_SUITE_P(, Resumption, testing::ValuesIn(ways), [](const auto& test) { return test.param.name; });

TEST_P(Resumption, TakesUpTheLastSession) {
    const auto the_server = server();
    const auto the_client = client();
    EXPECT_FALSE(connect_once(the_client, the_server));
    for (int i = 0; i < 3; ++i) {
        auto exchange = exchange_between(the_client, the_server);
        EXPECT_TRUE(carries_data(exchange));
        EXPECT_TRUE(exchange.client->info().resumed);
        EXPECT_EQ(exchange.client->info().offered_key, issued_.pin);
        EXPECT_EQ(exchange.client->info().peer, "certificate CN=host.example");
        end_both(exchange);
    }
}

TEST_P(Resumption, IsLeftWhenSwitchedOff) {
    const auto the_server = server();
    auto settings = trusting(authority_, version());
    settings.resume = false;
    const auto the_client = finish(client_of(std::move(settings)));
    EXPECT_FALSE(connect_once(the_client, the_server));
    EXPECT_FALSE(connect_once(the_client, the_server));
}

TEST_P(Resumption, WithAServerThatHasForgottenIsAFullHandshake) {
    const auto the_client = client();
    EXPECT_FALSE(connect_once(the_client, server()));
    EXPECT_FALSE(connect_once(the_client, server()));
}

TEST_P(Resumption, KeepsNoSessionOfARefusedServer) {
    const auto impostor = issue({.alternatives = "DNS:host.example"});
    const auto the_client = client();
    auto exchange = exchange_between(the_client, server_of(serving(impostor, version())));
    EXPECT_EQ(exchange.to_client.error(), Error::certificate_unknown);
    EXPECT_EQ(the_client->sessions.take(), nullptr);
}

TEST_P(Resumption, TakesUpSessionsThatWereCutOff) {
    const auto the_server = server();
    const auto the_client = client();
    EXPECT_TRUE(exchange_between(the_client, the_server).established());
    EXPECT_TRUE(connect_once(the_client, the_server));
    EXPECT_TRUE(connect_once(the_client, the_server));
}

TEST_P(Resumption, LeavesSessionsThatWereAltered) {
    if (version() == Version::tls1_3) GTEST_SKIP() << "each ticket is used once";
    const auto the_server = server();
    const auto the_client = client();
    auto exchange = exchange_between(the_client, the_server);
    auto wire = channel::tests::sent(*exchange.server, "altered");
    wire.back() ^= 1;
    EXPECT_EQ(exchange.to_client.arrive(wire), Error::bad_record);
    EXPECT_FALSE(connect_once(the_client, the_server));  // RFC 5246, 7.2.2
}

TEST_P(Resumption, ByPinStillNamesThePin) {
    auto settings = asking(version());
    settings.pins = {issued_.pin};
    const auto the_client = finish(client_of(std::move(settings)));
    const auto the_server = server();
    EXPECT_FALSE(connect_once(the_client, the_server));
    auto exchange = exchange_between(the_client, the_server);
    EXPECT_TRUE(exchange.client->info().resumed);
    EXPECT_EQ(exchange.client->info().peer, "pin " + issued_.pin);
}

TEST_P(Resumption, StillShowsTheClientsIdentity) {
    const auto the_server = server(authority_.certificate_pem);
    const auto the_client = client(&alice_);
    EXPECT_FALSE(connect_once(the_client, the_server));
    auto exchange = exchange_between(the_client, the_server);
    EXPECT_TRUE(exchange.server->info().resumed);
    EXPECT_EQ(exchange.server->info().peer, "certificate CN=alice");
    EXPECT_TRUE(carries_data(exchange));
}

TEST_P(Resumption, DoesNotOutliveTheClientsCertificate) {
    const auto brief = issue({.common_name = "alice", .valid_until = 2}, &authority_);
    const auto the_server = server(authority_.certificate_pem);
    const auto the_client = client(&brief);
    EXPECT_FALSE(connect_once(the_client, the_server));
    while (X509_cmp_current_time(X509_get0_notAfter(brief.certificate.get())) >= 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    auto exchange = exchange_between(the_client, the_server);
    EXPECT_EQ(exchange.to_server.error(), Error::certificate_expired);
    EXPECT_FALSE(exchange.server->established());
}

TEST_P(Resumption, OfASessionWithoutAClientCertificateIsRefusedWhereOneIsRequired) {
    // Ticket keys and cache are the context's own: a session made at another entry is unknown at this one.
    const auto the_client = client();
    EXPECT_FALSE(connect_once(the_client, server()));
    auto exchange = exchange_between(the_client, server(authority_.certificate_pem));
    EXPECT_EQ(exchange.to_server.error(), Error::certificate_unknown);
    EXPECT_FALSE(exchange.server->established());
}

TEST(Tickets, OfTls13AreUsedOnce) {
    const auto issued = issue({.alternatives = "DNS:host.example"});
    const auto the_server = server_of(serving(issued, Version::tls1_3));
    const auto the_client = client_of(trusting(issued, Version::tls1_3));
    auto first = exchange_between(the_client, the_server);  // leaves one ticket
    std::vector<std::unique_ptr<Channel>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(make_client(the_client));
    std::vector<bool> resumed;
    for (auto& client : clients) {
        Exchange exchange({std::move(client), make_server(the_server)});
        EXPECT_TRUE(carries_data(exchange.connect()));
        resumed.push_back(exchange.client->info().resumed);
    }
    EXPECT_EQ(resumed, (std::vector<bool>{true, false, false}));
}

/// Makes `count` connections that all begin before one of them is established; yields how many were resumed.
int resumed_of(int count, std::shared_ptr<ClientContext> the_client, std::shared_ptr<ServerContext> the_server) {
    std::vector<std::unique_ptr<Channel>> clients;
    for (int i = 0; i < count; ++i) clients.push_back(make_client(the_client));
    int resumed = 0;
    for (auto& client : clients) {
        Exchange exchange({std::move(client), make_server(the_server)});
        EXPECT_TRUE(exchange.connect().established());
        resumed += exchange.client->info().resumed ? 1 : 0;
        end_both(exchange);
    }
    return resumed;
}

TEST(KeptSessions, AreTheNewestFew) {
    const auto issued = issue({.alternatives = "DNS:host.example"});
    const auto the_server = server_of(serving(issued, Version::tls1_3));
    const auto the_client = client_of(trusting(issued, Version::tls1_3));
    EXPECT_EQ(resumed_of(70, the_client, the_server), 0);
    int kept = 0;
    while (the_client->sessions.take()) ++kept;
    EXPECT_EQ(kept, 64);
}

TEST(KeptSessions, SufficeForConnectionsThatBeginTogether) {
    const auto issued = issue({.alternatives = "DNS:host.example"});
    const auto the_server = server_of(serving(issued, Version::tls1_3));
    const auto the_client = client_of(trusting(issued, Version::tls1_3));
    EXPECT_EQ(resumed_of(50, the_client, the_server), 0);
    EXPECT_EQ(resumed_of(50, the_client, the_server), 50);
    EXPECT_EQ(resumed_of(50, the_client, the_server), 50);
}

TEST_P(Resumption, HoldsBetweenThreads) {
    const auto the_server = server();
    const auto the_client = client();
    EXPECT_FALSE(connect_once(the_client, the_server));
    std::atomic<int> resumed = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int j = 0; j < 10; ++j) resumed += connect_once(the_client, the_server) ? 1 : 0;
            });
        }
    }
    EXPECT_GT(resumed, 0);
}

class ClientCertificate : public testing::TestWithParam<Version> {
protected:
    Exchange connect(const Issued* own) const {
        auto settings = serving(issued_, GetParam());
        settings.client_ca_pem = authority_.certificate_pem;
        auto client = trusting(authority_, GetParam());
        if (own != nullptr) present(client, *own);
        return exchange_between(client_of(std::move(client)), server_of(std::move(settings)));
    }
    void expect_refusal(Exchange exchange, Error error) const {
        EXPECT_EQ(exchange.to_server.error(), error) << exchange.server->info().detail;
        EXPECT_FALSE(exchange.server->established());
        EXPECT_EQ(exchange.server->info().peer, "");
        // The alert comes when a TLS 1.3 client has long been established.
        EXPECT_EQ(exchange.to_client.error(),
                  GetParam() == Version::tls1_3 ? Error::peer_aborted : Error::handshake_failed);
        EXPECT_NE(exchange.client->info().detail.find("alert"), std::string::npos) << exchange.client->info().detail;
    }

    Issued authority_ = issue({.common_name = "Test CA", .authority = true});
    Issued issued_ = issue({.alternatives = "DNS:host.example"}, &authority_);
};
INSTANTIATE_TEST_SUITE_P(, ClientCertificate, testing::ValuesIn(versions),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(ClientCertificate, OfTheCaIsAccepted) {
    const auto alice = issue({.common_name = "alice\n\x1b[31m"}, &authority_);
    auto exchange = connect(&alice);
    EXPECT_TRUE(carries_data(exchange)) << exchange.server->info().detail;
    EXPECT_EQ(exchange.server->info().peer, "certificate CN=alice\\0A\\1B[31m");  // nothing that a terminal obeys
}
TEST_P(ClientCertificate, MissingIsRefused) { expect_refusal(connect(nullptr), Error::certificate_unknown); }
TEST_P(ClientCertificate, OfAnotherCaIsRefused) {
    const auto other = issue({.common_name = "Other CA", .authority = true});
    const auto mallory = issue({.common_name = "alice"}, &other);
    expect_refusal(connect(&mallory), Error::certificate_unknown);
}
TEST_P(ClientCertificate, ThatHasExpiredIsRefused) {
    const auto late = issue({.common_name = "alice", .valid_from = -2 * hour, .valid_until = -hour}, &authority_);
    expect_refusal(connect(&late), Error::certificate_expired);
}
TEST_P(ClientCertificate, OfNobodyIsAskedWithoutAClientCa) {
    auto exchange =
        exchange_between(client_of(trusting(authority_, GetParam())), server_of(serving(issued_, GetParam())));
    EXPECT_TRUE(carries_data(exchange));
    EXPECT_EQ(exchange.server->info().peer, "");
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
