// FTP's control session: its messages, their place in the stream, and where they may stand. docs/native-channel.md, 11.
#include "channel/native/control.hpp"

#include <gtest/gtest.h>

#include "tests/channel/native/connection.hpp"

namespace sallyport::channel::native::tests {
namespace {

using channel::tests::Exchange;
using channel::tests::Inbox;
using channel::tests::sent;

constexpr Token token{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xFF};
constexpr auto token_text = "000102030405060708090a0b0c0d0eff";

std::string text(std::string_view hexadecimal) {
    ByteVector bytes;
    EXPECT_TRUE(from_hex(hexadecimal, bytes));
    return std::string(as_text(bytes));
}

TEST(ControlMessage, IsWrittenAsTheFormatHasItAndReadBack) {
    const std::pair<ControlMessage, std::string> messages[] = {
        {native::Setup{}, "01"},  {Granted{token}, std::string("02") + token_text},
        {NoSetup{400}, "030190"}, {NoSetup{425}, "0301a9"},
        {NoSetup{599}, "030257"},
    };
    for (const auto& [message, written] : messages) {
        const auto content = write_control(message);
        EXPECT_EQ(to_hex(content), written);
        const auto read = read_control(content);
        ASSERT_TRUE(read.has_value()) << written;
        EXPECT_TRUE(*read == message) << written;
    }
}

TEST(ControlMessage, OfAnyOtherLengthOrWordIsRefused) {
    EXPECT_EQ(read_control({}).error(), Error::unexpected_record);
    for (unsigned word = 0; word <= 255; ++word) {
        for (std::size_t size = 1; size <= 40; ++size) {
            ByteVector content(size, 0x01);  // 0x0101 is no reply code, so NOSETUP has its own test
            content[0] = static_cast<std::uint8_t>(word);
            const bool right = (word == 1 && size == 1) || (word == 2 && size == 17);
            const auto read = read_control(content);
            ASSERT_EQ(read.has_value(), right) << word << ' ' << size;
            if (!read) {
                ASSERT_EQ(read.error(), Error::unexpected_record);
            }
        }
    }
}

TEST(ControlMessage, RefusesWithAnFtpCodeThatSaysNo) {
    for (unsigned code = 0; code <= 65535; ++code) {
        const ByteVector content{3, static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)};
        const auto read = read_control(content);
        ASSERT_EQ(read.has_value(), code >= 400 && code <= 599) << code;
        if (read) {
            ASSERT_EQ(std::get<NoSetup>(*read).code, code);
        }
    }
    EXPECT_FALSE(read_control(ByteVector{3, 1}).has_value());
    EXPECT_FALSE(read_control(ByteVector{3, 1, 0xA9, 0}).has_value());
}

/// The contents that a side may be told.
std::vector<std::string> right_contents(Side told) {
    if (told == Side::server) return {text("01")};
    return {text(std::string("02") + token_text), text("0301a9")};
}

class ControlSession : public testing::TestWithParam<Row>, protected Connection {
protected:
    ControlSession() : Connection(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(, ControlSession,
                         testing::Values(Row{Side::client, 1, Kind::control}, Row{Side::server, 1, Kind::control},
                                         Row{Side::client, 9, Kind::control}, Row{Side::server, 9, Kind::control}),
                         name_of_row);

TEST_P(ControlSession, KeepsTheOrderOfMessagesAndTextAtEveryCut) {
    ByteVector wire;
    std::string expected;
    const auto say = [&](const std::string& content) {
        append(wire, record(Type::control, content));
        expected += '[' + to_hex(as_bytes(content)) + ']';
    };
    const auto write = [&](std::string_view line) {
        append(wire, record(Type::data, line));
        expected += line;
    };
    const auto contents = right_contents(GetParam().side);
    say(contents.front());
    write("a");
    write("b");
    say(contents.front());
    say(contents.back());
    append(wire, record(Type::ping));
    write("c");
    say(contents.back());
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        Connection fresh(GetParam());  // the seeds are the same, so the records are too
        ASSERT_EQ(fresh.inbox_->arrive(Bytes(wire).first(cut)), error_code());
        ASSERT_EQ(fresh.inbox_->arrive(Bytes(wire).subspan(cut)), error_code());
        ASSERT_EQ(fresh.inbox_->told(), expected) << cut;
    }
    EXPECT_EQ(inbox_->arrive_in_chunks(wire, 1), error_code());
    EXPECT_EQ(inbox_->told(), expected);
    EXPECT_EQ(inbox_->received(), "abc");
}

TEST_P(ControlSession, ForgetsMessagesThatWereHandedOver) {
    Opened opened;
    auto wire = record(Type::control, right_contents(GetParam().side).front());
    ASSERT_EQ(channel_->open(wire, opened), error_code());
    ASSERT_EQ(opened.controls.size(), 1u);
    ASSERT_EQ(channel_->open({}, opened), error_code());
    EXPECT_TRUE(opened.controls.empty());
}

TEST_P(ControlSession, TakesTheOtherSidesWordsAlone) {
    for (const auto& content : right_contents(GetParam().side)) {
        EXPECT_EQ(arrive(Type::control, content), error_code());
    }
    const auto own = right_contents(GetParam().side == Side::client ? Side::server : Side::client);
    for (const auto& content : own) {
        Connection fresh(GetParam());
        EXPECT_EQ(fresh.arrive(Type::control, content), Error::unexpected_record);
        EXPECT_EQ(fresh.inbox_->told(), "");
        EXPECT_EQ(fresh.pending(), said_protocol_abort);
        fresh.expect_over();
    }
}

TEST_P(ControlSession, EndsWithAMessageThatIsNone) {
    for (const auto* content : {"00", "04", "0100", "02", "0201", "030000", "03018f", "030258", "03"}) {
        Connection fresh(GetParam());
        const auto good = right_contents(GetParam().side).front();
        auto wire = fresh.record(Type::control, good);
        append(wire, fresh.record(Type::control, text(content)));
        append(wire, fresh.record(Type::control, good));
        EXPECT_EQ(fresh.inbox_->arrive(wire), Error::unexpected_record) << content;
        EXPECT_EQ(fresh.inbox_->told(), '[' + to_hex(as_bytes(good)) + ']');  // what came before stands
        EXPECT_EQ(fresh.pending(), said_protocol_abort);
        EXPECT_EQ(fresh.channel_->transport_ended(), Error::unexpected_record);
    }
}

TEST_P(ControlSession, TakesNoMessageBehindTheEnd) {
    ASSERT_EQ(arrive(Type::close), error_code());
    EXPECT_EQ(arrive(Type::control, right_contents(GetParam().side).front()), Error::unexpected_record);
    EXPECT_EQ(inbox_->told(), "");
    EXPECT_EQ(pending(), said_protocol_abort);
}

TEST_P(ControlSession, SendsMessagesUntilItsOwnEnd) {
    const ByteVector content{1};
    control_->send_control(content);
    EXPECT_EQ(arrive(Type::close), error_code());  // the peer's end is not ours
    control_->send_control(content);
    EXPECT_EQ(pending(), "14 01 14 01 ");
    channel_->end();
    control_->send_control(content);
    EXPECT_EQ(pending(), "11  ");
}

TEST_P(ControlSession, SendsNoMessageAfterAnAbort) {
    channel_->abort(AbortCode::timeout);
    control_->send_control(ByteVector{1});
    EXPECT_EQ(pending(), "12 02 ");
}

/// Both ends of a control session, under the driver's view of them.
struct Sides {
    explicit Sides(const Mode& mode = pinned, unsigned suite = 1)
        : client(make_control_client(shared(client_settings(mode, only(suite))), random)),
          server(make_control_server(shared(server_settings(mode)), admit(), random)),
          to_client(*client),
          to_server(*server) {}
    void settle() { channel::tests::settle(*client, to_client, *server, to_server); }

