// What passes through both programs: every byte, each end by itself, and no end that was none.
#include <gmock/gmock.h>

#include <future>

#include "tests/relay/path.hpp"
#include "tests/relay/proxy.hpp"

namespace sallyport::relay::tests {
namespace {

constexpr std::size_t megabyte = 1 << 20;

class Relaying : public testing::TestWithParam<Encryption> {
protected:
    PathOptions options() const { return {.encryption = GetParam()}; }
};
INSTANTIATE_TEST_SUITE_P(Over, Relaying, testing::Values(aes256, des168, tls1_2, tls1_3),
                         testing::PrintToStringParamName());

std::future<bool> sending(const Socket& socket, const std::string& bytes) {
    return std::async(std::launch::async, [&] {
        const bool sent = socket.send(bytes);
        socket.end();
        return sent;
    });
}

TEST_P(Relaying, DeliversEveryByteOfBothDirectionsAtOnce) {
    Path path(options());
    const auto [client, target] = path.open();
    const auto up = pattern(3 * megabyte + 17, 1), down = pattern(3 * megabyte + 4711, 2);
    auto client_sent = sending(client, up), target_sent = sending(target, down);
    auto at_target = std::async(std::launch::async, [&target = target] { return target.receive(); });
    EXPECT_TRUE(client.receive() == (Outcome{down, End::fin}));
    EXPECT_TRUE(at_target.get() == (Outcome{up, End::fin}));
    EXPECT_TRUE(client_sent.get() && target_sent.get());

    const auto totals = path.host.totals();
    EXPECT_EQ(totals.bytes_to_target, up.size() + 5);
    EXPECT_EQ(totals.bytes_to_client, down.size() + 7);
    EXPECT_EQ(totals.sessions, 1u);
    EXPECT_EQ(totals.truncated, 0u);
    EXPECT_EQ(totals.legacy_sessions, std::string_view(GetParam().name) == "native_des168" ? 1u : 0u);
    EXPECT_EQ(path.workstation.totals().truncated, 0u);
}

TEST_P(Relaying, AStalledDirectionDoesNotHoldUpTheOther) {
    Path path(options());
    const auto [client, target] = path.open();
    const auto up = pattern(64 * megabyte, 3), down = pattern(4 * megabyte, 4);  // up: more than all buffers hold
    auto client_sent = sending(client, up);
    auto target_sent = sending(target, down);  // the target writes to its end before it reads at all
    EXPECT_TRUE(client.receive() == (Outcome{down, End::fin}));
    EXPECT_EQ(client_sent.wait_for(0s), std::future_status::timeout) << "64 MiB lie in buffers: no back-pressure";
    EXPECT_TRUE(target.receive() == (Outcome{up, End::fin}));
    EXPECT_TRUE(client_sent.get() && target_sent.get());
}

TEST_P(Relaying, TheClientsEndTravelsOnAndTheTargetStillAnswers) {
    Path path(options());
    const auto [client, target] = path.open();
    client.send("question");
    client.end();
    EXPECT_EQ(target.receive(), (Outcome{"question", End::fin}));
    target.send("answer");
    EXPECT_EQ(client.receive(6), (Outcome{"answer", End::more}));
    target.end();
    EXPECT_EQ(client.receive(), (Outcome{"", End::fin}));
    EXPECT_EQ(path.host.totals().truncated + path.workstation.totals().truncated, 0u);
}

TEST_P(Relaying, TheTargetsEndTravelsOnAndTheClientStillSpeaks) {
    Path path(options());
    const auto [client, target] = path.open();
    target.send("report");
    target.end();
    EXPECT_EQ(client.receive(), (Outcome{"report", End::fin}));
    client.send("receipt");
    EXPECT_EQ(target.receive(7), (Outcome{"receipt", End::more}));
    client.end();
    EXPECT_EQ(target.receive(), (Outcome{"", End::fin}));
    EXPECT_EQ(path.host.totals().truncated + path.workstation.totals().truncated, 0u);
}

TEST_P(Relaying, ATargetThatResetsResetsTheClient) {
    Log log;
    Path path(options());
    auto [client, target] = path.open();
    target.reset();
    EXPECT_EQ(client.receive().end, End::rst);
    EXPECT_EQ(path.host.totals().truncated, 1u);
    EXPECT_EQ(path.workstation.totals().truncated, 1u);
    EXPECT_EQ(log.reasons(at_host), "plain_reset");
}

TEST_P(Relaying, AClientThatResetsResetsTheTarget) {
    Log log;
    Path path(options());
    auto [client, target] = path.open();
    client.reset();
    EXPECT_EQ(target.receive().end, End::rst);
    EXPECT_EQ(path.host.totals().truncated, 1u);
    EXPECT_EQ(path.workstation.totals().truncated, 1u);
    EXPECT_EQ(log.reasons(at_workstation), "plain_reset");
}

TEST_P(Relaying, ATargetThatIsNotThereResetsTheClientAndIsNamed) {
    Log log;
    const Nobody nobody;
    auto with = options();
    with.target = nobody.endpoint();
    Path path(with);
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.totals().truncated, 1u);
    EXPECT_EQ(path.workstation.totals().truncated, 1u);
    EXPECT_EQ(log.reasons(at_host), "target_unreachable");
}

TEST_P(Relaying, AHostThatIsNotThereResetsTheClientAndIsNamed) {
    const Nobody nobody;
    auto with = options();
    with.through = nobody.endpoint();
    Path path(with);
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.workstation.reports().next(), "target_unreachable");
}

