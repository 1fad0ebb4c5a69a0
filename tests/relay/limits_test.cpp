// Sources that fail, by a clock that the test moves.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "relay/error.hpp"
#include "relay/limits.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;

constexpr double per_second = 2, burst = 4;
const Clock::time_point start{};

class SourceGuardTest : public testing::Test {
protected:
    void fail(const char* source, int times, Clock::time_point now = start) {
        for (int i = 0; i < times; ++i) guard_.failed(make_address(source), now);
    }
    bool may_connect(const char* source, Clock::time_point now = start) {
        return guard_.may_connect(make_address(source), now);
    }
    SourceGuard guard_{per_second, burst};
};

TEST_F(SourceGuardTest, ABurstOfFailuresIsForgiven) {
    fail("192.0.2.1", 3);
    EXPECT_TRUE(may_connect("192.0.2.1"));
    fail("192.0.2.1", 1);
    EXPECT_FALSE(may_connect("192.0.2.1"));
}

TEST_F(SourceGuardTest, ConnectingWithoutFailingIsNotLimited) {
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(may_connect("192.0.2.1"));
}

TEST_F(SourceGuardTest, AnotherSourceDoesNotPay) {
    fail("192.0.2.1", 100);
    EXPECT_FALSE(may_connect("192.0.2.1"));
    EXPECT_TRUE(may_connect("192.0.2.2"));
}

TEST_F(SourceGuardTest, FailuresAreForgottenAtTheirRate) {
    fail("192.0.2.1", 4);
    EXPECT_FALSE(may_connect("192.0.2.1", start + 499ms));
    EXPECT_TRUE(may_connect("192.0.2.1", start + 500ms));
    fail("192.0.2.1", 1, start + 500ms);
    EXPECT_FALSE(may_connect("192.0.2.1", start + 501ms));
}

