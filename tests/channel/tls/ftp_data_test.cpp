/// Tickets, protocol names, foreign servers and ends of the connections of FTP sessions.
#include <optional>
#include <tuple>

#include "channel/tls/connection.hpp"
#include "tests/channel/tls/ftp_session.hpp"

namespace sallyport::channel::tls::tests {
namespace {

using channel::tests::Exchange;
using channel::tests::Inbox;
using channel::tests::pattern;
using channel::tests::sent;

class FtpSession : public testing::TestWithParam<Version> {
protected:
    bool in_1_3() const { return GetParam() == Version::tls1_3; }
    std::shared_ptr<ServerContext> server() const { return server_of(serving(issued_, GetParam())); }
    std::shared_ptr<ClientContext> client() const { return client_of(trusting(authority_, GetParam())); }

    Issued authority_ = issue({.common_name = "Test CA", .authority = true});
    Issued issued_ = issue({.alternatives = "DNS:host.example"}, &authority_);
};
INSTANTIATE_TEST_SUITE_P(, FtpSession, testing::ValuesIn(versions),
                         [](const auto& test) { return name_of(test.param); });

/// All that a TLS server says after its client was done: nothing but tickets, if any.
std::size_t last_words(Exchange& exchange) {
    while (!exchange.established()) {
        exchange.to_server.arrive(exchange.client->take_pending());
        if (exchange.established()) break;
        exchange.to_client.arrive(exchange.server->take_pending());
        if (exchange.to_client.error() || exchange.to_server.error()) ADD_FAILURE() << "no handshake";
        if (exchange.to_client.error() || exchange.to_server.error()) break;
    }
    return exchange.server->take_pending().size();
}

TEST_P(FtpSession, GivesNoTicketsOnDataConnections) {
    const auto the_server = server();
    Exchange single({make_client(client()), make_server(the_server)});
    EXPECT_EQ(last_words(single) > 0, in_1_3());
    const auto control = control_between(client(), the_server);
    for (const bool resumed : {false, true}) {
        Exchange data({resumed ? control.client.make_data() : make_client(client()), control.server.make_data()});
        EXPECT_EQ(last_words(data), 0u);
        EXPECT_EQ(data.client->info().resumed, resumed);
        EXPECT_TRUE(carries_data(data));
    }
}

TEST_P(FtpSession, HasTicketsForADayAndNoEarlyData) {
    const auto the_client = client();
    const auto control = control_between(the_client, server());
    const auto session = the_client->sessions.take();
    ASSERT_NE(session, nullptr);
    EXPECT_GE(SSL_SESSION_get_ticket_lifetime_hint(session.get()), 24u * 3600);
    EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0u);
}

TEST_P(FtpSession, RenewsItsTicketAtOnceInTls13) {
    const auto the_client = client();
    auto control = control_between(the_client, server());
    for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}}) {
        while (the_client->sessions.take() && in_1_3()) continue;
        control.server.renew_ticket();
        ASSERT_EQ(control.server.has_pending(), in_1_3());
        control.exchange.to_client.arrive_in_chunks(control.server.take_pending(), chunk);
        EXPECT_NE(the_client->sessions.take(), nullptr);
        EXPECT_TRUE(control.carries_data());
        EXPECT_EQ(data_of(control).server.binding(), Binding::bound);
    }
    control.client.renew_ticket();
    EXPECT_FALSE(control.client.has_pending());
}

TEST_P(FtpSession, RenewsNoTicketBeforeTheHandshakeOrAfterTheEnd) {
    FtpExchange control(make_control_client(client()), make_control_server(server()));
    control.server.renew_ticket();
    EXPECT_FALSE(control.server.has_pending());
    control.exchange.connect();
    EXPECT_TRUE(control.carries_data());
    end_both(control.exchange);
    control.server.renew_ticket();
    EXPECT_FALSE(control.server.has_pending());
}

/// From here on no ticket that the server has given is of use.
void forget_tickets(ServerContext& server) {
    ByteVector keys(static_cast<std::size_t>(SSL_CTX_get_tlsext_ticket_keys(server.ssl.get(), nullptr, 0)), 7);
    ASSERT_EQ(SSL_CTX_set_tlsext_ticket_keys(server.ssl.get(), keys.data(), keys.size()), 1);
}