    SeededRandom random{1};
    std::unique_ptr<ControlChannel> client, server;
    Inbox to_client, to_server;
};

TEST(ControlSides, SayNothingBeforeTheyAreEstablished) {
    Sides sides;
    sides.client->send_control(write_control(native::Setup{}));
    sides.server->send_control(write_control(NoSetup{425}));
    EXPECT_FALSE(sides.server->has_pending());
    sides.settle();
    EXPECT_TRUE(sides.client->established() && sides.server->established());
    EXPECT_EQ(sides.to_client.told() + sides.to_server.told(), "");
}

TEST(ControlSides, SendMessagesInTheirPlaceBetweenWhatIsSealed) {
    Sides sides;
    sides.settle();
    auto wire = sent(*sides.client, "USER ann\r\n");
    sides.client->send_control(write_control(native::Setup{}));
    append(wire, sent(*sides.client, "NOOP\r\n"));
    sides.client->send_control(write_control(native::Setup{}));
    sides.client->end();
    append(wire, sides.client->take_pending());
    EXPECT_EQ(sides.to_server.arrive(wire), error_code());
    EXPECT_EQ(sides.to_server.told(), "USER ann\r\n[01]NOOP\r\n[01]");
    EXPECT_TRUE(sides.server->peer_ended());

    sides.server->send_control(write_control(Granted{token}));
    wire = sent(*sides.server, "331 password\r\n");
    sides.server->send_control(write_control(NoSetup{550}));
    append(wire, sides.server->take_pending());
    EXPECT_EQ(sides.to_client.arrive(wire), error_code());
    EXPECT_EQ(sides.to_client.told(), std::string("[02") + token_text + "]331 password\r\n[030226]");
}

class NoControlSession : public testing::TestWithParam<Row>, protected Connection {
protected:
    NoControlSession() : Connection(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(, NoControlSession,
                         testing::Values(Row{Side::client, 1}, Row{Side::server, 1}, Row{Side::client, 1, Kind::data},
                                         Row{Side::server, 1, Kind::data}),
                         name_of_row);

TEST_P(NoControlSession, RefusesControlMessages) {
    for (const auto side : {Side::client, Side::server}) {
        for (const auto& content : right_contents(side)) {
            Connection fresh(GetParam());
            EXPECT_EQ(fresh.arrive(Type::control, content), Error::unexpected_record);
            EXPECT_EQ(fresh.inbox_->told(), "");
            EXPECT_EQ(fresh.pending(), said_protocol_abort);
            fresh.expect_over();
        }
    }
}

}  // namespace
}  // namespace sallyport::channel::native::tests
