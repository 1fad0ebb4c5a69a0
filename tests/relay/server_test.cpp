// Listening, closing and stopping.
#include <gmock/gmock.h>

#include <array>

#include "tests/relay/path.hpp"

namespace sallyport::relay::tests {
namespace {

std::shared_ptr<Service> any_service() { return host_service(free_endpoint()); }

error_code listen_error(Server& server, const tcp::endpoint& at) {
    return server.listen(any_service(), at.address().to_string(), at.port()).error();
}

TEST(Listening, SaysThatAPortIsTakenByAnotherProgram) {
    const Acceptor other;
    Server server({}, 2);
    EXPECT_EQ(listen_error(server, other.endpoint()), asio::error::address_in_use);
}

TEST(Listening, SaysThatAPortIsTakenByAnotherOfOurOwn) {
    Server first({}, 2), second({}, 2);
    const auto at = free_endpoint();
    ASSERT_FALSE(listen_error(first, at));
    EXPECT_EQ(listen_error(second, at), asio::error::address_in_use);
    EXPECT_EQ(listen_error(first, at), asio::error::address_in_use) << "nor twice in one program";
}

TEST(Listening, OnEveryAddressTakesBothFamilies) {
    Server server({}, 1);
    // A port that is free at one address may be taken at the others: some are tried.
    Result<std::unique_ptr<Listener>> listener = make_error_code(SessionError::going_down);
    std::uint16_t port = 0;
    for (int tries = 0; tries < 20 && !listener; ++tries) {
        port = Acceptor().endpoint().port();
        listener = server.listen(any_service(), "", port);
    }
    ASSERT_TRUE(listener) << listener.error().message();
    EXPECT_EQ(Socket::try_connect({asio::ip::address_v4::loopback(), port}), 0);
    EXPECT_EQ((*listener)->endpoints().front().protocol(), tcp::v4());
    if ((*listener)->endpoints().size() == 2) {
        EXPECT_EQ(Socket::try_connect({asio::ip::address_v6::loopback(), port}), 0);
    }
}

TEST(Listening, ATextThatIsNoAddressIsAnError) {
    Server server({}, 1);
    EXPECT_TRUE(server.listen(any_service(), "host.example", 2345).has_error());
}

TEST(Listening, EveryThreadServesTheListener) {
    const Acceptor target;
    Server server({}, 4);
    EXPECT_EQ(server.threads(), 4u);
    const auto at = free_endpoint();
    const auto listener = server.listen(host_service(target.endpoint()), at.address().to_string(), at.port());
    ASSERT_TRUE(listener);
    // The kernel spreads connections by their ports; whichever thread has one, it is served.
    for (int i = 0; i < 32; ++i) {
        Hand hand(client_channel(aes256), at);
        ASSERT_TRUE(hand.shake_hands());
        hand.socket().send(hand.sealed("x"));
        EXPECT_EQ(target.accept().receive(1).data, "x");
    }
    EXPECT_EQ(server.totals().sessions, 32u) << "the sums of all threads";
}

TEST(Closing, RefusesNewConnectionsAndKeepsSessions) {
    Path path;
    const auto [client, target] = path.open();
    path.host.server().close(path.host.listener());
    EXPECT_EQ(Socket::try_connect(path.host.endpoint()), ECONNREFUSED);
    client.send("still relayed");
    EXPECT_EQ(target.receive(13).data, "still relayed");
    EXPECT_EQ(path.host.server().session_count(), 1u);
}

TEST(Closing, LeavesOtherListenersOpen) {
    Server server({}, 2);
    const auto first_at = free_endpoint(), second_at = free_endpoint();
    const auto first = server.listen(any_service(), first_at.address().to_string(), first_at.port());
    const auto second = server.listen(any_service(), second_at.address().to_string(), second_at.port());
    ASSERT_TRUE(first && second);
    server.close(**first);
    EXPECT_EQ(Socket::try_connect(first_at), ECONNREFUSED);
    EXPECT_EQ(Socket::try_connect(second_at), 0);
    EXPECT_FALSE(listen_error(server, first_at)) << "the port is free for the next configuration";
}

TEST(Stopping, OneSessionResetsItsEndsAndNamesTheOperator) {
    Log log;
    Path path;
    const auto first = path.open(), second = path.open();
    const auto sessions = path.host.server().sessions();
    ASSERT_EQ(sessions.size(), 2u);
    EXPECT_LT(sessions[0].id, sessions[1].id);
    EXPECT_TRUE(path.host.server().stop_session(sessions[0].id, SessionError::stopped_by_operator));
    EXPECT_EQ(first.client.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(first.target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.workstation.reports().next(), "peer_aborted");
    second.client.send("untouched");
    EXPECT_EQ(second.target.receive(9).data, "untouched");
    for (auto* side : {&path.host, &path.workstation}) {
        EXPECT_TRUE(eventually([&] { return side->server().session_count() == 1; }));
    }
    EXPECT_EQ(log.reasons(at_host), "stopped_by_operator");
}

TEST(Stopping, ASessionThatIsNotThereIsSaid) {
    Path path;
    const auto ends = path.open();
    EXPECT_FALSE(path.host.server().stop_session(0, SessionError::stopped_by_operator));
    EXPECT_EQ(path.host.server().session_count(), 1u);
}

TEST(Stopping, AllSessionsResetsAll) {
    Path path;
    const auto first = path.open(), second = path.open();
    path.host.server().stop_sessions(SessionError::going_down);
    EXPECT_EQ(first.client.receive().end, End::rst);
    EXPECT_EQ(second.client.receive().end, End::rst);
    EXPECT_EQ(path.host.totals().truncated, 2u);
}

TEST(Joining, ResetsSessionsThatAreLeftAndEndsSoon) {
    Limits limits;
    limits.silent = 1;
    Path path({.host_limits = limits});
    const auto [client, target] = path.open();
    const std::array strangers{path.host.connect(), path.host.connect()};
    for (const auto& stranger : strangers) stranger.send("?");
    first_readable(strangers);  // now the other is kept waiting for 10 s, but not when the program goes down
    const auto start = std::chrono::steady_clock::now();
    path.host.server().join();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 6s);
    EXPECT_EQ(client.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(Socket::try_connect(path.host.endpoint()), ECONNREFUSED);
}

TEST(Capacity, IsWhatWasAskedForOrWhatDescriptorsAllow) {
    Limits limits;
    limits.sessions = 7;
    EXPECT_EQ(Server(limits, 1).most_sessions(), 7u);
    EXPECT_GT(Server({}, 1).most_sessions(), 7u);
    limits.sessions = std::numeric_limits<std::size_t>::max();
    EXPECT_LE(Server(limits, 1).most_sessions(), raise_descriptor_limit() / 2);
}

}  // namespace
}  // namespace sallyport::relay::tests
