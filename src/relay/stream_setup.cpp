// A stream until its channel is established and its legs are connected.
#include <algorithm>

#include "relay/stream.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay {

using namespace std::chrono_literals;

void Stream::begin(Leg plain, StreamOptions options) {
    plain_ = std::move(plain);
    options_ = options;
    if (why_) plain_.reset();
}

awaitable<error_code> Stream::connect_plain(std::span<const HostPort> targets) {
    enter(Phase::connecting_plain, worker_.limits().connect);
    return connect(plain_, targets);
}

awaitable<error_code> Stream::connect_secure(std::span<const HostPort> targets) {
    enter(Phase::connecting_secure, worker_.limits().connect);
    return connect(secure_, targets);
}

awaitable<error_code> Stream::connect(Leg& leg, std::span<const HostPort> targets) {
    const auto endpoints = co_await look_up(targets);
    if (why_) co_return why_;
    const auto failed = co_await leg.connect(endpoints, worker_.limits().connect);
    if (why_) {  // stopped meanwhile: what was connected is not left to end cleanly
        leg.reset();
        co_return why_;
    }
    if (failed) co_return SessionError::target_unreachable;
    enter(Phase::waiting, 0s);
    co_return error_code{};
}

awaitable<error_code> Stream::shake_hands(std::chrono::seconds first_message) {
    began_ = Clock::now();
    enter(Phase::first_message, first_message);
    while (!channel_ || !channel_->established()) {
        if (channel_) flush();
        const auto [failed_wait] = co_await secure_.wait_readable();
        if (why_) co_return why_;
        if (failed_wait) co_return SessionError::secure_reset;
        if (const auto failed = read_early()) co_return failed;
    }
    flush();
    established_ = true;
    pings_ = channel_->info().kind == "native";
    heard_ = Clock::now();
    enter(Phase::waiting, 0s);
    co_return why_;
}

awaitable<error_code> Stream::await_relay() {
    while (early_.empty() && !channel_->peer_ended()) {
        const auto [failed_wait] = co_await secure_.wait_readable();
        if (phase_ != Phase::waiting || why_) break;
        if (failed_wait) co_return SessionError::secure_reset;
        if (const auto failed = read_early()) co_return failed;
        flush();
    }
    co_return error_code{};
}

/// What is there before relay() reads; plaintext is kept for it.
error_code Stream::read_early() {
    const Buffer buffer;
    std::copy(stash_.begin(), stash_.end(), buffer.bytes().begin());
    error_code error;
    const auto got = secure_.read_now(buffer.bytes().subspan(stash_.size()), error);
    if (error == asio::error::would_block) return {};
    if (error == asio::error::eof) return channel_ ? channel_->transport_ended() : channel::Error::truncated;
    if (error) return SessionError::secure_reset;
    return take_early(buffer.bytes().first(stash_.size() + got));
}

error_code Stream::take_early(MutableBytes arrived) {
    if (!channel_) {
        auto chosen = owner_.choose_channel(arrived);
        if (!chosen) return chosen.error();
        channel_ = std::move(*chosen);
    }
    channel::Opened opened;
    const auto error = channel_->open(arrived, opened);
    if (opened.consumed > 0) heard_ = Clock::now();
    for (const Bytes part : opened.plaintext) append(early_, part);
    if (error) return error;
    stash_.assign(arrived.begin() + static_cast<std::ptrdiff_t>(opened.consumed), arrived.end());
    if (opened.consumed > 0 && phase_ == Phase::first_message) {
        phase_ = Phase::handshake;
        deadline_ = std::max(Clock::now(), began_ + worker_.limits().handshake);
    }
    return {};
}

}  // namespace sallyport::relay
