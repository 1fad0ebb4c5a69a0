// A transfer from the plain leg to the secure one, and two streams in a row.
#include <gmock/gmock.h>

#include <thread>

#include "tests/relay/transfer.hpp"

namespace sallyport::relay::tests {
namespace {

constexpr std::size_t megabyte = 1 << 20;

class ToSecure : public testing::TestWithParam<Encryption> {
protected:
    TransferOptions options() const {
        return {.encryption = GetParam(), .stream = {.uses = Uses::to_secure}, .limits = brief()};
    }
};
INSTANTIATE_TEST_SUITE_P(Over, ToSecure, testing::Values(in_clear, aes256, tls1_2, tls1_3),
                         testing::PrintToStringParamName());

TEST_P(ToSecure, IsCompleteOnceItsEndHasLeft) {
    auto with = options();
    with.limits.linger = 60s;
    Transfer transfer(with);
    transfer.target.send("file");
    transfer.target.end();
    EXPECT_EQ(transfer.hand.receive(4), "file");
    EXPECT_EQ(transfer.event(), "transferred");
    EXPECT_EQ(transfer.hand.receive(1, 300ms), "");
    EXPECT_TRUE(transfer.end_is_signed());
    EXPECT_EQ(transfer.hand.end(), GetParam().native() ? End::timeout : End::fin) << "FIN goes right behind it";
    transfer.end();
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::fin}));
    transfer.hand.socket().close();
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToSecure, KeepsThePeersEarlyEndBackUntilItIsComplete) {
    for (const bool is_signed : {true, false}) {
        Transfer transfer(options());
        if (is_signed) transfer.end();
        if (!is_signed) transfer.hand.socket().end();
        EXPECT_EQ(transfer.target.receive(1, 300ms), (Outcome{"", End::timeout}));
        transfer.target.send("file");
        transfer.target.end();
        EXPECT_EQ(transfer.hand.receive(), "file");
        EXPECT_TRUE(transfer.end_is_signed());
        EXPECT_EQ(transfer.hand.end(), End::fin);
        EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::fin}));
        transfer.hand.socket().close();
        EXPECT_EQ(transfer.event(), "transferred");
        EXPECT_EQ(transfer.event(), "over");
    }
}

TEST_P(ToSecure, IsIncompleteWhenTheTargetResetsBefore) {
    Transfer transfer(options());
    transfer.target.send("half");
    EXPECT_EQ(transfer.hand.receive(4), "half");
    transfer.target.reset();
    EXPECT_EQ(transfer.event(), "stopped: plain_reset");
    EXPECT_EQ(transfer.hand.receive(), "");
    EXPECT_FALSE(transfer.end_is_signed());
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToSecure, IsIncompleteWhenThePeerResetsBefore) {
    for (const bool behind_its_end : {false, true}) {
        Transfer transfer(options());
        transfer.target.send("half");
        EXPECT_EQ(transfer.hand.receive(4), "half");
        if (behind_its_end) {
            transfer.hand.socket().end();
            EXPECT_EQ(transfer.target.receive(1, 300ms), (Outcome{"", End::timeout}));
        }
        transfer.hand.socket().reset();
        EXPECT_EQ(transfer.event(), "stopped: secure_reset");
        EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::rst}));
        EXPECT_EQ(transfer.event(), "over");
    }
}

TEST_P(ToSecure, IsIncompleteWhenItsEndMeetsAReset) {
    auto with = options();
    with.held = 500ms;
    Transfer transfer(with);
    transfer.target.end();
    transfer.hand.socket().reset();
    EXPECT_EQ(transfer.event(), "stopped: secure_reset");
    EXPECT_EQ(transfer.event(), "over");
}

TEST_P(ToSecure, IsNotHarmedByAResetBehindItsEnd) {
    for (const bool by_target : {true, false}) {
        Transfer transfer(options());
        transfer.target.send("file");
        transfer.target.end();
        EXPECT_EQ(transfer.event(), "transferred");
        (by_target ? transfer.target : transfer.hand.socket()).reset();
        if (by_target) {
            EXPECT_EQ(transfer.hand.receive(), "file");
            EXPECT_TRUE(transfer.end_is_signed());
            EXPECT_EQ(transfer.hand.end(), End::fin);
            transfer.hand.socket().close();
        }
        EXPECT_EQ(transfer.event(), "over");
    }
}

TEST_P(ToSecure, TellsWhetherThePeerEndedOrResetBehindItsEnd) {
    for (const bool taken : {true, false}) {
        auto with = options();
        with.answers = true;
        Transfer transfer(with);
        transfer.target.send("file");
        transfer.target.end();
        EXPECT_EQ(transfer.hand.receive(4), "file");
        EXPECT_EQ(transfer.event(), "transferred");
        taken ? transfer.end() : transfer.hand.socket().reset();
        EXPECT_EQ(transfer.event(), taken ? "taken" : "not taken");
    }
}

TEST_P(ToSecure, DoesNotWaitForAPeerThatNeverEnds) {
    Transfer transfer(options());
    transfer.target.send("file");
    transfer.target.end();
    EXPECT_EQ(transfer.event(), "transferred");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(transfer.event(), "over");
    EXPECT_GE(std::chrono::steady_clock::now() - start, 900ms);
    EXPECT_EQ(transfer.hand.receive(), "file");
    EXPECT_TRUE(transfer.end_is_signed());
    EXPECT_EQ(transfer.hand.end(), End::fin);
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::fin}));
}

