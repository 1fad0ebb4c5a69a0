// The small parts that sessions are made of: signals and buffers.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>
#include <thread>

#include "relay/buffer_pool.hpp"
#include "relay/signal.hpp"

namespace sallyport::relay {
namespace {

class SignalTest : public testing::Test {
protected:
    /// Starts a coroutine that waits `times`, counting.
    void wait(int times) {
        asio::co_spawn(
            io_,
            [](Signal& signal, int n, int& woken) -> awaitable<void> {
                for (int i = 0; i < n; ++i) {
                    co_await signal.wait();
                    ++woken;
                }
            }(signal_, times, woken_),
            asio::detached);
        io_.restart();
        io_.poll();
    }
    void raise() {
        signal_.raise();
        io_.restart();
        io_.poll();
    }
    asio::io_context io_{1};
    Signal signal_{io_.get_executor()};
    int woken_ = 0;
};

TEST_F(SignalTest, WakesTheWaiter) {
    wait(1);
    EXPECT_EQ(woken_, 0);
    raise();
    EXPECT_EQ(woken_, 1);
}

TEST_F(SignalTest, KeepsARaiseForTheNextWait) {
    raise();
    wait(1);
    EXPECT_EQ(woken_, 1);
}

TEST_F(SignalTest, OneRaiseIsForOneWait) {
    wait(2);
    raise();
    EXPECT_EQ(woken_, 1);
    raise();
    EXPECT_EQ(woken_, 2);
}

TEST_F(SignalTest, RaisesThatNobodyWaitedForAreOne) {
    raise();
    raise();
    wait(2);
    EXPECT_EQ(woken_, 1);
    raise();
}

TEST(BufferPool, ABufferHoldsFullRecordsOfEitherKind) {
    const Buffer buffer;
    EXPECT_EQ(buffer.bytes().size(), buffer_size);
    std::ranges::fill(buffer.bytes(), std::uint8_t{1});
}

TEST(BufferPool, AnotherSessionOfTheThreadGetsTheBufferThatWasGivenBack) {
    const std::uint8_t* first = nullptr;
    {
        const Buffer buffer;
        first = buffer.bytes().data();
    }
    const Buffer again;
    EXPECT_EQ(again.bytes().data(), first);
}

TEST(BufferPool, BuffersInUseAreNeverShared) {
    std::vector<Buffer> buffers(10);
    std::set<const std::uint8_t*> places;
    for (const auto& buffer : buffers) places.insert(buffer.bytes().data());
    buffers.clear();
    EXPECT_EQ(places.size(), 10u);
    std::vector<Buffer> again(10);
    places.clear();
    for (const auto& buffer : again) places.insert(buffer.bytes().data());
    EXPECT_EQ(places.size(), 10u);
}

TEST(BufferPool, AMovedBufferHasOneOwner) {
    Buffer first;
    const auto* place = first.bytes().data();
    Buffer second = std::move(first);
    EXPECT_EQ(second.bytes().data(), place);
    Buffer third;
    third = std::move(second);
    EXPECT_EQ(third.bytes().data(), place);
    const Buffer fourth;
    EXPECT_NE(fourth.bytes().data(), place);
}

TEST(BufferPool, ThreadsDoNotShareTheirBuffers) {
    const std::uint8_t* here = nullptr;
    {
        const Buffer buffer;
        here = buffer.bytes().data();
    }
    std::thread([here] { EXPECT_NE(Buffer().bytes().data(), here); }).join();
    EXPECT_EQ(Buffer().bytes().data(), here);
}

}  // namespace
}  // namespace sallyport::relay
