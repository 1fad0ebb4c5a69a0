/// Versions, records, keys and ends: what TLS has beyond the contract of all channels.
#include <algorithm>

#include "channel/tls/connection.hpp"
#include "tests/channel/tls/certificates.hpp"

namespace sallyport::channel::tls::tests {
namespace {

using channel::tests::Exchange;
using channel::tests::Inbox;
using channel::tests::pattern;
using channel::tests::sent;

class Records : public testing::TestWithParam<Version> {
protected:
    std::shared_ptr<ServerContext> server() const { return server_of(serving(issued_, GetParam())); }
    std::shared_ptr<ClientContext> client() const { return client_of(trusting(issued_, GetParam())); }
    Exchange connected() const { return exchange_between(client(), server()); }

    Issued issued_ = issue({.alternatives = "DNS:host.example"});
};
INSTANTIATE_TEST_SUITE_P(, Records, testing::ValuesIn(versions), [](const auto& test) { return name_of(test.param); });

const ByteVector close_notify_in_clear{21, 3, 3, 0, 2, 1, 0};

TEST_P(Records, AreNamedWithTheirVersionAndSuite) {
    auto exchange = connected();
    const auto* expected =
        GetParam() == Version::tls1_3 ? "TLSv1.3 TLS_AES_256_GCM_SHA384" : "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384";
    EXPECT_EQ(exchange.client->info().suite, expected);
    EXPECT_EQ(exchange.server->info().suite, expected);
    EXPECT_EQ(exchange.server->info().kind, "tls");
    EXPECT_EQ(make_client(client())->info().suite, "");
}

TEST_P(Records, AsSmallAsAClientMayAskForAreSealedInPlace) {
    const auto small = client();
    ASSERT_EQ(SSL_CTX_set_tlsext_max_fragment_length(small->ssl.get(), TLSEXT_max_fragment_length_512), 1);
    auto exchange = exchange_between(small, server());
    const auto text = pattern(1'000'000);
    for (const std::size_t size : {min_buffer_size, std::size_t{256} * 1024, std::size_t{512} * 1024}) {
        EXPECT_EQ(exchange.to_client.arrive(sent(*exchange.server, text, size)), error_code());
        EXPECT_TRUE(exchange.to_client.take_received() == text) << size;
        EXPECT_EQ(exchange.to_server.arrive(sent(*exchange.client, text, size)), error_code());
        EXPECT_TRUE(exchange.to_server.take_received() == text) << size;
    }
}

struct Start {
    ByteVector bytes;
    Error error;
};

TEST_P(Records, OfImpossibleShapeAreRefusedByTheirHeaders) {
    const std::string http = "GET / HTTP/1.1\r\n";
    const Start starts[] = {
        {{22, 3, 1, 0x41, 0x01}, Error::record_too_long},  // 16384 + 256 + 1
        {{19, 3, 1, 0, 1}, Error::unexpected_record},
        {{24, 3, 1, 0, 1}, Error::unexpected_record},
        {{22, 2, 0, 0, 1}, Error::unexpected_record},
        {ByteVector(http.begin(), http.end()), Error::unexpected_record},
    };
    for (const auto& start : starts) {
        const auto stranger = make_server(server());
        Inbox inbox(*stranger);
        EXPECT_EQ(inbox.arrive_in_chunks(start.bytes, 1), start.error);
        EXPECT_FALSE(stranger->has_pending());  // a stranger hears nothing

        auto exchange = connected();
        auto wire = sent(*exchange.client, "whole");
        append(wire, start.bytes);
        EXPECT_EQ(exchange.to_server.arrive(wire), start.error);
        EXPECT_EQ(exchange.to_server.received(), "whole");
        Inbox later(*exchange.server);  // the error is final
        EXPECT_EQ(later.arrive(sent(*exchange.client, "later")), start.error);
        EXPECT_EQ(later.received(), "");
    }
}

TEST_P(Records, OfAnOldVersionAreRefused) {
    const auto old_client = client();
    be_careless(*old_client);
    ASSERT_EQ(SSL_CTX_set_min_proto_version(old_client->ssl.get(), TLS1_VERSION), 1);
    ASSERT_EQ(SSL_CTX_set_max_proto_version(old_client->ssl.get(), TLS1_1_VERSION), 1);
    auto exchange = exchange_between(old_client, server());
    EXPECT_EQ(exchange.to_server.error(), Error::old_tls_version);
    EXPECT_EQ(exchange.to_client.error(), Error::old_tls_version);  // by the server's alert

    const auto old_server = server();
    be_careless(*old_server);
    ASSERT_EQ(SSL_CTX_set_min_proto_version(old_server->ssl.get(), TLS1_VERSION), 1);
    ASSERT_EQ(SSL_CTX_set_max_proto_version(old_server->ssl.get(), TLS1_1_VERSION), 1);
    auto other = exchange_between(client(), old_server);
    // A client that offers TLS 1.2 offers suites of 1.2 alone; to an old server that is the first thing wrong.
    const auto error = GetParam() == Version::tls1_3 ? Error::old_tls_version : Error::handshake_failed;
    EXPECT_EQ(other.to_client.error(), error);
    EXPECT_EQ(other.to_server.error(), error);
}

TEST_P(Records, InClearAreNoEndOfAHandshake) {
    for (const bool at_server : {true, false}) {
        const auto channel = at_server ? make_server(server()) : make_client(client());
        Inbox inbox(*channel);
        EXPECT_EQ(inbox.arrive(close_notify_in_clear), Error::handshake_failed);
        EXPECT_FALSE(channel->peer_ended());
        EXPECT_TRUE(channel->transport_ended());
    }
}

TEST_P(Records, InClearAreNoEndOfASession) {
    auto exchange = connected();
    EXPECT_TRUE(exchange.to_server.arrive(close_notify_in_clear));
    EXPECT_FALSE(exchange.server->peer_ended());
    EXPECT_TRUE(exchange.server->transport_ended());
}

TEST_P(Records, AfterTheEndAreIgnored) {
    auto exchange = connected();
    auto wire = sent(*exchange.client, "all");
    exchange.client->end();
    append(wire, exchange.client->take_pending());
    append(wire, as_bytes("what no TLS peer would send"));
    EXPECT_EQ(exchange.to_server.arrive(wire), error_code());
    EXPECT_EQ(exchange.to_server.take_received(), "all");
    EXPECT_TRUE(exchange.server->peer_ended());
    EXPECT_EQ(exchange.to_server.unopened(), 0u);
    EXPECT_EQ(exchange.to_server.arrive(as_bytes("and more")), error_code());
    EXPECT_EQ(exchange.to_server.received(), "");
    EXPECT_EQ(exchange.server->transport_ended(), error_code());
}

TEST_P(Records, OfAnEndBeforeTheHandshakeIsCompleteLeaveWhenItIs) {
    Exchange exchange({make_client(client()), make_server(server())});
    exchange.client->end();
    exchange.server->end();
    exchange.connect();
    EXPECT_TRUE(exchange.established());
    EXPECT_TRUE(exchange.client->peer_ended());
    EXPECT_TRUE(exchange.server->peer_ended());
}

TEST_P(Records, OfAnEndThatHasNotLeftDoNotLeaveAfterAnAbort) {
    auto exchange = connected();
    exchange.client->end();
    exchange.client->abort(AbortCode::timeout);
    EXPECT_FALSE(exchange.client->has_pending());
    exchange.server->abort(AbortCode::timeout);
    exchange.server->end();
    EXPECT_FALSE(exchange.server->has_pending());
}

TEST_P(Records, ThatWereAlteredAreAnsweredWithAnAlertAlone) {
    auto exchange = connected();
    auto wire = sent(*exchange.client, "pay 100");
    wire.back() ^= 1;
    EXPECT_EQ(exchange.to_server.arrive(wire), Error::bad_record);
    const auto alert = exchange.server->take_pending();
    EXPECT_FALSE(alert.empty());
    EXPECT_EQ(exchange.to_client.arrive(alert), Error::peer_aborted);
    EXPECT_NE(exchange.client->info().detail.find("bad record mac"), std::string::npos);
    EXPECT_FALSE(exchange.client->peer_ended());
    EXPECT_TRUE(exchange.client->transport_ended());
}

/// Renegotiation, which one side asks for and the other declines by a warning. OpenSSL dies of that warning; the one
/// that declined goes on.
struct Renegotiation : testing::Test {
    Issued issued = issue({.alternatives = "DNS:host.example"});
    std::shared_ptr<ClientContext> client = client_of(trusting(issued, Version::tls1_2));
    std::shared_ptr<ServerContext> server = server_of(serving(issued, Version::tls1_2));