TEST_F(SourceGuardTest, HoweverManyFailedTheWaitIsBounded) {
    fail("192.0.2.1", 100'000);
    EXPECT_FALSE(may_connect("192.0.2.1", start + 10s)) << "a flood costs more than a burst";
    EXPECT_TRUE(may_connect("192.0.2.1", start + 1min));
}

TEST_F(SourceGuardTest, AnIPv6SourceIsItsNetworkOf64Bits) {
    fail("2001:db8:0:1::1", 4);
    EXPECT_FALSE(may_connect("2001:db8:0:1:ffff::2"));
    EXPECT_TRUE(may_connect("2001:db8:0:2::1"));
}

TEST_F(SourceGuardTest, AMappedAddressIsTheIPv4Source) {
    fail("::ffff:192.0.2.1", 4);
    EXPECT_FALSE(may_connect("192.0.2.1"));
    EXPECT_TRUE(may_connect("::ffff:192.0.2.2"));
}

TEST_F(SourceGuardTest, ManySourcesDoNotWashOutOneThatStillFails) {
    const auto later = start + 3s;
    for (std::uint32_t i = 0; i < 5000; ++i) guard_.failed(asio::ip::address_v4(0x0A000000 + i), start);
    fail("192.0.2.1", 4, later);
    guard_.failed(make_address("192.0.2.9"), later);  // the map is swept by now
    EXPECT_FALSE(may_connect("192.0.2.1", later));
    EXPECT_TRUE(may_connect("10.0.0.1", later));
}

TEST_F(SourceGuardTest, HandshakesUnderWayAreCountedBySource) {
    const auto source = make_address("2001:db8::1"), neighbour = make_address("2001:db8::2");
    guard_.began(source);
    guard_.began(neighbour);
    EXPECT_EQ(guard_.unfinished(source), 2u);
    EXPECT_EQ(guard_.unfinished(make_address("192.0.2.1")), 0u);
    guard_.over(source);
    EXPECT_EQ(guard_.unfinished(neighbour), 1u);
    guard_.over(neighbour);
    EXPECT_EQ(guard_.unfinished(neighbour), 0u);
}

class SourceSessionsTest : public testing::Test {
protected:
    using Claims = std::vector<std::unique_ptr<SourceSessions::Claim>>;

    /// Claims until there is no place more; yields why not.
    error_code fill(Claims& claims, const char* source, bool authenticated = false) {
        while (true) {
            auto claimed = sessions_.claim(make_address(source));
            if (!claimed) return claimed.error();
            if (authenticated) (*claimed)->authenticated();
            claims.push_back(std::move(*claimed));
        }
    }
    SourceSessions sessions_{{.sessions = 5, .unauthenticated = 2}};
    Claims claims_;
};

TEST_F(SourceSessionsTest, ASourceHasSoManySessionsAndFewerBeforeTheirLogin) {
    EXPECT_EQ(fill(claims_, "192.0.2.1"), SessionError::too_many_unauthenticated);
    EXPECT_EQ(claims_.size(), 2u);
    for (const auto& claim : claims_) claim->authenticated();
    EXPECT_EQ(fill(claims_, "192.0.2.1", true), SessionError::too_many_sessions);
    EXPECT_EQ(claims_.size(), 5u);
}

TEST_F(SourceSessionsTest, AnotherSourceDoesNotPay) {
    fill(claims_, "192.0.2.1");
    EXPECT_TRUE(sessions_.claim(make_address("192.0.2.2")));
    EXPECT_FALSE(sessions_.claim(make_address("::ffff:192.0.2.1"))) << "a mapped address is the IPv4 source";
}

TEST_F(SourceSessionsTest, AnIPv6SourceIsItsNetworkOf64Bits) {
    fill(claims_, "2001:db8:0:1::1");
    EXPECT_FALSE(sessions_.claim(make_address("2001:db8:0:1:ffff::2")));
    EXPECT_TRUE(sessions_.claim(make_address("2001:db8:0:2::1")));
}

TEST_F(SourceSessionsTest, PlacesComeBackWithOrWithoutALogin) {
    for (const bool authenticated : {false, true, false}) {
        fill(claims_, "192.0.2.1", authenticated);
        EXPECT_EQ(claims_.size(), authenticated ? 5u : 2u);
        claims_.clear();
    }
}

TEST_F(SourceSessionsTest, ALoginCountsOnce) {
    fill(claims_, "192.0.2.1");
    claims_[0]->authenticated();
    claims_[0]->authenticated();
    EXPECT_EQ(fill(claims_, "192.0.2.1"), SessionError::too_many_unauthenticated);
    EXPECT_EQ(claims_.size(), 3u);
}

TEST_F(SourceSessionsTest, CountsAcrossThreads) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this] {
            for (int n = 0; n < 1000; ++n) {
                const auto claim = sessions_.claim(make_address("192.0.2.1"));
                if (claim && n % 2 == 0) (*claim)->authenticated();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(fill(claims_, "192.0.2.1", true), SessionError::too_many_sessions);
    EXPECT_EQ(claims_.size(), 5u);
}

TEST(RateLimitTest, GivesSoManyASecondToEachSource) {
    RateLimit limit(1);
    const auto one = make_address("192.0.2.1"), other = make_address("192.0.2.2");
    EXPECT_TRUE(limit.take(one, start));
    EXPECT_FALSE(limit.take(one, start + 999ms));
    EXPECT_TRUE(limit.take(other, start + 999ms));
    EXPECT_TRUE(limit.take(one, start + 1100ms));
    EXPECT_FALSE(limit.take(one, start + 1100ms));
}

TEST(DescriptorLimit, IsRaisedToWhatIsAllowedAndStays) {
    const auto raised = raise_descriptor_limit();
    EXPECT_GE(raised, 64u);
    EXPECT_EQ(raise_descriptor_limit(), raised);
}

}  // namespace
}  // namespace sallyport::relay
