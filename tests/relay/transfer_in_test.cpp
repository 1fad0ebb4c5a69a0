// A transfer from the secure leg to the plain one: nothing but its own end decides what came of it.
#include <gmock/gmock.h>

#include <thread>

#include "tests/relay/transfer.hpp"

namespace sallyport::relay::tests {
namespace {

class ToPlain : public testing::TestWithParam<Encryption> {
protected:
    TransferOptions options() const {
        return {.encryption = GetParam(), .stream = {.uses = Uses::to_plain}, .limits = brief()};
    }
};
INSTANTIATE_TEST_SUITE_P(Over, ToPlain, testing::Values(in_clear, aes256, tls1_2, tls1_3),
                         testing::PrintToStringParamName());
class ToPlainProtected : public ToPlain {};
INSTANTIATE_TEST_SUITE_P(Over, ToPlainProtected, testing::Values(aes256, tls1_2, tls1_3),
                         testing::PrintToStringParamName());

TEST_P(ToPlain, IsCompleteOnceItsEndWasDelivered) {
    Transfer transfer(options());
    transfer.send("file");
    transfer.end();
    EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
    EXPECT_EQ(transfer.event(), "transferred");
    transfer.target.end();
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_TRUE(transfer.end_is_signed());
    EXPECT_EQ(transfer.hand.end(), End::fin);
    transfer.hand.socket().close();
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlain, MayBeOfNoBytes) {
    Transfer transfer(options());
    transfer.end();
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::fin}));
    EXPECT_EQ(transfer.event(), "transferred");
}

TEST_P(ToPlain, KeepsTheTargetsEarlyEndBackUntilItIsComplete) {
    Transfer transfer(options());
    transfer.target.end();
    EXPECT_EQ(transfer.hand.receive(1, 300ms), "");
    EXPECT_EQ(transfer.hand.end(), End::timeout);
    EXPECT_FALSE(transfer.end_is_signed());
    transfer.send("file");
    transfer.end();
    EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_TRUE(transfer.end_is_signed());
    transfer.hand.socket().close();
    EXPECT_EQ(transfer.event(), "transferred");
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlain, CarriesWhatTheTargetSaysNevertheless) {
    Transfer transfer(options());
    transfer.target.send("note");
    EXPECT_EQ(transfer.hand.receive(4), "note");
}

TEST_P(ToPlain, IsIncompleteWhenTheTargetResetsBefore) {
    Transfer transfer(options());
    transfer.send("half");
    ASSERT_EQ(transfer.target.receive(4).data, "half");
    transfer.target.reset();
    EXPECT_EQ(transfer.event(), "stopped: plain_reset");
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_FALSE(transfer.end_is_signed());
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlain, IsIncompleteWhenTheTargetResetsBehindItsOwnEnd) {
    Transfer transfer(options());
    transfer.target.end();
    EXPECT_EQ(transfer.hand.receive(1, 300ms), "");
    transfer.target.reset();
    EXPECT_EQ(transfer.event(), "stopped: plain_reset");
}

TEST_P(ToPlain, IsIncompleteWhenThePeerResetsBefore) {
    Transfer transfer(options());
    transfer.send("half");
    ASSERT_EQ(transfer.target.receive(4).data, "half");
    transfer.hand.socket().reset();
    EXPECT_EQ(transfer.event(), "stopped: secure_reset");
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlain, IsIncompleteWhenItsEndMeetsAReset) {
    auto with = options();
    with.held = 500ms;
    Transfer transfer(with);
    transfer.end();
    transfer.target.reset();
    EXPECT_EQ(transfer.event(), "stopped: plain_reset");
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlain, IsNotHarmedByAResetBehindItsEnd) {
    for (const bool by_target : {true, false}) {
        Transfer transfer(options());
        transfer.send("file");
        transfer.end();
        EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
        EXPECT_EQ(transfer.event(), "transferred");
        (by_target ? transfer.target : transfer.hand.socket()).reset();
        EXPECT_EQ(transfer.event(), "over");
    }
}

TEST_P(ToPlain, TellsWhetherTheTargetEndedOrResetBehindItsEnd) {
    for (const bool taken : {true, false}) {
        auto with = options();
        with.answers = true;
        Transfer transfer(with);
        transfer.send("file");
        transfer.end();
        EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
        EXPECT_EQ(transfer.event(), "transferred");
        taken ? transfer.target.end() : transfer.target.reset();
        EXPECT_EQ(transfer.event(), taken ? "taken" : "not taken");
    }
}

