/// A native channel that is established, and the other end in the test's own hands, which can make any record.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "channel/native/control.hpp"
#include "channel/native/data_channel.hpp"
#include "channel/native/native.hpp"
#include "tests/channel/exchange.hpp"
#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {

enum class Side { client, server };
enum class Kind { session, control, data };

/// Which end of which kind of connection is the channel.
struct Row {
    Side side;
    unsigned suite;
    Kind kind = Kind::session;
};
inline std::string name_of_row(const testing::TestParamInfo<Row>& row) {
    const char* kinds[] = {"", "control_", "data_"};
    return std::string(kinds[static_cast<int>(row.param.kind)]) +
           (row.param.side == Side::client ? "client" : "server") + "_suite_" + std::to_string(row.param.suite);
}

/// What Connection::pending says of an ABORT 1.
inline constexpr auto said_protocol_abort = "12 01 ";

struct Connection {
    explicit Connection(const Row& row) {
        if (row.kind == Kind::data) {
            row.side == Side::client ? open_data(row.suite) : accept_data(row.suite);
        } else {
            row.side == Side::client ? connect(row) : accept(row);
        }
        EXPECT_TRUE(channel_->established());
    }

    ByteVector record(Type type, std::string_view content = {}) { return *peer_->sealer.seal(type, as_bytes(content)); }
    error_code arrive(Type type, std::string_view content = {}) { return inbox_->arrive(record(type, content)); }

    /// What the channel has pending, opened: "TYPE HEX " each.
    std::string pending() {
        std::string said;
        auto wire = channel_->take_pending();
        MutableBytes rest = wire;
        while (!rest.empty()) {
            const std::size_t size = header_size + get_u16(rest.subspan(1));
            const auto content = peer_->opener.open(rest.first(size));
            if (!content) return said + error_name(content.error());
            said += to_hex(rest.first(1)) + ' ' + to_hex(*content) + ' ';
            rest = rest.subspan(size);
        }
        return said;
    }

    void expect_over() {
        EXPECT_FALSE(channel_->established());
        EXPECT_FALSE(channel_->ping());
        EXPECT_TRUE(channel::tests::seal_error(*channel_));
        channel_->end();
        channel_->abort(AbortCode::going_down);
        EXPECT_FALSE(channel_->has_pending());
    }

    std::unique_ptr<Channel> channel_;
    ControlChannel* control_ = nullptr;  // the same, of Kind::control
    std::unique_ptr<channel::tests::Inbox> inbox_;
    std::optional<DataKeys> peer_;

private:
    void take_channel(std::unique_ptr<Channel> channel) {
        channel_ = std::move(channel);
        inbox_ = std::make_unique<channel::tests::Inbox>(*channel_);
    }
    void take_control(std::unique_ptr<ControlChannel> channel) {
        control_ = channel.get();
        take_channel(std::move(channel));
    }

    void accept(const Row& row) {
        Handshake test(pinned, only(row.suite));
        if (row.kind == Kind::control) {
            take_control(make_control_server(shared(server_settings(pinned)), admit(), test.server_random));
        } else {
            take_channel(make_server(shared(server_settings(pinned)), admit(), test.server_random));
        }
        EXPECT_EQ(inbox_->arrive(test.client.hello()), error_code());
        const auto reply = channel_->take_pending();
        const auto m3_at = reply.end() - static_cast<std::ptrdiff_t>(server_frame_size);
        test.m2.assign(reply.begin(), m3_at);
        test.m3.assign(m3_at, reply.end());
        EXPECT_EQ(test.answer(), error_code());
        EXPECT_EQ(inbox_->arrive(test.m4), error_code());
        keep(test.client.outcome());
    }

    void connect(const Row& row) {
        Handshake test(pinned, only(row.suite));
        SeededRandom random(client_seed);
        if (row.kind == Kind::control) {
            take_control(make_control_client(shared(client_settings(pinned, only(row.suite))), random));
        } else {
            take_channel(make_client(shared(client_settings(pinned, only(row.suite))), random));
        }
        channel_->take_pending();
        EXPECT_EQ(test.greet(), error_code());
        auto reply = test.m2;
        append(reply, test.m3);
        EXPECT_EQ(inbox_->arrive(reply), error_code());
        test.m4 = channel_->take_pending();
        EXPECT_EQ(test.finish(), error_code());
        keep(test.server.outcome());
    }

    void keep(Outcome outcome) { peer_.emplace(DataKeys{std::move(outcome.sealer), std::move(outcome.opener)}); }

    void open_data(unsigned suite) {
        const auto cipher = Suite::from_number(suite)->cipher();
        SeededRandom random(client_seed);
        TokenStore tokens;
        const auto token = tokens.add({secret_of(9), cipher, 1}, random);
        take_channel(make_data_client(DataOpen(secret_of(9), cipher, token, random), cipher, {}));
        auto accepted = tokens.take(channel_->take_pending(), random);
        ASSERT_TRUE(accepted.has_value());
        EXPECT_EQ(inbox_->arrive(accepted->answer), error_code());
        peer_.emplace(std::move(accepted->keys));
        EXPECT_EQ(pending(), "15  ");
    }

    void accept_data(unsigned suite) {
        const auto cipher = Suite::from_number(suite)->cipher();
        SeededRandom random(server_seed);
        TokenStore tokens;
        const auto token = tokens.add({secret_of(9), cipher, 1}, random);
        const DataOpen open(secret_of(9), cipher, token, random);
        auto accepted = tokens.take(open.message(), random);
        ASSERT_TRUE(accepted.has_value());
        take_channel(make_data_server(std::move(*accepted)));
        auto keys = open.take_answer(channel_->take_pending());
        ASSERT_TRUE(keys.has_value());
        peer_.emplace(std::move(*keys));
        EXPECT_EQ(arrive(Type::ready), error_code());
    }
};

}  // namespace sallyport::channel::native::tests
