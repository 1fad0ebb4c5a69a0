// The native channel before it is established: what each side says, and what it makes of the other's silence or
// refusal.
#include <gtest/gtest.h>

#include "channel/native/card.hpp"
#include "channel/native/native.hpp"
#include "tests/channel/exchange.hpp"
#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

using channel::tests::Exchange;
using channel::tests::Inbox;

/// The two ends of one connection; either's settings may be changed before.
struct Greeting {
    explicit Greeting(const Mode& mode = pinned, SuiteSet offers = only(1))
        : client(client_settings(mode, offers)), server(server_settings(mode)) {}
    Exchange connect(std::size_t chunk = SIZE_MAX) {
        crypto::SystemRandom random;
        Exchange exchange({make_client(shared(std::move(client)), random),
                           make_server(shared(std::move(server)), admission, system_random)});
        exchange.connect(chunk);
        return exchange;
    }
    ClientSettings client;
    ServerSettings server;
    Admission admission = admit();
    static inline crypto::SystemRandom system_random;
};

TEST(NativeGreeting, LooksLikeNativeByItsFirstByte) {
    EXPECT_TRUE(looks_like_native(as_bytes("S")));
    EXPECT_TRUE(looks_like_native(as_bytes("SPC1")));
    EXPECT_FALSE(looks_like_native(as_bytes("\x16\x03\x01")));
    EXPECT_FALSE(looks_like_native({}));
}

TEST(NativeGreeting, SucceedsInEveryModeAndIsKnownForWhatItIs) {
    for (const auto& mode : all_modes) {
        auto exchange = Greeting(mode, only(9)).connect(7);
        ASSERT_TRUE(exchange.established()) << mode;
        for (const auto* channel : {exchange.client.get(), exchange.server.get()}) {
            const auto info = channel->info();
            EXPECT_EQ(info.kind, "native");
            EXPECT_EQ(info.suite, "DES168,DH1024");
            EXPECT_TRUE(info.legacy);
            EXPECT_FALSE(channel->near_limit());
            EXPECT_EQ(info.detail, "");
        }
        EXPECT_EQ(exchange.client->info().peer, "host key " + fingerprint(host_key().public_key()));
        EXPECT_EQ(exchange.server->info().peer, mode.client_key ? "client key ann" : mode.fixed ? "fixed key ws1" : "");
    }
    EXPECT_FALSE(Greeting(pinned, only(4)).connect().client->info().legacy);
}

struct RefuseCase {
    int code;
    Error error;
};
const RefuseCase refuse_cases[] = {
    {0, Error::refused_unknown}, {1, Error::refused_suite},   {2, Error::refused_label},     {3, Error::refused_busy},
    {4, Error::refused_legacy},  {5, Error::refused_unknown}, {255, Error::refused_unknown},
};

TEST(NativeGreeting, ARefusalIsReportedAsTheHostsWord) {
    for (const auto& [code, error] : refuse_cases) {
        crypto::SystemRandom random;
        const auto client = make_client(shared(client_settings(pinned, SuiteSet::modern())), random);
        client->take_pending();
        Inbox inbox(*client);
        EXPECT_EQ(inbox.arrive_in_chunks(ByteVector{3, 0, 1, static_cast<std::uint8_t>(code)}, 1), error) << code;
        EXPECT_FALSE(client->has_pending());                  // no second attempt with other suites
        EXPECT_EQ(client->transport_ended(), error) << code;  // the FIN behind it says nothing new
    }
}

TEST(NativeGreeting, TheServersRefusalReachesTheClient) {
    const auto refused = [](auto change) {
        Greeting greeting(pinned, SuiteSet::legacy());
        change(greeting);
        auto exchange = greeting.connect(1);
        EXPECT_FALSE(exchange.established());
        return std::pair(exchange.to_server.error(), exchange.to_client.error());
    };
    const auto both = [](Error server, Error client) { return std::pair<error_code, error_code>(server, client); };
    EXPECT_EQ(refused([](Greeting& g) { g.client.label = "FTP"; }), both(Error::wrong_label, Error::refused_label));
    EXPECT_EQ(refused([](Greeting& g) { g.admission.has_capacity = false; }), both(Error::busy, Error::refused_busy));
    EXPECT_EQ(refused([](Greeting& g) { g.admission.allowed = SuiteSet::modern(); }),
              both(Error::legacy_suites_refused, Error::refused_legacy));
    EXPECT_EQ(refused([](Greeting& g) {
                  g.client.offers = only(1);
                  g.admission.allowed = only(2);
              }),
              both(Error::no_common_suite, Error::refused_suite));
}

