// A transfer that does not move any more is stopped; one that is slow is not.
#include <gmock/gmock.h>

#include <thread>

#include "tests/relay/transfer.hpp"

namespace sallyport::relay::tests {
namespace {

/// What trickles in the direction that is used, or in the other, while a stall of 2 s is watched for.
class Stall : public testing::TestWithParam<Uses> {
protected:
    static TransferOptions options(Uses uses) { return {.stream = {.uses = uses, .stall = 2s}, .limits = brief()}; }
    /// The first event, if it comes in 4 s: as long goes a byte each 400 ms.
    static std::string trickle(Transfer& transfer, bool to_plain) {
        std::string event = "nothing";
        for (int i = 0; i < 10 && event == "nothing"; ++i) {
            if (to_plain) {
                transfer.send("x");
            } else {
                transfer.target.send("x");
            }
            event = transfer.events.next(400ms);
        }
        return event;
    }
};
INSTANTIATE_TEST_SUITE_P(Of, Stall, testing::Values(Uses::to_plain, Uses::to_secure), [](const auto& with) {
    return std::string(with.param == Uses::to_plain ? "a_transfer_to_plain" : "a_transfer_to_secure");
});

TEST_P(Stall, StopsTheTransferWhateverMovesTheOtherWay) {
    Transfer transfer(options(GetParam()));
    EXPECT_EQ(trickle(transfer, GetParam() == Uses::to_secure), "stopped: stalled");
    EXPECT_EQ(transfer.target.receive().end, End::rst);
    transfer.hand.receive();
    EXPECT_FALSE(transfer.end_is_signed());
}

TEST_P(Stall, IsNotSeenInAByteNowAndThen) {
    Transfer transfer(options(GetParam()));
    EXPECT_EQ(trickle(transfer, GetParam() == Uses::to_plain), "nothing");
}

TEST_P(Stall, IsNotSeenWhereOneLargeWriteTakesLong) {
    auto with = options(GetParam());
    with.encryption = in_clear;  // so that the peer is a mere socket
    Transfer transfer(with);
    const bool to_plain = GetParam() == Uses::to_plain;
    Socket& from = to_plain ? transfer.hand.socket() : transfer.target;
    Socket& to = to_plain ? transfer.target : transfer.hand.socket();
    to.take_little();
    const auto bytes = pattern(16 << 20, 7);
    std::thread sending([&] {
        from.send(bytes);
        from.end();
    });
    std::string arrived;
    for (int i = 0; i < 12; ++i) {
        std::this_thread::sleep_for(500ms);
        arrived += to.receive(32 * 1024).data;
    }
    EXPECT_EQ(transfer.events.next(0ms), "nothing");
    const auto rest = to.receive();
    sending.join();
    EXPECT_EQ(rest.end, End::fin);
    EXPECT_TRUE(arrived + rest.data == bytes);
    EXPECT_EQ(transfer.event(), "transferred");
}

TEST(StallUsedBothWays, IsOnlyWhereNeitherMoves) {
    Transfer transfer({.stream = {.stall = 2s}, .limits = brief()});
    for (int i = 0; i < 4; ++i) {
        transfer.send("x");
        std::this_thread::sleep_for(500ms);
        transfer.target.send("x");
        std::this_thread::sleep_for(500ms);
    }
    EXPECT_EQ(transfer.events.next(0ms), "nothing");
    EXPECT_EQ(transfer.event(), "stopped: stalled");
}

}  // namespace
}  // namespace sallyport::relay::tests
