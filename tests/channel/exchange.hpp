/// Two channels and the bytes between them, for tests. Every buffer has the exact size of what it holds, so that a
/// sanitizer sees one byte too many.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "channel/channel.hpp"

namespace sallyport::channel::tests {

/// The client's and the server's end of one connection that has not begun yet.
struct Pair {
    std::unique_ptr<Channel> client;
    std::unique_ptr<Channel> server;
};

/// What the driver keeps for the receiving side of a channel.
class Inbox {
public:
    explicit Inbox(Channel& channel) : channel_(&channel) {}

    /// Bytes from the transport, behind those that were left of a record.
    error_code arrive(Bytes bytes) {
        append(rest_, bytes);
        const auto exact = std::make_unique<std::uint8_t[]>(rest_.size());
        const MutableBytes arrived(exact.get(), rest_.size());
        std::ranges::copy(rest_, arrived.begin());
        error_ = channel_->open(arrived, opened_);
        note_arrival();
        rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(opened_.consumed));
        return error_;
    }
    /// The same bytes in chunks of `size`, until the first error.
    error_code arrive_in_chunks(Bytes bytes, std::size_t size) {
        while (!bytes.empty() && !error_) {
            arrive(bytes.first(std::min(size, bytes.size())));
            bytes = bytes.subspan(std::min(size, bytes.size()));
        }
        return error_;
    }

    std::string take_received() { return std::exchange(received_, {}); }
    const std::string& received() const { return received_; }
    /// The text with control messages in their places: "text [hex] text".
    const std::string& told() const { return told_; }
    error_code error() const { return error_; }
    std::size_t unopened() const { return rest_.size(); }

private:
    void note_arrival() {
        std::size_t slices = 0;
        const auto note_slices = [&](std::size_t until) {
            for (; slices < until; ++slices) {
                received_.append(as_text(opened_.plaintext[slices]));
                told_.append(as_text(opened_.plaintext[slices]));
            }
        };
        for (const auto& control : opened_.controls) {
            ASSERT_LE(control.before, opened_.plaintext.size());
            note_slices(control.before);
            told_ += '[' + to_hex(control.content) + ']';
        }
        note_slices(opened_.plaintext.size());
    }

    Channel* channel_;
    ByteVector rest_;
    Opened opened_;
    std::string received_;
    std::string told_;
    error_code error_;
};

/// What leaves when `text` is sent through buffers of `buffer_size`: what is pending, then the sealed text. Fails the
/// test when it cannot be sealed.
inline ByteVector sent(Channel& channel, std::string_view text, std::size_t buffer_size = min_buffer_size) {
    ByteVector wire = channel.take_pending();
    const auto exact = std::make_unique<std::uint8_t[]>(buffer_size);
    const MutableBytes buffer(exact.get(), buffer_size);
    Slots slots;
    do {
        channel.slots(buffer, slots);
        std::size_t filled = 0;
        for (const auto slot : slots) {
            const auto part = text.substr(0, slot.size());
            std::ranges::copy(as_bytes(part), slot.begin());
            filled += part.size();
            text.remove_prefix(part.size());
        }
        const auto sealed = channel.seal(buffer, filled);
        if (!sealed) {
            ADD_FAILURE() << "seal: " << error_name(sealed.error());
            return wire;
        }
        append(wire, *sealed);
    } while (!text.empty());
    return wire;
}

/// Why sealing one byte fails; no error when it does not.
inline error_code seal_error(Channel& channel) {
    ByteVector buffer(min_buffer_size);
    const auto sealed = channel.seal(buffer, 1);
    return sealed ? error_code() : sealed.error();
}

/// Delivers what is pending on both sides, in chunks of `size`, until neither has anything more to say. An end that has
/// failed is not fed any more, but what it says is.
inline void settle(Channel& client, Inbox& to_client, Channel& server, Inbox& to_server, std::size_t size = SIZE_MAX) {
    while (client.has_pending() || server.has_pending()) {
        const auto from_client = client.take_pending();
        if (!to_server.error()) to_server.arrive_in_chunks(from_client, size);
        const auto from_server = server.take_pending();
        if (!to_client.error()) to_client.arrive_in_chunks(from_server, size);
    }
}

/// A connection under test: both ends and what each has received.
struct Exchange {
    explicit Exchange(Pair pair)
        : client(std::move(pair.client)), server(std::move(pair.server)), to_client(*client), to_server(*server) {}

    /// Shakes hands, as far as the two come.
    Exchange& connect(std::size_t chunk = SIZE_MAX) {
        settle(*client, to_client, *server, to_server, chunk);
        return *this;
    }
    bool established() const { return client->established() && server->established(); }

    std::unique_ptr<Channel> client;
    std::unique_ptr<Channel> server;
    Inbox to_client;
    Inbox to_server;
};

/// Text that repeats late, so that a part that is lost, doubled or moved is seen.
inline std::string pattern(std::size_t size, std::uint32_t seed = 1) {
    std::string text(size, '\0');
    for (auto& byte : text) {
        seed = seed * 1664525 + 1013904223;
        byte = static_cast<char>(seed >> 24);
    }
    return text;
}

}  // namespace sallyport::channel::tests
