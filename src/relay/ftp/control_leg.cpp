#include "relay/ftp/control_leg.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "relay/buffer_pool.hpp"

namespace sallyport::relay::ftp {
namespace {

/// We chose: more than a screen of replies; who does not read that much is waited for.
constexpr std::size_t most_queued = 64 * 1024;
/// We chose: a few lines; what was read stands in the conversation until it is handled.
constexpr std::size_t most_at_once = 16 * 1024;

}  // namespace

ControlLeg::ControlLeg(Session& owner, Executor executor, Leg leg)
    : owner_(owner),
      executor_(std::move(executor)),
      leg_(std::move(leg)),
      wanted_(executor_),
      heard_(Clock::now()),
      spoke_(heard_) {}

void ControlLeg::set_channel(std::unique_ptr<channel::Channel> channel) {
    channel_ = std::move(channel);
    flush();
}

awaitable<error_code> ControlLeg::shake_hands() {
    if (const auto error = open_stash(nullptr)) co_return error;
    while (!channel_->established()) {
        flush();
        if (const auto [error] = co_await leg_.wait_readable(); error) co_return SessionError::secure_reset;
        const Buffer buffer;
        std::copy(stash_.begin(), stash_.end(), buffer.bytes().begin());
        error_code error;
        const auto got = leg_.read_now(buffer.bytes().subspan(stash_.size()), error);
        if (error == asio::error::would_block) continue;
        if (error == asio::error::eof) co_return channel_->transport_ended();
        if (error) co_return SessionError::secure_reset;
        if (const auto failed = open(buffer.bytes().first(stash_.size() + got), nullptr)) co_return failed;
    }
    flush();
    co_return error_code{};
}

/// What was read before there was a channel.
error_code ControlLeg::open_stash(ControlReader* reader) {
    if (stash_.empty()) return {};
    ByteVector arrived = std::exchange(stash_, {});
    return open(arrived, reader);
}

/// Opens what arrived and tells the reader; without one, it is the handshake, and text waits for its reader.
error_code ControlLeg::open(MutableBytes arrived, ControlReader* reader) {
    auto* const channel = channel_.get();
    const bool was_established = channel->established();
    channel::Opened opened;
    const auto error = channel->open(arrived, opened);
    if (opened.consumed > 0) heard_ = Clock::now();
    stash_.assign(arrived.begin() + static_cast<std::ptrdiff_t>(opened.consumed), arrived.end());
    flush();
    if (reader && !was_established && channel->established()) reader->on_secured();
    std::size_t at = 0;
    const auto tell_controls = [&] {
        for (const auto& control : opened.controls) {
            if (reader && control.before == at) reader->on_control(control.content);
        }
    };
    tell_controls();
    for (const Bytes text : opened.plaintext) {
        if (reader) {
            reader->on_text(text);
        } else {
            append(early_, text);
        }
        ++at;
        tell_controls();
    }
    return error;
}

awaitable<error_code> ControlLeg::read(ControlReader& reader) {
    const auto error = co_await read_all(reader);
    reading_ = false;
    co_return error;
}

awaitable<error_code> ControlLeg::read_all(ControlReader& reader) {
    if (!early_.empty()) reader.on_text(std::exchange(early_, {}));
    while (leg_.is_open()) {
        while (!discarding_ && !reader.wants_input()) {
            reading_ = false;
            co_await wanted_.wait();
            heard_ = Clock::now();  // nobody listened until now
        }
        reading_ = true;
        if (const auto [error] = co_await leg_.wait_readable(); error) co_return SessionError::secure_reset;
        const Buffer buffer;
        std::copy(stash_.begin(), stash_.end(), buffer.bytes().begin());
        error_code error;
        const auto got = leg_.read_now(buffer.bytes().subspan(stash_.size(), most_at_once), error);
        if (error == asio::error::would_block) continue;
        if (error == asio::error::eof) co_return discarding_ ? error_code{} : channel_->transport_ended();
        if (error) co_return SessionError::secure_reset;
        if (discarding_) continue;
        if (const auto failed = open(buffer.bytes().first(stash_.size() + got), &reader)) co_return failed;
    }
    co_return SessionError::secure_reset;
}

void ControlLeg::discard_input() {
    discarding_ = true;
    stash_.clear();
    wanted_.raise();
}

void ControlLeg::send(std::string_view text) {
    if (!channel_ || !channel_->established() || finish_wanted_) return;
    if (channel_->has_pending()) append(outgoing_, channel_->take_pending());
    const Buffer buffer;
    channel::Slots slots;
    while (!text.empty()) {
        channel_->slots(buffer.bytes(), slots);
        std::size_t filled = 0;
        for (const auto slot : slots) {
            const auto part = std::min(slot.size(), text.size());
            std::copy_n(text.begin(), part, slot.begin());
            text.remove_prefix(part);
            filled += part;
        }
        const auto sealed = channel_->seal(buffer.bytes(), filled);
        if (!sealed) break;  // the keys are used up: the channel has said so, and its end follows
        append(outgoing_, *sealed);
    }
    flush();
}

void ControlLeg::send_urgent(std::string_view line) {
    if (!channel_ || channel_->info().kind != "plain" || !outgoing_.empty()) {
        return send("\xFF\xF4\xFF\xF2" + std::string(line));
    }
    error_code ignored;  // a connection that is broken says so to its reader
    leg_.write_now(as_bytes("\xFF\xF4"), ignored);
    leg_.write_urgent(as_bytes("\xFF\xF2"));
    send(line);
}

void ControlLeg::flush() {
    if (!channel_) return;
    if (channel_->has_pending()) append(outgoing_, channel_->take_pending());
    write_out();
}

void ControlLeg::write_out() {
    if (writing_ || !leg_.is_open()) return;
    if (!outgoing_.empty()) {
        error_code error;
        const auto written = leg_.write_now(outgoing_, error);
        spoke_ = Clock::now();
        outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<std::ptrdiff_t>(written));
        if (error && error != asio::error::would_block) outgoing_.clear();  // its reader learns that it is broken
    }
    if (outgoing_.empty()) {
        if (finish_wanted_ && !std::exchange(finished_, true)) leg_.end();
        if (on_drained) on_drained();
        return;
    }
    writing_ = true;
    asio::co_spawn(
        executor_,
        [](ControlLeg& self, ByteVector rest) -> awaitable<void> {
            (void)co_await self.leg_.write(Bytes(rest));  // as above
        }(*this, std::exchange(outgoing_, {})),
        [this, keep = owner_.shared_from_this()](const std::exception_ptr&) {
            writing_ = false;
            write_out();
        });
}

bool ControlLeg::is_congested() const { return leg_.is_open() && writing_ && outgoing_.size() > most_queued; }

void ControlLeg::finish() {
    if (finish_wanted_) return;
    if (channel_) channel_->end();
    finish_wanted_ = true;
    flush();
}

void ControlLeg::tick_alive(Clock::time_point now, std::chrono::seconds ping) {
    if (channel_ && !finish_wanted_ && now - spoke_ >= ping && channel_->established() && channel_->ping()) flush();
}

/// A native peer pings; of others the kernel knows whether they still acknowledge. It is asked three times, because
/// between a probe and its answer it seems so for a moment.
bool ControlLeg::is_dead(std::chrono::seconds limit) {
    if (channel_ && reading_ && channel_->info().kind == "native" && channel_->established()) {
        return Clock::now() - heard_ >= limit;
    }
    unacknowledged_ticks_ = leg_.unacknowledged_for(limit) ? unacknowledged_ticks_ + 1 : 0;
    return unacknowledged_ticks_ >= 3;
}

}  // namespace sallyport::relay::ftp
