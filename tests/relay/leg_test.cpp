// One socket: everything is written, and each way of ending is what the peer sees.
#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>
#include <vector>

#include "relay/leg.hpp"
#include "tests/relay/sockets.hpp"

namespace sallyport::relay::tests {
namespace {

using namespace std::chrono_literals;

class LegTest : public testing::Test {
protected:
    /// Runs one conversation to its end.
    template <typename Conversation>
    void run(Conversation conversation) {
        bool done = false;
        asio::co_spawn(io_, conversation(), [&](std::exception_ptr failure) { done = !failure; });
        io_.restart();
        io_.run_for(patience);
        EXPECT_TRUE(done);
    }

    void connect() {
        run([this]() -> awaitable<void> {
            const std::array endpoints{acceptor_.endpoint()};
            EXPECT_FALSE(co_await leg_.connect(endpoints, std::chrono::seconds(5)));
        });
        peer_ = acceptor_.accept();
    }

    /// What the peer receives while the leg writes; it starts late, so that the kernel's buffers are full before.
    template <typename Conversation>
    Outcome receive_late(Conversation conversation) {
        auto received = std::async(std::launch::async, [this] {
            EXPECT_TRUE(eventually([this] { return blocked_.load(); }));
            return peer_.receive();
        });
        asio::post(io_, [this] { blocked_ = true; });  // runs once the write waits
        run(conversation);
        return received.get();
    }