TEST_P(FtpSession, OffersItsNewestTicket) {
    const auto the_server = server();
    auto control = control_between(client(), the_server);
    forget_tickets(*the_server);
    EXPECT_FALSE(data_of(control).resumed());
    control.server.renew_ticket();
    control.exchange.connect();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(data_of(control).resumed(), in_1_3());
}

TEST_P(FtpSession, KeepsItsSessionWhenDataConnectionsBringOthers) {
    const auto the_server = server();
    const auto the_client = client();
    const auto control = control_between(the_client, the_server);
    while (the_client->sessions.take() && in_1_3()) continue;
    // A server that gives tickets on data connections as well.
    for (int i = 0; i < 3; ++i) {
        Exchange data({control.client.make_data(), make_server(the_server)});
        EXPECT_TRUE(carries_data(data.connect()));
        EXPECT_TRUE(data.client->info().resumed);
    }
    EXPECT_EQ(the_client->sessions.take() == nullptr, in_1_3());
    EXPECT_EQ(data_of(control).server.binding(), Binding::bound);
}

TEST_P(FtpSession, MakesFullHandshakesUntilATicketHasCome) {
    FtpExchange control(make_control_client(client()), make_control_server(server()));
    last_words(control.exchange);  // and they are lost
    EXPECT_TRUE(control.exchange.established());
    auto data = data_of(control);
    EXPECT_TRUE(data.carries_data());
    EXPECT_EQ(data.resumed(), !in_1_3());  // TLS 1.2 brings the session within its handshake
    EXPECT_EQ(data.client.binding(), Binding::bound);
}

TEST_P(FtpSession, AcceptsTheSameServerThatHasForgottenTheSession) {
    const auto control = control_between(client(), server());
    Exchange data({control.client.make_data(), make_server(server())});
    EXPECT_TRUE(carries_data(data.connect()));
    EXPECT_FALSE(data.client->info().resumed);
}

TEST_P(FtpSession, RefusesDataFromAServerWithAnotherKey) {
    // Its certificate is as good as the first one's, and alone it would be welcome.
    const auto other = issue({.alternatives = "DNS:host.example"}, &authority_);
    const auto other_server = server_of(serving(other, GetParam()));
    auto pinning = asking(GetParam());
    pinning.pins = {issued_.pin, other.pin};
    for (const auto& the_client : {client(), client_of(std::move(pinning))}) {
        const auto control = control_between(the_client, server());
        auto client_end = control.client.make_data();
        Exchange data({std::move(client_end), make_server(other_server)});
        data.connect(1);
        EXPECT_EQ(data.to_client.error(), Error::certificate_unknown);
        EXPECT_EQ(data.client->info().detail, "not the key of the control connection's peer");
        EXPECT_EQ(data.client->info().offered_key, other.pin);
        EXPECT_FALSE(data.client->established());
        auto alone = exchange_between(the_client, other_server);
        EXPECT_TRUE(alone.established());
    }
}

TEST_P(FtpSession, CarriesNothingAtAllIfThereIsNothing) {
    const auto control = control_between(client(), server());
    for (const std::size_t chunk : {std::size_t{1}, SIZE_MAX}) {
        FtpExchange data(control.client.make_data(), control.server.make_data());
        data.client.end();
        data.server.end();
        data.exchange.connect(chunk);
        EXPECT_TRUE(data.exchange.established());
        EXPECT_EQ(data.client.transport_ended(), error_code());
        EXPECT_EQ(data.server.transport_ended(), error_code());
        EXPECT_EQ(data.exchange.to_client.received() + data.exchange.to_server.received(), "");
    }
}

/// `wire` cut anywhere but at its end is truncated, and what came before the cut is delivered in order.
void expect_ends_only_whole(const FtpExchange& control, bool upload) {
    const auto text = pattern(100);
    for (std::size_t cut = 0;; ++cut) {
        auto data = data_of(control);
        FtpChannel& sender = upload ? data.client : data.server;
        FtpChannel& receiver = upload ? data.server : data.client;
        Inbox& inbox = upload ? data.exchange.to_server : data.exchange.to_client;
        auto wire = sent(sender, text);
        sender.end();
        append(wire, sender.take_pending());
        ASSERT_EQ(inbox.arrive(Bytes(wire).first(std::min(cut, wire.size()))), error_code());
        ASSERT_TRUE(text.starts_with(inbox.received()));
        if (cut >= wire.size()) {
            EXPECT_EQ(receiver.transport_ended(), error_code());
            EXPECT_EQ(inbox.received(), text);
            return;
        }
        ASSERT_EQ(receiver.transport_ended(), Error::truncated) << cut << " of " << wire.size();
    }
}

