// The two pumps of a stream, and who writes to its secure leg.
#include "relay/stream.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cassert>

#include "relay/worker.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;

/// 18.1: what a stranger may send before he is closed.
constexpr std::size_t most_from_strangers = 4096;
/// After so many full buffers in a row a stream lets the others of its thread run.
constexpr int turns = 4;

}  // namespace

Result<std::unique_ptr<channel::Channel>> StreamOwner::choose_channel(Bytes) {
    return make_error_code(SessionError::unknown_protocol);
}

Stream::Stream(Worker& worker, StreamOwner& owner, std::uint64_t number, Leg plain, Leg secure, StreamOptions options)
    : worker_(worker),
      owner_(owner),
      number_(number),
      options_(options),
      plain_(std::move(plain)),
      secure_(std::move(secure)),
      written_(worker.executor()),
      sealed_(worker.executor()),
      began_(Clock::now()),
      heard_(began_),
      spoke_(began_) {}

Stream::~Stream() {
    if (phase_ == Phase::silent) worker_.give_up_silence();
}

void Stream::enter(Phase phase, std::chrono::seconds limit) {
    phase_ = phase;
    deadline_ = limit == 0s ? Clock::time_point::max() : Clock::now() + limit;
}

awaitable<void> Stream::relay() {
    if (!why_) {
        assert(established_);
        enter(Phase::open, 0s);
        to_plain_moved_ = to_secure_moved_ = slowly_moved_ = listening_since_ = Clock::now();
        sealing_ = true;
        asio::co_spawn(worker_.executor(), seal_plain(),
                       [this, keeper = owner_.keeper()](const std::exception_ptr& failure) {
                           sealing_ = false;
                           if (failure) stop(SessionError::plain_reset);
                           sealed_.raise();
                       });
    }
    if (!why_ && !early_.empty()) co_await deliver_early();
    if (!why_ && channel_->peer_ended()) end_plain();
    // What an idle stream keeps is this frame and that of seal_plain(): all else is in those that they call.
    auto turn = Turn::more;
    for (int taken = 1; secure_.is_open() && turn != Turn::over; ++taken) {
        turn = co_await open_some();
        if (turn == Turn::wait) {
            taken = 0;
            if (const auto [error] = co_await secure_.wait_readable(); error) {
                stop(SessionError::secure_reset);  // says nothing new if it was closed because the stream is over
                break;
            }
        } else if (taken % turns == 0) {
            co_await asio::post(worker_.executor(), asio::deferred);
        }
    }
    while (sealing_ || (transferred_ && kept_back_)) co_await sealed_.wait();
    while (writing_) co_await written_.wait();
    secure_.close();
    plain_.close();
}

awaitable<void> Stream::deliver_early() {
    bytes_to_plain_ += early_.size();
    reading_ = false;
    const auto failed = co_await plain_.write(Bytes(early_));
    reading_ = true;
    listening_since_ = Clock::now();
    if (failed) stop(SessionError::plain_reset);
    early_ = {};
}

/// Reads the secure leg into `buffer`, behind the record that is still arriving; yields how many bytes are to be
/// opened, none when there is nothing to do with them.
std::pair<Stream::Turn, std::size_t> Stream::read_secure(MutableBytes buffer) {
    std::copy(stash_.begin(), stash_.end(), buffer.begin());
    const auto room = buffer.subspan(stash_.size());
    error_code error;
    const auto got = secure_.read_now(room, error);
    if (error == asio::error::would_block) return {Turn::wait, 0};
    if (error == asio::error::eof) {
        take_fin();
        return {Turn::over, 0};
    }
    if (error) {
        answer(Uses::to_secure, false);
        if (phase_ != Phase::lingering) stop(SessionError::secure_reset);
        return {Turn::over, 0};
    }
    if (why_) {
        discarded_ += got;
        const bool enough = phase_ == Phase::silent && discarded_ > most_from_strangers;
        return {enough ? Turn::over : Turn::wait, 0};
    }
    return {got < room.size() ? Turn::wait : Turn::more, stash_.size() + got};
}