TEST_P(Relaying, AConnectionCutInTheMiddleEndsByResetOnBothSides) {
    using Cut = void (Proxy::*)();
    for (const Cut cut : {Cut(&Proxy::cut_by_fin), Cut(&Proxy::cut_by_rst)}) {
        Acceptor target;
        Side host(host_service(target.endpoint()));
        Proxy proxy(host.endpoint());
        Side workstation(workstation_service(proxy.endpoint(), GetParam()));
        const auto client = workstation.connect();
        const auto at_target = target.accept();
        client.send("half of a");
        ASSERT_EQ(at_target.receive(9).data, "half of a");
        (proxy.*cut)();
        EXPECT_EQ(client.receive(), (Outcome{"", End::rst}));
        EXPECT_EQ(at_target.receive(), (Outcome{"", End::rst}));
        for (auto* side : {&host, &workstation}) {
            EXPECT_EQ(side->reports().next(), "established");
            EXPECT_THAT(side->reports().next(), testing::AnyOf("truncated", "secure_reset"));
        }
    }
}

TEST_P(Relaying, WhatComesRightBehindTheHandshakeIsDelivered) {
    const Acceptor target;
    Side host(host_service(target.endpoint()));
    Hand hand(client_channel(GetParam()), host.endpoint());
    ASSERT_TRUE(hand.shake_hands());
    auto flight = hand.sealed("early");
    hand.channel().end();
    flight += hand.pending();
    hand.socket().send(flight);  // the handshake's last message, data and our end in one segment
    const auto at_target = target.accept();
    EXPECT_EQ(at_target.receive(), (Outcome{"early", End::fin}));
    at_target.send("late");
    EXPECT_EQ(hand.receive(4), "late");
}

TEST_P(Relaying, ATargetThatSpeaksFirstIsHeard) {
    Path path(options());
    const auto client = path.workstation.connect();
    const auto target = path.target.accept();
    target.send("220 ready");
    EXPECT_EQ(client.receive(9).data, "220 ready");
}

TEST_P(Relaying, SessionsSayWhatTheyAre) {
    Path path(options());
    const auto [client, target] = path.open();
    const auto at_host = path.host.server().sessions(), at_workstation = path.workstation.server().sessions();
    ASSERT_EQ(at_host.size(), 1u);
    ASSERT_EQ(at_workstation.size(), 1u);
    const auto& view = at_host.front();
    EXPECT_EQ(view.entry, "23450");
    EXPECT_EQ(view.protocol, "TOP");
    EXPECT_EQ(view.channel.kind, GetParam().native() ? "native" : "tls");
    EXPECT_THAT(view.channel.suite, testing::StartsWith(GetParam().native() ? GetParam().suite : "TLSv1."));
    EXPECT_EQ(view.peer, at_workstation.front().local);
    EXPECT_EQ(view.target, to_text(path.target.endpoint()));
    EXPECT_TRUE(view.established);
    EXPECT_EQ(view.bytes_to_target, 5u);
    EXPECT_EQ(view.bytes_to_client, 7u);
    EXPECT_EQ(at_workstation.front().peer, to_text(client.local()));
    EXPECT_EQ(at_workstation.front().bytes_to_target, 5u);
    EXPECT_EQ(at_workstation.front().bytes_to_client, 7u);
}

TEST(RelayingInClear, BytesAndEndsPassWhereAnEntrySaysPlain) {
    const Acceptor target;
    auto service = host_service(target.endpoint());
    service->speaks_without_first_bytes = true;
    service->make_channel = [](Bytes, const Arrival&) { return channel::make_plain(); };
    Side host(service);
    const auto client = host.connect();
    const auto at_target = target.accept();  // before the client has said a word
    client.send("as it is");
    client.end();
    EXPECT_EQ(at_target.receive(), (Outcome{"as it is", End::fin}));
    at_target.send("and back");
    at_target.end();
    EXPECT_EQ(client.receive(), (Outcome{"and back", End::fin}));
    EXPECT_EQ(host.totals().truncated, 0u);
}

}  // namespace
}  // namespace sallyport::relay::tests