TEST_P(ToPlain, HearsTheTargetForAsLongAsItsOwnerWantsToAlsoWithoutThePeer) {
    for (const bool taken : {true, false}) {
        auto with = options();
        with.answers = true;
        with.stream.answer = 60s;
        Transfer transfer(with);
        transfer.send("file");
        transfer.end();
        EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
        EXPECT_EQ(transfer.event(), "transferred");
        transfer.hand.socket().close();
        std::this_thread::sleep_for(brief().linger + 2s);
        taken ? transfer.target.end() : transfer.target.reset();
        EXPECT_EQ(transfer.event(), taken ? "taken" : "not taken");
        EXPECT_EQ(transfer.event(), "over");
    }
}

TEST_P(ToPlain, AnEarlyEndOfATargetThatReadsOnIsNoDenial) {
    auto with = options();
    with.answers = true;
    Transfer transfer(with);
    transfer.target.end();
    transfer.send("file");
    transfer.end();
    EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
    EXPECT_EQ(transfer.event(), "transferred");
    EXPECT_EQ(transfer.event(), "taken");
}

TEST_P(ToPlain, AnEarlyEndOfATargetThatIsGoneIsNotTakenForAnAnswer) {
    auto with = options();
    with.answers = true;
    Transfer transfer(with);
    transfer.target.close();
    transfer.send("file");
    transfer.end();
    auto event = transfer.event();
    if (event == "transferred") event = transfer.event();  // the reset came behind our end
    EXPECT_THAT(event, testing::AnyOf("not taken", "stopped: plain_reset"));
}

TEST_P(ToPlain, DoesNotWaitForATargetThatNeverEnds) {
    Transfer transfer(options());
    transfer.send("file");
    transfer.end();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
    EXPECT_EQ(transfer.event(), "transferred");
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_EQ(transfer.hand.end(), End::fin) << "closed quietly";
    EXPECT_GE(std::chrono::steady_clock::now() - start, 900ms);
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlain, IsNotUndoneByAnOperatorBehindItsEnd) {
    auto with = options();
    with.limits.linger = 60s;
    Transfer transfer(with);
    transfer.send("file");
    transfer.end();
    EXPECT_EQ(transfer.event(), "transferred");
    transfer.host.server().stop_sessions(SessionError::stopped_by_operator);
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_EQ(transfer.hand.end(), End::fin);
    EXPECT_EQ(transfer.target.receive(), (Outcome{"file", End::fin}));
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlain, IsIncompleteWhenAnOperatorStopsItBefore) {
    Transfer transfer(options());
    transfer.host.server().stop_sessions(SessionError::stopped_by_operator);
    EXPECT_EQ(transfer.event(), "stopped: stopped_by_operator");
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_FALSE(transfer.end_is_signed());
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlainProtected, IsIncompleteWithoutASignedEnd) {
    Transfer transfer(options());
    transfer.send("half");
    ASSERT_EQ(transfer.target.receive(4).data, "half");
    transfer.hand.socket().end();
    EXPECT_EQ(transfer.event(), "stopped: truncated");
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlainProtected, ALenientOneTakesAnUnsignedEndOfTlsAlone) {
    auto with = options();
    with.stream.accept_unsigned_end = true;
    Transfer transfer(with);
    transfer.send("file");
    ASSERT_EQ(transfer.target.receive(4).data, "file");
    transfer.hand.socket().end();
    if (GetParam().native()) {
        EXPECT_EQ(transfer.event(), "stopped: truncated");
        EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::rst}));
        EXPECT_EQ(transfer.event(), "over");
        return;
    }
    EXPECT_EQ(transfer.event(), "transferred");
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::fin}));
    transfer.target.end();
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_TRUE(transfer.end_is_signed()) << "ours is signed all the same";
    EXPECT_EQ(transfer.event(), "over, unsigned");
}

TEST_P(ToPlainProtected, ALenientOneIsStillSaidToBeSignedWhenItWas) {
    auto with = options();
    with.stream.accept_unsigned_end = true;
    Transfer transfer(with);
    transfer.end();
    EXPECT_EQ(transfer.event(), "transferred");
    transfer.hand.socket().close();
    transfer.target.end();
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToPlainProtected, ALenientOneTakesNoCutRecordForAnEnd) {
    std::size_t size = 1;
    for (std::size_t cut = 0; cut <= size; ++cut) {
        auto with = options();
        with.stream.accept_unsigned_end = true;
        Transfer transfer(with);
        const auto record = transfer.hand.sealed("cut");
        size = record.size();
        transfer.hand.socket().send(std::string_view(record).substr(0, cut));
        transfer.hand.socket().end();
        const bool accepted = (cut == 0 || cut == size) && GetParam().tls();
        EXPECT_EQ(transfer.event(), accepted ? "transferred" : "stopped: truncated") << cut;
        EXPECT_EQ(transfer.target.receive().end, accepted ? End::fin : End::rst) << cut;
        transfer.target.close();
        transfer.hand.socket().close();
        EXPECT_EQ(transfer.event(), accepted ? "over, unsigned" : "over") << cut;
    }
}

}  // namespace
}  // namespace sallyport::relay::tests
