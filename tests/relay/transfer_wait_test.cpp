// A transfer that is established long before it begins.
#include <gtest/gtest.h>

#include "tests/relay/transfer.hpp"

namespace sallyport::relay::tests {
namespace {

class WaitingTransfer : public testing::Test {
protected:
    Transfer transfer_{{.encryption = aes256, .stream = {.uses = Uses::to_plain}, .limits = brief(), .waits = true}};
};

TEST_F(WaitingTransfer, IsOverAsSoonAsItsConnectionEnds) {
    transfer_.hand.socket().end();
    EXPECT_EQ(transfer_.event(), "stopped: truncated");
    EXPECT_EQ(transfer_.target.receive(), (Outcome{"", End::rst}));
}

TEST_F(WaitingTransfer, IsOverAsSoonAsItsConnectionIsReset) {
    transfer_.hand.socket().reset();
    EXPECT_EQ(transfer_.event(), "stopped: secure_reset");
}

TEST_F(WaitingTransfer, HearsSignsOfLifeAndWhatComesBehindThem) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(transfer_.hand.channel().ping());
        transfer_.hand.socket().send(transfer_.hand.pending());
        EXPECT_EQ(transfer_.events.next(50ms), "nothing");
    }
    transfer_.hand.socket().end();
    EXPECT_EQ(transfer_.event(), "stopped: truncated");
}

TEST_F(WaitingTransfer, HearsThatThePeerGivesUp) {
    transfer_.hand.channel().abort(channel::AbortCode::plain_side);
    transfer_.hand.socket().send(transfer_.hand.pending());
    EXPECT_EQ(transfer_.event(), "stopped: peer_aborted");
}

TEST_F(WaitingTransfer, BeginsWithWhatCameMeanwhile) {
    transfer_.send("fi");
    EXPECT_EQ(transfer_.target.receive(2).data, "fi");
    transfer_.send("le");
    transfer_.end();
    EXPECT_EQ(transfer_.target.receive(), (Outcome{"le", End::fin}));
    EXPECT_EQ(transfer_.event(), "transferred");
}

TEST_F(WaitingTransfer, MayBeOfNoBytes) {
    transfer_.end();
    EXPECT_EQ(transfer_.target.receive(), (Outcome{"", End::fin}));
    EXPECT_EQ(transfer_.event(), "transferred");
}

}  // namespace
}  // namespace sallyport::relay::tests