TEST(NativeGreeting, AnAnswerIsJudgedByItsHead) {
    for (const auto& head : {ByteVector{3, 0, 0, 1},
                             {3, 0, 2, 1},
                             {4, 0, 145, 1},
                             {2, 0, 65, 0},
                             {2, 0, 65, 10},
                             {2, 0, 64, 1},
                             {2, 0, 66, 1},
                             {2, 0, 193, 1},
                             {2, 1, 65, 1},
                             {2, 0, 65, 7},
                             {0x16, 3, 1, 2},
                             {'H', 'T', 'T', 'P'},
                             {'2', '2', '0', ' '}}) {
        crypto::SystemRandom random;
        const auto client = make_client(shared(client_settings(pinned, SuiteSet::all())), random);
        client->take_pending();
        EXPECT_EQ(Inbox(*client).arrive(head), Error::bad_answer) << to_hex(head);
        EXPECT_FALSE(client->has_pending());
    }
}

TEST(NativeGreeting, AnFtpServerIsKnownByItsGreeting) {
    const auto detail_after = [](std::string_view greeting) {
        crypto::SystemRandom random;
        const auto client = make_client(shared(client_settings(pinned, only(1))), random);
        client->take_pending();
        EXPECT_EQ(Inbox(*client).arrive_in_chunks(as_bytes(greeting), 1), Error::bad_answer);
        return client->info().detail;
    };
    EXPECT_EQ(detail_after("220 host FTP server ready\r\n"), "the server speaks FTP here, not the native channel");
    EXPECT_EQ(detail_after("220-host\r\n220 ready\r\n"), "the server speaks FTP here, not the native channel");
    EXPECT_EQ(detail_after("221 Goodbye\r\n"), "");
    EXPECT_EQ(detail_after("SSH-2.0-x\r\n"), "");
}

TEST(NativeGreeting, SilenceIsNoAnswer) {
    crypto::SystemRandom random;
    const auto client = make_client(shared(client_settings(pinned, only(1))), random);
    EXPECT_EQ(client->transport_ended(), Error::no_answer);
}

TEST(NativeGreeting, AnEndBetweenAnswerAndHostKeyIsTruncated) {
    Handshake right(pinned, only(1));
    ASSERT_EQ(right.greet(), error_code());
    SeededRandom random(client_seed);
    const auto client = make_client(shared(client_settings(pinned, only(1))), random);
    Inbox inbox(*client);
    inbox.arrive(right.m2);
    EXPECT_EQ(client->transport_ended(), Error::truncated);
}

TEST(NativeGreeting, AWrongHostKeyIsShownBesideThePinned) {
    SeededRandom random(client_seed);
    const auto client = make_client(shared(client_settings(pinned, only(1))), random);
    Inbox inbox(*client);
    auto [m2, m3] = forged_answer(client->take_pending(), pinned, 1, {.signer_seed = other_key_seed});
    append(m2, m3);
    EXPECT_EQ(inbox.arrive(m2), Error::wrong_host_key);
    EXPECT_EQ(client->info().detail, "the host shows " + fingerprint(other_key().public_key()) + ", the card says " +
                                         fingerprint(host_key().public_key()));
    EXPECT_FALSE(client->has_pending());
}

struct StrangerCase {
    const char* name;
    ByteVector bytes;
};
ByteVector bytes(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }
const StrangerCase stranger_cases[] = {
    {"tls", bytes("\x16")},
    {"http", bytes("GET / HTTP/1.1\r\n")},
    {"another_version", bytes("SPC2")},
    {"almost_the_magic", bytes("SPX")},
    {"answer", {'S', 'P', 'C', '1', 2, 0, 130}},
    {"data_channel", {'S', 'P', 'C', '1', 0x21, 0, 64}},
    {"card", {'S', 'P', 'C', '1', 0x32, 0, 0}},
    {"type_zero", {'S', 'P', 'C', '1', 0, 0, 130}},
    {"hello_too_short", {'S', 'P', 'C', '1', 1, 0, 129}},
    {"hello_too_long", {'S', 'P', 'C', '1', 1, 2, 3}},
    {"hello_between", {'S', 'P', 'C', '1', 1, 1, 0}},
    {"hello_of_65535", {'S', 'P', 'C', '1', 1, 255, 255}},
    {"enrol_with_a_body", {'S', 'P', 'C', '1', 0x31, 0, 1}},
};
class NativeStranger : public testing::TestWithParam<StrangerCase> {};

TEST_P(NativeStranger, IsKnownAtTheHeadAndToldNothing) {
    for (const std::size_t chunk : {std::size_t{1}, SIZE_MAX}) {
        crypto::SystemRandom random;
        auto settings = server_settings(pinned);
        settings.card = "card";
        const auto server =
            make_server(shared(std::move(settings)), {SuiteSet::all(), true, [] { return true; }}, random);
        Inbox inbox(*server);
        EXPECT_EQ(inbox.arrive_in_chunks(GetParam().bytes, chunk), Error::stranger);
        EXPECT_FALSE(server->has_pending());
        EXPECT_EQ(inbox.arrive(Handshake(pinned, only(1)).client.hello()), Error::stranger);  // too late
        EXPECT_FALSE(server->has_pending());
        server->abort(AbortCode::timeout);
        EXPECT_FALSE(server->has_pending() || server->ping());
        server->end();
        EXPECT_FALSE(server->has_pending() || server->ended());
    }
}
INSTANTIATE_TEST_SUITE_P(, NativeStranger, testing::ValuesIn(stranger_cases),
                         [](const auto& row) { return row.param.name; });

