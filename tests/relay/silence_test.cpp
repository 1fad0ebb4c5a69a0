// A peer that is there and says nothing stays; one that is gone is noticed.
#include <gmock/gmock.h>

#include "tests/relay/path.hpp"
#include "tests/relay/proxy.hpp"

namespace sallyport::relay::tests {
namespace {

Limits watchful() {
    Limits limits;
    limits.ping = 1s;
    limits.dead = 3s;
    return limits;
}

/// A path with a proxy in it that has carried a word each way.
struct Watched {
    explicit Watched(const Encryption& encryption)
        : host(host_service(target.endpoint()), watchful()),
          proxy(host.endpoint()),
          workstation(workstation_service(proxy.endpoint(), encryption), watchful()),
          client(workstation.connect()),
          at_target(target.accept()) {
        client.send("up");
        EXPECT_EQ(at_target.receive(2).data, "up");
        at_target.send("down");
        EXPECT_EQ(client.receive(4).data, "down");
        EXPECT_EQ(host.reports().next(), "established");
        EXPECT_EQ(workstation.reports().next(), "established");
    }
    Acceptor target;
    Side host;
    Proxy proxy;
    Side workstation;
    Socket client, at_target;
};

class Silence : public testing::TestWithParam<Encryption> {};
INSTANTIATE_TEST_SUITE_P(Over, Silence, testing::Values(aes256, tls1_3), testing::PrintToStringParamName());

TEST_P(Silence, OfTheApplicationAloneEndsNothing) {
    Watched path(GetParam());
    // Longer than both limits together: without signs of life the session would be over.
    EXPECT_EQ(path.client.receive(1, 6s).end, End::timeout);
    EXPECT_EQ(path.at_target.receive(1, 0ms).end, End::timeout);
    path.client.send("again");
    EXPECT_EQ(path.at_target.receive(5).data, "again");
}

TEST_P(Silence, OfAMachineThatIsGoneIsNoticedByBothSidesWhileDataWaits) {
    Watched path(GetParam());
    path.proxy.vanish();
    path.client.send("lost");
    path.at_target.send("lost");
    EXPECT_EQ(path.client.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.at_target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.reports().next(), "peer_silent");
    EXPECT_EQ(path.workstation.reports().next(), "peer_silent");
}

TEST(NativeSilence, IsNoticedOnAnIdleSessionEvenWhenSomethingOnTheWayStillAcknowledges) {
    Watched path(aes256);
    path.proxy.swallow();
    EXPECT_EQ(path.client.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.at_target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.reports().next(), "peer_silent");
    EXPECT_EQ(path.workstation.reports().next(), "peer_silent");
}

TEST(NativeSilence, ATargetThatDoesNotReadIsNotMistakenForADeadHost) {
    Path path({.host_limits = watchful(), .workstation_limits = watchful()});
    const auto [client, target] = path.open();
    const auto bytes = pattern(24 << 20, 5);
    std::thread sending([&client = client, &bytes] {
        client.send(bytes);
        client.end();
    });
    EXPECT_EQ(client.receive(1, 6s).end, End::timeout) << "it is alive and blocked";
    EXPECT_TRUE(target.receive() == (Outcome{bytes, End::fin}));
    sending.join();
}

TEST_P(Silence, LongerThanTheIdleLimitStopsTheSession) {
    Log log;
    Limits limits;
    limits.idle = 1s;
    Path path({.encryption = GetParam(), .host_limits = limits});
    const auto [client, target] = path.open();
    EXPECT_EQ(client.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.totals().truncated, 1u);
    EXPECT_EQ(path.workstation.totals().truncated, 1u);
    EXPECT_EQ(log.reasons(at_host), "idle");
}

}  // namespace
}  // namespace sallyport::relay::tests