/// Reads the secure leg once: opens and delivers, or, once the stream is stopped, discards.
awaitable<Stream::Turn> Stream::open_some() {
    const Buffer buffer;
    const auto [turn, size] = read_secure(buffer.bytes());
    if (size == 0) co_return turn;
    const auto arrived = buffer.bytes().first(size);
    channel::Opened opened;
    const bool had_ended = channel_->peer_ended();
    const auto error = channel_->open(arrived, opened);
    if (opened.consumed > 0) heard_ = Clock::now();
    flush();
    if (error) {  // the stream is cut: what came before it is not delivered either
        stop(error);
        co_return turn;
    }
    if (!opened.plaintext.empty()) {
        reading_ = false;
        const auto failed = co_await plain_.write(opened.plaintext);
        reading_ = true;
        listening_since_ = Clock::now();
        if (failed) {
            stop(SessionError::plain_reset);
            co_return turn;
        }
        for (const Bytes part : opened.plaintext) bytes_to_plain_ += part.size();
        to_plain_moved_ = listening_since_;
    }
    const auto rest = arrived.subspan(opened.consumed);
    stash_.assign(rest.begin(), rest.end());
    if (rest.empty()) stash_.shrink_to_fit();  // an idle stream keeps nothing
    if (!why_ && !had_ended && channel_->peer_ended()) end_plain();
    co_return turn;
}

/// Into the slots of `buffer`: how many bytes, and how many could have been.
std::pair<std::size_t, std::size_t> Stream::read_plain(MutableBytes buffer, error_code& error) {
    channel::Slots slots;
    channel_->slots(buffer, slots);
    boost::container::small_vector<asio::mutable_buffer, channel::Slots::static_capacity> parts;
    std::size_t room = 0;
    for (const auto slot : slots) {
        parts.emplace_back(slot.data(), slot.size());
        room += slot.size();
    }
    return {plain_.read_now(parts, error), room};
}

awaitable<void> Stream::seal_plain() {
    auto turn = Turn::more;
    for (int taken = 1; !why_ && turn != Turn::over; ++taken) {
        turn = co_await seal_some();
        if (turn == Turn::wait) {
            taken = 0;
            if (const auto [error] = co_await plain_.wait_readable(); error) {
                stop(SessionError::plain_reset);  // as in relay(); a failed wait must not look like an end
                co_return;
            }
        } else if (taken % turns == 0) {
            co_await asio::post(worker_.executor(), asio::deferred);
        }
    }
}

/// Reads the plain leg once, and seals and sends that, behind what was pending before; or ends our direction.
awaitable<Stream::Turn> Stream::seal_some() {
    const Buffer buffer;
    error_code error;
    const auto [filled, room] = read_plain(buffer.bytes(), error);
    if (error == asio::error::would_block) co_return Turn::wait;
    if (error == asio::error::eof) {
        end_secure();
        co_return Turn::over;
    }
    if (error) {
        answer(Uses::to_plain, false);
        stop(SessionError::plain_reset);
        co_return Turn::over;
    }
    while (writing_) co_await written_.wait();
    if (why_) co_return Turn::over;
    writing_ = true;
    while (!error && channel_->has_pending()) {
        const auto pending = channel_->take_pending();
        if (co_await secure_.write(Bytes(pending))) error = SessionError::secure_reset;
    }
    if (!error && !why_) {
        const auto sealed = channel_->seal(buffer.bytes(), filled);
        if (!sealed) {
            error = sealed.error();
        } else if (co_await secure_.write(*sealed)) {
            error = SessionError::secure_reset;
        } else {
            bytes_to_secure_ += filled;
            spoke_ = to_secure_moved_ = Clock::now();
        }
    }
    done_writing();
    if (error) stop(error);
    if (error || why_) co_return Turn::over;
    co_return filled < room ? Turn::wait : Turn::more;
}

void Stream::done_writing() {
    writing_ = false;
    written_.raise();
    flush();
}

void Stream::flush() {
    if (writing_ || !channel_ || !secure_.is_open()) return;
    if (!channel_->has_pending()) return settle();
    auto pending = channel_->take_pending();
    error_code error;
    const auto written = secure_.write_now(pending, error);
    spoke_ = Clock::now();
    if (written == pending.size()) return settle();
    if (error && error != asio::error::would_block) return fail_writing();
    writing_ = true;
    pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(written));
    asio::co_spawn(
        worker_.executor(),
        [](Stream& self, ByteVector rest) -> awaitable<void> {
            if (co_await self.secure_.write(Bytes(rest))) self.fail_writing();
        }(*this, std::move(pending)),
        [this, keeper = owner_.keeper()](const std::exception_ptr&) { done_writing(); });
}

/// A socket that is broken fails its reader too, who says so; unless he has read it to its end already.
void Stream::fail_writing() {
    write_failed_ = true;
    if (secure_read_ && options_.uses == Uses::to_secure) stop(SessionError::secure_reset);
}

}  // namespace sallyport::relay