/// A socket that was closed would answer the peer's next word with RST, and what the kernel still held would be lost.
TEST(ToSecureNative, IsNotClosedWhileAPeerThatReadsSlowlyStillReceives) {
    for (const bool target_resets : {false, true}) {
        Transfer transfer({.stream = {.uses = Uses::to_secure}, .limits = brief()});
        transfer.hand.socket().take_little();
        const auto bytes = pattern(megabyte, 6);
        transfer.target.send(bytes);
        transfer.target.end();
        EXPECT_EQ(transfer.event(), "transferred");
        if (target_resets) transfer.target.reset();
        std::string arrived;
        for (int i = 0; i < 10; ++i) {
            EXPECT_EQ(transfer.events.next(400ms), "nothing");
            arrived += transfer.hand.socket().receive(32 * 1024).data;
        }
        transfer.hand.channel().ping();
        EXPECT_TRUE(transfer.hand.socket().send(transfer.hand.pending()));
        const auto rest = transfer.hand.socket().receive();
        EXPECT_EQ(rest.end, End::fin);
        EXPECT_TRUE(transfer.hand.open(arrived + rest.data));
        EXPECT_TRUE(transfer.end_is_signed());
        EXPECT_TRUE(transfer.hand.receive(bytes.size()) == bytes);
        EXPECT_EQ(transfer.event(), "over");
    }
}

/// Nobody pings who has said FIN.
TEST(ToSecureNative, DoesNotTakeAPeerForDeadWhoseOwnEndCameEarly) {
    auto limits = brief();
    limits.ping = 1s;
    limits.dead = 2s;
    Transfer transfer({.stream = {.uses = Uses::to_secure}, .limits = limits});
    transfer.hand.socket().end();
    EXPECT_EQ(transfer.events.next(5s), "nothing");
    transfer.target.send("file");
    transfer.target.end();
    EXPECT_EQ(transfer.hand.receive(), "file");
    EXPECT_TRUE(transfer.end_is_signed());
    EXPECT_EQ(transfer.event(), "transferred");
}

TEST(UsedBothWays, ItIsCompleteWithTheSecondEnd) {
    Transfer transfer({.limits = brief()});
    transfer.end();
    EXPECT_EQ(transfer.target.receive(), (Outcome{"", End::fin}));
    EXPECT_EQ(transfer.events.next(300ms), "nothing");
    transfer.target.end();
    EXPECT_EQ(transfer.event(), "transferred");
    EXPECT_EQ(transfer.event(), "over");
}

TEST(Waiting, BetweenHandshakeAndTransferShowsLife) {
    auto limits = brief();
    limits.ping = 1s;
    Transfer transfer({.limits = limits, .held = 4s});
    const auto heard = transfer.hand.socket().receive(1, 3s);
    EXPECT_EQ(heard.end, End::more);
    EXPECT_TRUE(transfer.hand.open(heard.data));
    transfer.target.send("then");
    EXPECT_EQ(transfer.hand.receive(4), "then");
}

TEST(Waiting, ForAPeerThatSaysNothingEndsInTime) {
    Acceptor target;
    Reports events;
    Side host(transfer_service(host_service(target.endpoint()), {}, events), brief());
    const auto silent = host.connect();
    const auto at_target = target.accept();
    EXPECT_EQ(events.next(), "stopped: first_message_late");
    EXPECT_EQ(at_target.receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(events.next(), "over");
}

/// A transfer through both programs: client, workstation side, host side, target.
class TwoStreams : public ToSecure {};
INSTANTIATE_TEST_SUITE_P(Over, TwoStreams, testing::Values(aes256, tls1_2, tls1_3), testing::PrintToStringParamName());

TEST_P(TwoStreams, CarryEveryByteOfATransferEitherWay) {
    for (const bool upload : {true, false}) {
        Acceptor acceptor;
        Reports host_events, workstation_events;
        auto at_host = options(), at_workstation = options();
        (upload ? at_host : at_workstation).stream.uses = Uses::to_plain;
        Side host(transfer_service(host_service(acceptor.endpoint()), at_host, host_events), brief());
        Side workstation(
            transfer_service(workstation_service(host.endpoint(), GetParam()), at_workstation, workstation_events),
            brief());
        const auto client = workstation.connect(), target = acceptor.accept();
        const auto& from = upload ? client : target;
        const auto& to = upload ? target : client;
        const auto bytes = pattern(3 * megabyte + 17, 8);
        std::thread sending([&] {
            EXPECT_TRUE(from.send(bytes));
            from.end();
        });
        EXPECT_TRUE(to.receive() == (Outcome{bytes, End::fin}));
        sending.join();
        to.end();
        EXPECT_EQ(from.receive(), (Outcome{"", End::fin}));
        for (auto* events : {&host_events, &workstation_events}) {
            EXPECT_EQ(events->next(), "established");
            EXPECT_EQ(events->next(), "transferred");
            EXPECT_EQ(events->next(), "over");
        }
    }
}

}  // namespace
}  // namespace sallyport::relay::tests
