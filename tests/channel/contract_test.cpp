#include "tests/channel/contract.hpp"

#include <algorithm>
#include <random>

namespace sallyport::channel::tests {
namespace {

class Contract : public testing::TestWithParam<Kind> {
protected:
    static Exchange connected() {
        Exchange exchange(GetParam().make());
        exchange.connect();
        EXPECT_TRUE(exchange.established());
        return exchange;
    }
};
using SecuredContract = Contract;

std::vector<Kind> secured_kinds() {
    auto all = kinds();
    std::erase_if(all, [](const Kind& kind) { return !kind.secured; });
    return all;
}
std::string name_of(const testing::TestParamInfo<Kind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(, Contract, testing::ValuesIn(kinds()), name_of);
INSTANTIATE_TEST_SUITE_P(Secured, SecuredContract, testing::ValuesIn(secured_kinds()), name_of);

TEST_P(Contract, HandshakeSurvivesEveryCut) {
    Exchange exchange(GetParam().make());
    exchange.connect(1);
    EXPECT_TRUE(exchange.established());
    EXPECT_EQ(exchange.to_client.error(), error_code());
    EXPECT_EQ(exchange.to_server.error(), error_code());
    EXPECT_EQ(exchange.client->info().suite, exchange.server->info().suite);
}

TEST_P(Contract, WhatIsSealedIsOpened) {
    auto exchange = connected();
    for (const std::size_t size : {0, 1, 2, 15, 16, 17, 255, 256, 4096, 16383, 16384, 16385, 20000, 65536, 300000}) {
        const auto text = pattern(size);
        exchange.to_server.arrive(sent(*exchange.client, text));
        EXPECT_EQ(exchange.to_server.take_received(), text) << size;
        exchange.to_client.arrive(sent(*exchange.server, text, 64 * 1024));
        EXPECT_EQ(exchange.to_client.take_received(), text) << size;
        EXPECT_EQ(exchange.to_server.unopened(), 0u);
    }
    EXPECT_EQ(exchange.to_client.error(), error_code());
    EXPECT_EQ(exchange.to_server.error(), error_code());
}

TEST_P(Contract, NothingSealsToNothing) {
    auto exchange = connected();
    ByteVector buffer(min_buffer_size);
    const auto sealed = exchange.client->seal(buffer, 0);
    ASSERT_TRUE(sealed.has_value());
    exchange.to_server.arrive(*sealed);
    EXPECT_EQ(exchange.to_server.received(), "");
    EXPECT_EQ(exchange.to_server.error(), error_code());
}

TEST_P(Contract, DataSurvivesEveryCut) {
    auto exchange = connected();
    const std::string text = "227 Entering Passive Mode (10,0,0,7,195,80)\r\n";
    for (std::size_t cut = 0;; ++cut) {
        const auto wire = sent(*exchange.client, text);
        if (cut > wire.size()) break;
        exchange.to_server.arrive(Bytes(wire).first(cut));
        exchange.to_server.arrive(Bytes(wire).subspan(cut));
        ASSERT_EQ(exchange.to_server.take_received(), text) << cut;
    }
    exchange.to_client.arrive_in_chunks(sent(*exchange.server, text + text), 1);
    EXPECT_EQ(exchange.to_client.take_received(), text + text);
}

TEST_P(Contract, SeveralRecordsAndTheStartOfOneAreOpenedToTheLastWhole) {
    auto exchange = connected();
    ByteVector wire;
    for (const auto* text : {"one ", "two ", "three "}) append(wire, sent(*exchange.client, text));
    const auto last = sent(*exchange.client, "four");
    append(wire, Bytes(last).first(last.size() - 1));
    exchange.to_server.arrive(wire);
    EXPECT_EQ(exchange.to_server.take_received(), GetParam().secured ? "one two three " : "one two three fou");
    exchange.to_server.arrive(Bytes(last).last(1));
    EXPECT_EQ(exchange.to_server.take_received(), GetParam().secured ? "four" : "r");
}

TEST_P(Contract, BulkPassesThroughOneBuffer) {
    auto exchange = connected();
    constexpr std::size_t size = 256 * 1024;
    ByteVector buffer(size);
    Slots slots;
    std::mt19937 random(1);
    for (std::size_t round = 0; round < 40; ++round) {
        exchange.client->slots(buffer, slots);
        std::size_t room = 0;
        for (const auto slot : slots) room += slot.size();
        ASSERT_GT(room, size * 9 / 10);  // it is for bulk: nearly all of the buffer is data
        const auto text = pattern(round % 2 == 0 ? room : random() % room, static_cast<std::uint32_t>(round));
        std::string_view rest = text;
        for (const auto slot : slots) {
            const auto part = rest.substr(0, slot.size());
            std::ranges::copy(as_bytes(part), slot.begin());
            rest.remove_prefix(part.size());
        }
        const auto sealed = exchange.client->seal(buffer, text.size());
        ASSERT_TRUE(sealed.has_value());
        if (!sealed->empty()) {
            ASSERT_GE(sealed->data(), buffer.data());
            ASSERT_LE(sealed->data() + sealed->size(), buffer.data() + buffer.size());
        }
        exchange.to_server.arrive(*sealed);
        ASSERT_TRUE(exchange.to_server.take_received() == text) << round;
    }
}

TEST_P(Contract, TwoFullDirectionsNeverStall) {
    auto exchange = connected();
    const auto up = pattern(500'000, 1);
    const auto down = pattern(400'000, 2);
    const auto from_client = sent(*exchange.client, up);  // all of it before either reads a byte
    const auto from_server = sent(*exchange.server, down);
    Bytes up_rest = from_client;
    Bytes down_rest = from_server;
    std::mt19937 random(1);
    while (!up_rest.empty() || !down_rest.empty()) {
        const auto up_size = std::min<std::size_t>(random() % 40'000, up_rest.size());
        ASSERT_EQ(exchange.to_server.arrive(up_rest.first(up_size)), error_code());
        up_rest = up_rest.subspan(up_size);
        const auto down_size = std::min<std::size_t>(random() % 30'000, down_rest.size());
        ASSERT_EQ(exchange.to_client.arrive(down_rest.first(down_size)), error_code());
        down_rest = down_rest.subspan(down_size);
    }
    EXPECT_TRUE(exchange.to_server.received() == up);
    EXPECT_TRUE(exchange.to_client.received() == down);
}

TEST_P(Contract, WhatIsPendingLeavesBeforeWhatIsSealedLater) {
    Exchange exchange(GetParam().make());
    bool client_spoke = false;
    bool server_spoke = false;
    // Each end speaks as soon as it is established, while its last handshake message is still pending.
    const auto speak = [](Channel& from, Inbox& to, bool& spoke) {
        if (from.established() && !spoke) {
            spoke = true;
            to.arrive(sent(from, "first words"));
        } else {
            to.arrive(from.take_pending());
        }
    };
    for (int turn = 0; turn < 10; ++turn) {
        speak(*exchange.client, exchange.to_server, client_spoke);
        speak(*exchange.server, exchange.to_client, server_spoke);
    }
    EXPECT_EQ(exchange.to_server.received(), "first words");
    EXPECT_EQ(exchange.to_client.received(), "first words");
}

TEST_P(Contract, AnEndOfOneDirectionLeavesTheOtherAlive) {
    for (const bool client_first : {true, false}) {
        auto exchange = connected();
        auto& first = client_first ? *exchange.client : *exchange.server;
        auto& second = client_first ? *exchange.server : *exchange.client;
        auto& to_first = client_first ? exchange.to_client : exchange.to_server;
        auto& to_second = client_first ? exchange.to_server : exchange.to_client;

        ByteVector wire = sent(first, "all I have");
        first.end();
        append(wire, first.take_pending());
        EXPECT_EQ(to_second.arrive(wire), error_code());
        EXPECT_EQ(to_second.received(), "all I have");
        EXPECT_TRUE(first.ended());
        EXPECT_FALSE(second.ended());
        EXPECT_EQ(second.peer_ended(), GetParam().secured);
        EXPECT_EQ(second.transport_ended(), error_code());
        EXPECT_TRUE(second.peer_ended());

        EXPECT_EQ(to_first.arrive(sent(second, pattern(50'000))), error_code());
        EXPECT_TRUE(to_first.take_received() == pattern(50'000));
        EXPECT_FALSE(first.peer_ended());
        second.end();
        EXPECT_EQ(to_first.arrive(second.take_pending()), error_code());
        EXPECT_EQ(first.transport_ended(), error_code());
        EXPECT_TRUE(first.peer_ended());
    }
}

TEST_P(Contract, NothingIsSealedAfterOurEnd) {
    auto exchange = connected();
    exchange.client->end();
    exchange.client->take_pending();
    EXPECT_EQ(seal_error(*exchange.client), Error::not_established);
    exchange.client->end();  // a second time says nothing new
    EXPECT_FALSE(exchange.client->has_pending());
}

TEST_P(Contract, NothingIsSealedAfterAnAbort) {
    auto exchange = connected();
    exchange.client->abort(AbortCode::plain_side);
    EXPECT_NE(seal_error(*exchange.client), error_code());
}

TEST_P(SecuredContract, NothingIsSealedBeforeTheHandshakeIsComplete) {
    Exchange exchange(GetParam().make());
    EXPECT_FALSE(exchange.client->established());
    EXPECT_EQ(seal_error(*exchange.client), Error::not_established);
    EXPECT_EQ(seal_error(*exchange.server), Error::not_established);
    exchange.connect();  // and the attempt has spoiled nothing
    EXPECT_TRUE(exchange.established());
}

TEST_P(SecuredContract, ACutEndIsTruncated) {
    auto exchange = connected();
    const auto wire = sent(*exchange.client, "not all");
    exchange.to_server.arrive(wire);
    exchange.client->end();
    const auto end = exchange.client->take_pending();
    ASSERT_FALSE(end.empty());
    exchange.to_server.arrive(Bytes(end).first(end.size() - 1));
    EXPECT_FALSE(exchange.server->peer_ended());
    EXPECT_EQ(exchange.server->transport_ended(), Error::truncated);
    EXPECT_FALSE(exchange.server->peer_ended());
    EXPECT_EQ(exchange.client->transport_ended(), Error::truncated);  // our own end proves nothing about the peer's
}

TEST_P(SecuredContract, ACutHandshakeIsNeverACleanEnd) {
    Exchange exchange(GetParam().make());
    const auto hello = exchange.client->take_pending();
    exchange.to_server.arrive(Bytes(hello).first(hello.size() / 2));
    EXPECT_EQ(exchange.server->transport_ended(), Error::truncated);
    EXPECT_NE(exchange.client->transport_ended(),
              error_code());  // which one differs: a native client has a better word
    EXPECT_FALSE(exchange.client->peer_ended());
    EXPECT_FALSE(exchange.server->peer_ended());
}

TEST_P(SecuredContract, AnAbortIsNeverACleanEnd) {
    for (const auto code : {AbortCode::timeout, AbortCode::plain_side, AbortCode::going_down}) {
        auto exchange = connected();
        auto wire = sent(*exchange.client, "not all");
        exchange.client->abort(code);
        append(wire, exchange.client->take_pending());
        exchange.to_server.arrive(wire);
        EXPECT_EQ(exchange.to_server.received(), "not all");
        EXPECT_FALSE(exchange.server->peer_ended());
        EXPECT_NE(exchange.server->transport_ended(), error_code());
        EXPECT_FALSE(exchange.server->peer_ended());
    }
}

TEST_P(SecuredContract, AnyFlippedBitIsRefused) {
    const std::string text = "pay 100";
    std::size_t size = 1;
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
        auto exchange = connected();
        auto wire = sent(*exchange.client, text);
        size = wire.size();
        wire[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        // A record that has become longer waits for bytes: more of them must not help it.
        append(wire, sent(*exchange.client, pattern(100)));
        const auto error = exchange.to_server.arrive(wire);
        ASSERT_EQ(exchange.to_server.received(), "") << "bit " << bit;
        ASSERT_TRUE(error || exchange.server->transport_ended() == Error::truncated) << "bit " << bit;
        ASSERT_FALSE(exchange.server->peer_ended()) << "bit " << bit;
    }
}

TEST_P(SecuredContract, AnErrorIsFinal) {
    auto exchange = connected();
    auto wire = sent(*exchange.client, "pay 100");
    wire.back() ^= 1;
    const auto error = exchange.to_server.arrive(wire);
    ASSERT_EQ(error, Error::bad_record);
    Inbox later(*exchange.server);
    EXPECT_EQ(later.arrive(sent(*exchange.client, "pay 200")), error);
    EXPECT_EQ(later.received(), "");
    EXPECT_NE(seal_error(*exchange.server), error_code());
    EXPECT_NE(exchange.server->transport_ended(), error_code());
}

TEST_P(SecuredContract, WhatCameBeforeAnErrorIsDelivered) {
    auto exchange = connected();
    auto wire = sent(*exchange.client, "whole");
    auto bad = sent(*exchange.client, "altered");
    bad.back() ^= 1;
    append(wire, bad);
    EXPECT_EQ(exchange.to_server.arrive(wire), Error::bad_record);
    EXPECT_EQ(exchange.to_server.received(), "whole");
}

TEST_P(SecuredContract, ARecordIsOpenedOnceAndInOrder) {
    for (const bool again : {true, false}) {
        auto exchange = connected();
        const auto one = sent(*exchange.client, "one");
        const auto two = sent(*exchange.client, "two");
        if (again) {
            exchange.to_server.arrive(one);
            EXPECT_TRUE(exchange.to_server.arrive(one));
            EXPECT_EQ(exchange.to_server.received(), "one");
        } else {
            EXPECT_TRUE(exchange.to_server.arrive(two));
            EXPECT_EQ(exchange.to_server.received(), "");
        }
    }
}

}  // namespace
}  // namespace sallyport::channel::tests