TEST_P(FtpSession, EndsDataByCloseNotifyAlone) {
    const auto control = control_between(client(), server());
    expect_ends_only_whole(control, true);
    expect_ends_only_whole(control, false);
}

enum class Kind { single, control, data };
struct Offer {
    const char* name;
    Kind kind;
    std::string_view protocols;              // as a client writes them, with their lengths
    std::optional<std::string_view> answer;  // nothing: refused
};
using namespace std::string_view_literals;
const Offer offers[] = {
    {"control_of_none", Kind::control, ""sv, ""sv},
    {"control_of_ftp", Kind::control, "\3ftp"sv, "ftp"sv},
    {"control_of_ftp_last", Kind::control, "\x0Fx-filezilla-ftp\3ftp"sv, "ftp"sv},
    {"control_of_ftp_data", Kind::control, "\10ftp-data"sv, {}},
    {"control_of_filezilla_alone", Kind::control, "\x0Fx-filezilla-ftp"sv, {}},
    {"control_of_http", Kind::control, "\2h2\10http/1.1"sv, {}},
    {"control_of_other_letters", Kind::control, "\3FTP\4ftps\2ft\4smtp"sv, {}},
    {"data_of_none", Kind::data, ""sv, ""sv},
    {"data_of_ftp", Kind::data, "\3ftp"sv, "ftp"sv},
    {"data_of_ftp_data", Kind::data, "\10ftp-data"sv, "ftp-data"sv},
    {"data_of_both", Kind::data, "\2h2\10ftp-data\3ftp"sv, "ftp-data"sv},
    {"data_of_both_the_other_way", Kind::data, "\3ftp\10ftp-data"sv, "ftp"sv},
    {"data_of_filezilla_alone", Kind::data, "\x0Fx-filezilla-ftp"sv, {}},
    {"data_of_http", Kind::data, "\10http/1.1"sv, {}},
    {"single_of_http", Kind::single, "\10http/1.1"sv, ""sv},
};
std::ostream& operator<<(std::ostream& out, const Offer& offer) { return out << offer.name; }

struct Protocols : testing::TestWithParam<std::tuple<Offer, Version>> {
    Offer offer = std::get<Offer>(GetParam());
    Version version = std::get<Version>(GetParam());
    Issued issued = issue({.alternatives = "DNS:host.example"});

    static std::unique_ptr<Channel> server_of_kind(Kind kind, std::shared_ptr<ServerContext> context,
                                                   const FtpChannel& control) {
        if (kind == Kind::data) return control.make_data();
        if (kind == Kind::control) return make_control_server(std::move(context));
        return make_server(std::move(context));
    }
};
INSTANTIATE_TEST_SUITE_P(, Protocols, testing::Combine(testing::ValuesIn(offers), testing::ValuesIn(versions)),
                         [](const auto& test) {
                             return std::get<Offer>(test.param).name + ("_" + name_of(std::get<Version>(test.param)));
                         });

TEST_P(Protocols, AreThoseOfFtpOrNone) {
    const auto the_server = server_of(serving(issued, version));
    const auto control = control_between(client_of(trusting(issued, version)), the_server);
    const auto the_client = client_of(trusting(issued, version));
    SSL_CTX_set_alpn_protos(the_client->ssl.get(), as_bytes(offer.protocols).data(),
                            static_cast<unsigned>(offer.protocols.size()));
    SSL* const ssl = SSL_new(the_client->ssl.get());
    SSL_set_connect_state(ssl);
    auto connection = std::make_unique<Connection>(the_client, SslPtr(ssl), Bond{.role = Role::control});
    connection->shake_hands();
    Exchange exchange({std::move(connection), server_of_kind(offer.kind, the_server, control.server)});
    exchange.connect();
    if (!offer.answer) {
        EXPECT_EQ(exchange.to_server.error(), Error::handshake_failed);
        EXPECT_EQ(exchange.server->info().detail, "no application protocol");
        EXPECT_EQ(exchange.to_client.error(), Error::handshake_failed);
        EXPECT_NE(exchange.client->info().detail.find("no application protocol"), std::string::npos);
        return;
    }
    EXPECT_TRUE(carries_data(exchange)) << exchange.server->info().detail;
    const std::uint8_t* selected = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &selected, &size);
    EXPECT_EQ(as_text(Bytes(selected, size)), *offer.answer);
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
