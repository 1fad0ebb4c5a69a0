/// The record layer against records that no honest peer makes, and its keys against published ones.
#include "channel/tls/record_layer.hpp"

#include <gtest/gtest.h>

#include "tests/channel/tls/peer_record.hpp"

namespace sallyport::channel::tls::tests {
namespace {

const RecordSuite suites[] = {{crypto::AeadCipher::aes256_gcm, "SHA384", 48},
                              {crypto::AeadCipher::chacha20_poly1305, "SHA256", 32}};

ByteVector bytes_of(std::string_view hex) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(hex, bytes));
    return bytes;
}

TrafficSecret secret_of(Bytes bytes) {
    TrafficSecret secret;
    std::copy_n(bytes.begin(), bytes.size(), secret.writable().begin());
    return secret;
}

HandoverKeys keys_from(std::uint8_t filler) { return {.secret = secret_of(ByteVector(48, filler)), .known = true}; }

// RFC 8448, 3: "derive write traffic keys for application data" of the server, whose suite is another one of SHA-256;
// the IV does not depend on it.
TEST(TrafficKeys, AreThoseOfThePublishedTrace) {
    const auto secret = bytes_of("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
    TrafficKeys keys(suites[1], secret_of(secret));
    const auto iv = bytes_of("cf782b88dd83549aadf1e984");
    EXPECT_TRUE(std::ranges::equal(keys.next_nonce(), iv));
    auto next = keys.next_nonce();
    next.back() ^= 1;
    EXPECT_TRUE(std::ranges::equal(next, iv));
    EXPECT_EQ(keys.sequence(), 2u);
}

TEST(TrafficKeys, CountBeyondOneByte) {
    TrafficKeys first(suites[0], secret_of(ByteVector(48, 7)));
    TrafficKeys later(suites[0], secret_of(ByteVector(48, 7)), 0, 0x0102030405060708);
    const auto iv = first.next_nonce();
    const auto nonce = later.next_nonce();
    for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(iv[4 + i] ^ nonce[4 + i], i + 1);
    EXPECT_TRUE(std::equal(iv.begin(), iv.begin() + 4, nonce.begin()));
}

/// A layer, and a peer that seals whatever it is told to.
struct Layer : testing::TestWithParam<RecordSuite> {
    RecordLayer layer = make(true);
    TrafficKeys peer{GetParam(), keys_from(2).secret};
    Opened opened;

    static RecordLayer make(bool client, std::uint64_t records_per_key = 1000) {
        RecordLayer made(GetParam(), client, keys_from(1), records_per_key);
        made.start_opening(keys_from(2));
        return made;
    }
    ByteVector record(std::uint8_t type, Bytes content, std::size_t padding = 0) {
        return peer_record(peer, type, content, padding);
    }
    /// What it opens of `records`, or "error".
    std::string open(RecordLayer& by, ByteVector records) {
        opened.clear();
        if (by.open(records, opened)) return "error";
        std::string text;
        for (const auto part : opened.plaintext) text += as_text(part);
        return text;
    }
    std::string open(ByteVector records) { return open(layer, std::move(records)); }
};
INSTANTIATE_TEST_SUITE_P(, Layer, testing::ValuesIn(suites),
                         [](const auto& test) { return std::string(test.param.hash); });

ByteVector joined(std::initializer_list<ByteVector> parts) {
    ByteVector all;
    for (const auto& part : parts) append(all, part);
    return all;
}

ByteVector ticket(std::size_t size) {
    ByteVector message{4, static_cast<std::uint8_t>(size >> 16), static_cast<std::uint8_t>(size >> 8),
                       static_cast<std::uint8_t>(size)};
    message.resize(4 + size, 0xEE);
    return message;
}

const ByteVector update{24, 0, 0, 1, 0};
const ByteVector update_requested{24, 0, 0, 1, 1};

TEST_P(Layer, OpensPaddedAndEmptyRecords) {
    EXPECT_EQ(
        open(joined({record(application_data, as_bytes("a"), 1), record(application_data, {}),
                     record(application_data, {}, 300), record(application_data, as_bytes("b"), 16383 + 255 - 16)})),
        "ab");
    EXPECT_EQ(open(record(application_data, ByteVector(16384, 'x'))).size(), 16384u);
}

TEST_P(Layer, FollowsTheKeysOfThePeerWithinABatch) {
    auto wire = record(application_data, as_bytes("1"));
    for (const char* text : {"2", "3"}) {
        append(wire, record(handshake, update));
        peer.update();
        append(wire, record(application_data, as_bytes(text)));
    }
    EXPECT_EQ(open(wire), "123");
}

TEST_P(Layer, AnswersARequestedUpdateOnceBeforeItsNextData) {
    auto other = make(false);
    ByteVector wire = record(handshake, update_requested);
    peer.update();
    append(wire, record(handshake, update_requested));
    peer.update();
    EXPECT_EQ(open(wire), "");
    TrafficKeys ours(GetParam(), keys_from(1).secret);
    for (const std::size_t extra : {27u, 0u}) {
        ByteVector buffer(min_buffer_size);
        Slots slots;
        layer.slots(buffer, slots);
        slots.front()[0] = 'x';
        EXPECT_EQ(layer.seal(buffer, 1).size(), extra + 23);
    }
}

TEST_P(Layer, LeavesLateTicketsWholeOrInParts) {
    const auto message = ticket(200);
    const Bytes all(message);
    EXPECT_EQ(open(joined({record(application_data, as_bytes("a")), record(handshake, all),
                           record(application_data, as_bytes("b"))})),
              "ab");
    const auto both = joined({ticket(10), ticket(0)});
    EXPECT_EQ(open(joined({record(handshake, all.first(3)), record(handshake, all.subspan(3, 100)),
                           record(handshake, all.subspan(103)), record(handshake, both),
                           record(application_data, as_bytes("c"))})),
              "c");
    const auto large = ticket(40'000);
    const Bytes rest(large);
    EXPECT_EQ(open(record(handshake, rest.first(16384))), "");
    EXPECT_EQ(open(joined({record(handshake, rest.subspan(16384, 16384)), record(handshake, rest.subspan(32768)),
                           record(application_data, as_bytes("d"))})),
              "d");
}

TEST_P(Layer, PutsHandshakeMessagesTogetherWhereverTheyAreCut) {
    const auto messages = joined({ticket(9), ticket(0), update_requested});
    const Bytes all(messages);
    for (std::size_t first = 1; first < all.size(); ++first) {
        for (std::size_t second = first + 1; second < all.size(); ++second) {
            auto fresh = make(true);
            TrafficKeys keys(GetParam(), keys_from(2).secret);
            auto wire = joined({peer_record(keys, handshake, all.first(first)),
                                peer_record(keys, handshake, all.subspan(first, second - first)),
                                peer_record(keys, handshake, all.subspan(second))});
            keys.update();
            append(wire, peer_record(keys, application_data, as_bytes("behind")));
            ASSERT_EQ(open(fresh, std::move(wire)), "behind") << first << ' ' << second;
        }
    }
}

TEST_P(Layer, EndsByCloseNotifyAloneAndIgnoresWhatFollows) {
    const ByteVector canceled{1, 90}, close{1, 0};
    EXPECT_EQ(open(joined({record(alert, canceled), record(application_data, as_bytes("a"))})), "a");
    EXPECT_FALSE(layer.peer_ended());
    EXPECT_EQ(open(joined({record(alert, close), ByteVector{23, 3, 3, 0, 1, 0}})), "");
    EXPECT_TRUE(layer.peer_ended());
}

TEST_P(Layer, DeliversWhatCameBeforeAnError) {
    auto wire = record(application_data, as_bytes("whole"));
    auto bad = record(application_data, as_bytes("altered"));
    bad[7] ^= 1;
    append(wire, bad);
    EXPECT_EQ(layer.open(wire, opened), Error::bad_record);
    ASSERT_EQ(opened.plaintext.size(), 1u);
    EXPECT_EQ(as_text(opened.plaintext[0]), "whole");
}

struct Wrong {
    std::uint8_t type;
    ByteVector content;
    Error error;
    std::optional<Alert> alert;
    bool from_client = false;
};

TEST_P(Layer, RefusesWhatNoPeerMaySend) {
    const auto unexpected = Error::unexpected_record;
    const Wrong all[] = {
        {0, {}, unexpected, Alert::unexpected_message},
        {0, {1, 2, 3, 0}, unexpected, Alert::unexpected_message},
        {20, {1}, unexpected, Alert::unexpected_message},
        {24, {1, 0, 1, 0}, unexpected, Alert::unexpected_message},
        {handshake, {}, unexpected, Alert::unexpected_message},
        {handshake, {1, 0, 0, 1, 0}, unexpected, Alert::unexpected_message},  // ClientHello
        {handshake,
         {13, 0, 0, 1, 0},
         unexpected,
         Alert::unexpected_message},  // CertificateRequest: we did not offer it
        {handshake, ticket(10), unexpected, Alert::unexpected_message, true},
        {handshake, {4, 3, 0, 0}, Error::bad_record, Alert::decode_error},  // 196,608 bytes
        {handshake, {24, 0, 0, 1, 2}, Error::bad_record, Alert::decode_error},
        {handshake, {24, 0, 0, 2, 0, 0}, Error::bad_record, Alert::decode_error},
        {handshake, {24, 0, 0, 1, 0, 24}, unexpected, Alert::unexpected_message},
        {alert, {}, Error::bad_record, Alert::decode_error},
        {alert, {1}, Error::bad_record, Alert::decode_error},
        {alert, {1, 0, 0}, Error::bad_record, Alert::decode_error},
        {alert, {2, 20}, Error::peer_aborted, {}},
        {alert, {1, 100}, Error::peer_aborted, {}},  // TLS 1.3 knows no other warnings
        {application_data, ByteVector(16385), Error::record_too_long, Alert::record_overflow},
    };
    for (const auto& wrong : all) {
        auto fresh = make(!wrong.from_client);
        TrafficKeys keys(GetParam(), keys_from(2).secret);
        auto wire = peer_record(keys, wrong.type, wrong.content);
        opened.clear();
        EXPECT_EQ(fresh.open(wire, opened), wrong.error)
            << int{wrong.type} << ' ' << testing::PrintToString(wrong.content);
        EXPECT_EQ(fresh.alert(), wrong.alert) << int{wrong.type};
        EXPECT_FALSE(fresh.peer_ended());
        EXPECT_FALSE(fresh.detail().empty());
    }
    EXPECT_EQ(open(joined({record(handshake, ByteVector{4, 0}), record(application_data, as_bytes("a"))})), "error");
}

TEST_P(Layer, RefusesRecordsInClearOrTooShort) {
    for (const ByteVector& clear :
         {ByteVector{20, 3, 3, 0, 1, 1}, ByteVector{21, 3, 3, 0, 2, 1, 0}, ByteVector{22, 3, 3, 0, 1, 1}}) {
        auto fresh = make(true);
        EXPECT_EQ(open(fresh, clear), "error");
        EXPECT_EQ(fresh.alert(), Alert::unexpected_message);
        EXPECT_FALSE(fresh.peer_ended());
    }
    for (std::size_t size = 0; size < 17; ++size) {
        auto fresh = make(true);
        ByteVector record{23, 3, 3, 0, static_cast<std::uint8_t>(size)};
        record.resize(5 + size);
        EXPECT_EQ(open(fresh, record), "error");
        EXPECT_EQ(fresh.alert(), Alert::bad_record_mac);
    }
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