    template <typename ContextPtr>
    static SslPtr pushy(const ContextPtr& context) {
        SSL_CTX_clear_options(context->ssl.get(), SSL_OP_NO_RENEGOTIATION);
        return SslPtr(SSL_new(context->ssl.get()));
    }
    static void expect_refusal(SSL* ssl, Channel& asking, Inbox& to_asking, Channel& asked, Inbox& to_asked) {
        ASSERT_EQ(SSL_renegotiate(ssl), 1);
        SSL_do_handshake(ssl);  // makes the message that asks
        EXPECT_EQ(to_asked.arrive(asking.take_pending()), error_code());
        to_asking.arrive(sent(asked, "later"));
        EXPECT_NE(asking.info().detail.find("no renegotiation"), std::string::npos) << asking.info().detail;
    }
};

TEST_F(Renegotiation, IsDeclinedByTheServer) {
    auto ssl = pushy(client);
    SSL* const raw = ssl.get();
    SSL_set_connect_state(raw);
    auto connection = std::make_unique<Connection>(client, std::move(ssl));
    connection->shake_hands();
    Exchange exchange({std::move(connection), make_server(server)});
    ASSERT_TRUE(carries_data(exchange.connect()));
    expect_refusal(raw, *exchange.client, exchange.to_client, *exchange.server, exchange.to_server);
}

TEST_F(Renegotiation, IsDeclinedByTheClient) {
    auto ssl = pushy(server);
    SSL* const raw = ssl.get();
    SSL_set_accept_state(raw);
    Exchange exchange({make_client(client), std::make_unique<Connection>(server, std::move(ssl))});
    ASSERT_TRUE(carries_data(exchange.connect()));
    expect_refusal(raw, *exchange.server, exchange.to_server, *exchange.client, exchange.to_client);
}

/// A TLS 1.3 pair whose server is OpenSSL's to command: a control channel's keeps OpenSSL to its end.
struct KeyUpdate : testing::Test {
    int updates_read = 0;
    int updates_written = 0;
    Issued issued = issue({.alternatives = "DNS:host.example"});
    std::shared_ptr<ServerContext> context = server_of(serving(issued, Version::tls1_3));
    SSL* ssl = SSL_new(context->ssl.get());
    Exchange exchange = begin();