TEST(NativeGreeting, ASilentPeerOfTheServerIsTruncated) {
    crypto::SystemRandom random;
    const auto server = make_server(shared(server_settings(pinned)), admit(), random);
    EXPECT_EQ(server->transport_ended(), Error::truncated);
    EXPECT_FALSE(server->has_pending());
}

TEST(NativeEnrol, AnswersWithTheCardAndNothingElse) {
    crypto::SystemRandom random;
    auto settings = server_settings(pinned);
    settings.card = write_card(host_key(), {"host", {}, "2026-11-23", {}});
    const auto context = shared(std::move(settings));
    int asked = 0;
    const auto server = make_server(context, {SuiteSet::all(), true, [&] { return ++asked == 1; }}, random);
    Inbox inbox(*server);
    const auto request = enrol_request();
    for (std::size_t i = 0; i + 1 < request.size(); ++i) {
        ASSERT_EQ(inbox.arrive(Bytes(request).subspan(i, 1)), error_code());
        ASSERT_FALSE(server->has_pending());
    }
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(inbox.arrive(Bytes(request).last(1)), Error::card_sent);
    EXPECT_EQ(asked, 1);
    EXPECT_FALSE(server->established());
    const auto frame = server->take_pending();
    EXPECT_EQ(frame.size(), card_frame_size(Bytes(frame).first(header_size)));
    const auto card = read_card(as_text(Bytes(frame).subspan(header_size)));
    ASSERT_TRUE(card.has_value());
    EXPECT_EQ(card->key, host_key().public_key());
    EXPECT_EQ(inbox.arrive(request), Error::card_sent);  // once a connection
    EXPECT_FALSE(server->has_pending());
    EXPECT_EQ(asked, 1);
}

TEST(NativeEnrol, IsAStrangersWhereItIsNotAllowed) {
    const auto answer = [](std::string card, std::function<bool()> may_enrol) {
        crypto::SystemRandom random;
        auto settings = server_settings(pinned);
        settings.card = std::move(card);
        const auto server =
            make_server(shared(std::move(settings)), {SuiteSet::all(), true, std::move(may_enrol)}, random);
        const auto error = Inbox(*server).arrive(enrol_request());
        EXPECT_FALSE(server->has_pending());
        return error;
    };
    EXPECT_EQ(answer("card", {}), Error::stranger);
    EXPECT_EQ(answer("card", [] { return false; }), Error::stranger);
    EXPECT_EQ(answer("", [] { return true; }), Error::stranger);
}

TEST(NativeGreeting, ARefusedClientKeyIsToldByAnAbort) {
    for (const bool missing : {true, false}) {
        Greeting greeting(with_client_key);
        if (missing) {
            greeting.client.client_key.reset();
        } else {
            greeting.client.client_key.emplace(secret_of(0x44));
        }
        auto exchange = greeting.connect(1);
        EXPECT_EQ(exchange.to_server.error(), Error::client_key_refused);
        EXPECT_FALSE(exchange.server->established());
        EXPECT_EQ(exchange.to_client.error(), Error::peer_aborted);
        EXPECT_EQ(exchange.client->info().detail, "the host refuses our client key");
        EXPECT_FALSE(exchange.client->has_pending() || exchange.server->has_pending());
        EXPECT_EQ(exchange.server->transport_ended(), Error::client_key_refused);
    }
}

TEST(NativeGreeting, WhatIsSentDirectlyBehindTheHandshakeArrives) {
    Handshake right(pinned, only(1));
    SeededRandom random(server_seed);
    const auto server = make_server(shared(server_settings(pinned)), admit(), random);
    Inbox inbox(*server);
    ASSERT_EQ(inbox.arrive(right.client.hello()), error_code());
    const auto reply = server->take_pending();
    right.m2.assign(reply.begin(), reply.begin() + 68);
    right.m3.assign(reply.begin() + 68, reply.end());
    ASSERT_EQ(right.answer(), error_code());
    auto sealer = std::move(right.client.outcome().sealer);
    auto wire = right.m4;
    append(wire, *sealer.seal(Type::data, as_bytes("at once")));
    append(wire, *sealer.seal(Type::close, {}));
    EXPECT_EQ(inbox.arrive(wire), error_code());
    EXPECT_EQ(inbox.received(), "at once");
    EXPECT_TRUE(server->established() && server->peer_ended());
    EXPECT_EQ(server->transport_ended(), error_code());
}

}  // namespace
}  // namespace sallyport::channel::native::tests