    asio::io_context io_{1};
    Acceptor acceptor_;
    Leg leg_{io_.get_executor()};
    Socket peer_;
    std::atomic<bool> blocked_ = false;
};

TEST_F(LegTest, WritesAllUnderBackPressure) {
    connect();
    const auto bytes = pattern(16 << 20);
    EXPECT_TRUE(receive_late([&]() -> awaitable<void> {
                    EXPECT_FALSE(co_await leg_.write(as_bytes(bytes)));
                    leg_.end();
                }) == (Outcome{bytes, End::fin}));
}

TEST_F(LegTest, WritesAllPartsInTheirOrderUnderBackPressure) {
    connect();
    const auto bytes = pattern(16 << 20);
    std::vector<Bytes> parts;
    std::size_t at = 0;
    for (std::size_t size = 1; at < bytes.size(); size = size * 3 + 1, size %= 100'003) {
        parts.push_back(as_bytes(bytes).subspan(at, std::min(size, bytes.size() - at)));
        at += parts.back().size();
    }
    EXPECT_TRUE(receive_late([&]() -> awaitable<void> {
                    EXPECT_FALSE(co_await leg_.write(parts));
                    leg_.end();
                }) == (Outcome{bytes, End::fin}));
}

TEST_F(LegTest, EndsItsDirectionAndStillReads) {
    connect();
    run([&]() -> awaitable<void> {
        EXPECT_FALSE(co_await leg_.write(as_bytes("last words")));
        leg_.end();
        EXPECT_EQ(peer_.receive(), (Outcome{"last words", End::fin}));
        peer_.send("answer");
        EXPECT_FALSE(std::get<0>(co_await leg_.wait_readable()));
        std::array<std::uint8_t, 16> buffer{};
        error_code error;
        EXPECT_EQ(leg_.read_now(MutableBytes(buffer), error), 6u);
        EXPECT_EQ(leg_.read_now(MutableBytes(buffer), error), 0u);
        EXPECT_EQ(error, asio::error::would_block);
    });
}

TEST_F(LegTest, ResetIsSeenAsAResetEvenBehindData) {
    connect();
    run([&]() -> awaitable<void> {
        EXPECT_FALSE(co_await leg_.write(as_bytes("not the end")));
        leg_.reset();
    });
    EXPECT_EQ(peer_.receive().end, End::rst);
    EXPECT_FALSE(leg_.is_open());
}

TEST_F(LegTest, CloseStillSendsWhatWasWritten) {
    connect();
    run([&]() -> awaitable<void> {
        EXPECT_FALSE(co_await leg_.write(as_bytes("goodbye")));
        leg_.close();
    });
    EXPECT_EQ(peer_.receive(), (Outcome{"goodbye", End::fin}));
}

TEST_F(LegTest, ReadsThePeersEndAsEof) {
    connect();
    peer_.end();
    run([&]() -> awaitable<void> {
        EXPECT_FALSE(std::get<0>(co_await leg_.wait_readable()));
        std::array<std::uint8_t, 16> buffer{};
        error_code error;
        EXPECT_EQ(leg_.read_now(MutableBytes(buffer), error), 0u);
        EXPECT_EQ(error, asio::error::eof);
    });
}

TEST_F(LegTest, ReadsThePeersResetAsAnError) {
    connect();
    peer_.reset();
    run([&]() -> awaitable<void> {
        (void)co_await leg_.wait_readable();
        std::array<std::uint8_t, 16> buffer{};
        error_code error;
        leg_.read_now(MutableBytes(buffer), error);
        EXPECT_EQ(error, asio::error::connection_reset);
    });
}

TEST_F(LegTest, ClosingWakesItsReader) {
    connect();
    asio::post(io_, [&] { leg_.reset(); });
    run([&]() -> awaitable<void> { EXPECT_TRUE(std::get<0>(co_await leg_.wait_readable())); });
}

/// The value of an option of one number.
int option(relay::Socket& socket, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(socket.native_handle(), level, name, &value, &size), 0);
    return value;
}

TEST_F(LegTest, AcceptedLegsInheritWhatConnectedLegsHave) {
    relay::Acceptor acceptor(io_, tcp::endpoint(own_address(), 0));
    prepare_for_legs(acceptor);
    const std::array endpoints{acceptor.local_endpoint()};
    run([&]() -> awaitable<void> { EXPECT_FALSE(co_await leg_.connect(endpoints, std::chrono::seconds(5))); });
    tcp::endpoint from;
    relay::Socket socket = acceptor.accept(from);
    Leg accepted(std::move(socket), from);
    EXPECT_EQ(accepted.peer(), leg_.local_endpoint());
    auto mine = accepted.release(), other = leg_.release();
    for (auto* const one : {&mine, &other}) {
        EXPECT_EQ(option(*one, IPPROTO_TCP, TCP_NODELAY), 1);
        EXPECT_EQ(option(*one, SOL_SOCKET, SO_KEEPALIVE), 1);
        EXPECT_EQ(option(*one, IPPROTO_TCP, TCP_KEEPIDLE), 10);
        EXPECT_EQ(option(*one, IPPROTO_TCP, TCP_KEEPINTVL), 5);
        EXPECT_EQ(option(*one, IPPROTO_TCP, TCP_KEEPCNT), 4);
        EXPECT_EQ(option(*one, SOL_SOCKET, SO_LINGER), 1);  // its first half: on
    }
}

TEST_F(LegTest, ConnectTriesTheEndpointsInTheirOrder) {
    const std::array endpoints{free_endpoint(), acceptor_.endpoint()};
    run([&]() -> awaitable<void> { EXPECT_FALSE(co_await leg_.connect(endpoints, std::chrono::seconds(5))); });
    EXPECT_EQ(leg_.peer(), acceptor_.endpoint());
}

TEST_F(LegTest, ConnectYieldsTheErrorOfTheLastEndpoint) {
    const std::array endpoints{free_endpoint()};
    run([&]() -> awaitable<void> {
        EXPECT_EQ(co_await leg_.connect(endpoints, std::chrono::seconds(5)), asio::error::connection_refused);
        EXPECT_EQ(co_await leg_.connect({}, std::chrono::seconds(5)), asio::error::host_not_found);
    });
}

TEST_F(LegTest, NothingIsUnacknowledgedOnAHealthyIdleConnection) {
    connect();
    run([&]() -> awaitable<void> { EXPECT_FALSE(co_await leg_.write(as_bytes("x"))); });
    EXPECT_EQ(peer_.receive(1).data, "x");
    EXPECT_TRUE(eventually([&] { return !leg_.unacknowledged_for(0s); }));
    EXPECT_EQ(peer_.receive(1, 1500ms).end, End::timeout);  // however long it lasts
    EXPECT_FALSE(leg_.unacknowledged_for(1s));
}

TEST_F(LegTest, DataToAPeerThatIsGoneIsUnacknowledged) {
    connect();
    peer_.vanish();
    run([&]() -> awaitable<void> { EXPECT_FALSE(co_await leg_.write(as_bytes("x"))); });
    EXPECT_FALSE(leg_.unacknowledged_for(30s));
    EXPECT_TRUE(eventually([&] { return leg_.unacknowledged_for(1s); }));
}

TEST_F(LegTest, APeerThatLivesAndDoesNotReadAcknowledgesAllTheSame) {
    connect();
    const std::string much(1 << 20, 'x');
    error_code error;
    while (!error) leg_.write_now(as_bytes(much), error);
    EXPECT_EQ(error, asio::error::would_block);
    EXPECT_EQ(peer_.receive(0, 0ms).end, End::more);  // nothing is read
    EXPECT_TRUE(eventually([&] { return !leg_.unacknowledged_for(0s); })) << "its window is closed, and it says so";
}

TEST(EndpointText, IsWhatPeopleWrite) {
    EXPECT_EQ(to_text({asio::ip::make_address("192.168.0.77"), 1042}), "192.168.0.77:1042");
    EXPECT_EQ(to_text({asio::ip::make_address("::1"), 1042}), "[::1]:1042");
    EXPECT_EQ(to_text({asio::ip::make_address("::ffff:192.168.0.77"), 1042}), "192.168.0.77:1042");
}

TEST_F(LegTest, KnowsWhatThePeersMachineHasAcknowledged) {
    connect();
    EXPECT_EQ(leg_.outstanding(), 0u);
    const auto bytes = pattern(16 << 20);
    error_code error;
    const auto written = leg_.write_now(as_bytes(bytes), error);  // more than the peer's kernel takes unread
    ASSERT_FALSE(error);
    EXPECT_GT(leg_.outstanding(), 0u);
    EXPECT_LT(leg_.acknowledged(), written);
    EXPECT_EQ(peer_.receive(written).data.size(), written);
    EXPECT_TRUE(eventually([&] { return leg_.outstanding() == 0; }));
    EXPECT_EQ(leg_.acknowledged(), written);
    leg_.close();
    EXPECT_EQ(leg_.outstanding(), 0u);
}

TEST_F(LegTest, ConnectsFromTheAddressThatItIsTold) {
    const auto from = asio::ip::make_address("127.126.125.124");
    run([&]() -> awaitable<void> {
        const std::array endpoints{acceptor_.endpoint()};
        EXPECT_FALSE(co_await leg_.connect(endpoints, std::chrono::seconds(5), from));
    });
    EXPECT_THAT(leg_.local_text(), testing::StartsWith("127.126.125.124:"));
    run([&]() -> awaitable<void> {
        const std::array endpoints{acceptor_.endpoint()};
        const auto elsewhere = asio::ip::make_address("192.0.2.1");
        EXPECT_EQ(co_await leg_.connect(endpoints, std::chrono::seconds(5), elsewhere),
                  boost::system::errc::address_not_available);
    });
}

}  // namespace
}  // namespace sallyport::relay::tests