    Exchange begin(std::uint64_t records_per_key = max_records_per_key) {
        SSL_set_accept_state(ssl);
        SSL_set_msg_callback_arg(ssl, this);
        SSL_set_msg_callback(ssl, count);
        Exchange made({make_client(client_of(trusting(issued, Version::tls1_3))),
                       std::make_unique<Connection>(context, SslPtr(ssl), make_control_bond(), records_per_key)});
        made.connect();
        return made;
    }
    static void count(int writing, int, int type, const void* bytes, std::size_t size, SSL*, void* self) {
        const auto* message = static_cast<const std::uint8_t*>(bytes);
        if (type != SSL3_RT_HANDSHAKE || size == 0 || *message != SSL3_MT_KEY_UPDATE) return;
        auto& test = *static_cast<KeyUpdate*>(self);
        ++(writing == 1 ? test.updates_written : test.updates_read);
    }
};

TEST_F(KeyUpdate, OfThePeerIsFollowedAndAnswered) {
    ASSERT_TRUE(carries_data(exchange));
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        exchange.to_client.arrive(sent(*exchange.server, "new keys"));
        EXPECT_EQ(exchange.to_client.take_received(), "new keys");
        EXPECT_TRUE(carries_data(exchange));
        EXPECT_EQ(updates_read, i + 1);  // it came with the client's next data (RFC 8446, 4.6.3)
    }
}

TEST_F(KeyUpdate, RequestedAfterOurEndChangesNothing) {
    exchange.client->end();
    exchange.to_server.arrive(exchange.client->take_pending());
    ASSERT_EQ(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    EXPECT_EQ(exchange.to_client.arrive(sent(*exchange.server, "new keys")), error_code());
    EXPECT_EQ(exchange.to_client.take_received(), "new keys");
    EXPECT_FALSE(exchange.client->has_pending());
    exchange.server->end();
    EXPECT_EQ(exchange.to_client.arrive(exchange.server->take_pending()), error_code());
    EXPECT_TRUE(exchange.client->peer_ended());
}

TEST_F(KeyUpdate, IsMadeBeforeAKeyHasSealedTooMuch) {
    ssl = SSL_new(context->ssl.get());
    exchange = begin(10);
    for (int i = 0; i < 35; ++i) {
        ASSERT_EQ(exchange.to_client.arrive(sent(*exchange.server, pattern(100))), error_code());
    }
    EXPECT_EQ(updates_written, 3);
    const auto text = pattern(500'000);
    EXPECT_EQ(exchange.to_client.arrive(sent(*exchange.server, text, 256 * 1024)), error_code());
    EXPECT_TRUE(exchange.to_client.received().ends_with(text));
    EXPECT_TRUE(exchange.client->established());
}

TEST(LooksLikeTls, JudgesByTheFirstBytes) {
    EXPECT_TRUE(looks_like_tls(ByteVector{22}));
    EXPECT_TRUE(looks_like_tls(ByteVector{22, 3, 1}));
    EXPECT_FALSE(looks_like_tls(ByteVector{22, 2}));
    EXPECT_FALSE(looks_like_tls(as_bytes("USER")));
    const auto hello = make_client(client_of(ClientSettings{}))->take_pending();
    EXPECT_TRUE(looks_like_tls(hello));
    EXPECT_FALSE(looks_like_tls(close_notify_in_clear));
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
