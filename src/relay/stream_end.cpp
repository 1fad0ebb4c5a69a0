// How a stream ends: by itself, one direction after the other, or stopped; and what the other end is told.
#include <algorithm>
#include <utility>

#include "relay/stream.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;

channel::AbortCode abort_code(const error_code& why) {
    if (why == SessionError::plain_reset) return channel::AbortCode::plain_side;
    if (why == SessionError::target_unreachable || why == SessionError::connect_late) {
        return channel::AbortCode::target_unreachable;
    }
    if (why == SessionError::peer_silent || why == SessionError::idle || why == SessionError::handshake_late ||
        why == SessionError::stalled) {
        return channel::AbortCode::timeout;
    }
    if (why == SessionError::going_down || why == SessionError::stopped_by_operator) {
        return channel::AbortCode::going_down;
    }
    return channel::AbortCode::protocol;
}

}  // namespace

/// FIN on the secure leg. An end that nobody signed is asked of the channel only where it is fatal: a channel that has
/// seen its stream cut seals no more.
void Stream::take_fin() {
    secure_read_ = true;
    if (why_) return;
    const bool unused = options_.uses == Uses::to_secure;
    // A reset that a writer has met reads as FIN.
    if (unused && write_failed_) return stop(SessionError::secure_reset);
    const bool is_end = channel_->peer_ended() || channel_->ends_with_transport();
    if (!is_end && (unused || (options_.accept_unsigned_end && !pings_ && stash_.empty()))) {
        ended_unsigned_ = !unused;
        return end_plain();
    }
    if (const auto judged = channel_->transport_ended()) return stop(judged);
    if (channel_->ends_with_transport()) end_plain();
}

/// The peer's end, passed on behind the last of its bytes.
void Stream::end_plain() {
    if (options_.uses == Uses::to_secure && !transferred_) {
        kept_back_ = true;
        return;
    }
    answer(Uses::to_secure, true);
    // FIN does not fail where a reset came first that its reader has not met yet.
    if (options_.uses == Uses::to_plain && plain_.is_gone()) return stop(SessionError::plain_reset);
    plain_.end();
    plain_ended_ = true;
    if (options_.uses == Uses::to_plain) complete();
    settle();
}

/// What the receiving side says to a transfer, where `uses` is the direction that carries it. Only what comes behind
/// the last byte is an answer; before that, a reset stops the stream, and an end is kept back.
void Stream::answer(Uses uses, bool ended) {
    if (options_.uses != uses || answered_ || !transferred_) return;
    answered_ = true;
    owner_.on_answer(ended);
}

/// Who has ended before the last byte came, may have closed: then his machine answers what comes later with a reset. An
/// acknowledgement of all of it says that he goes on reading.
void Stream::judge_early_end() {
    const bool to_plain = options_.uses == Uses::to_plain;
    const Leg& receiver = to_plain ? plain_ : secure_;
    const bool taken = receiver.is_acknowledged();
    if (!taken && !receiver.is_gone()) return;
    kept_back_ = false;
    answer(options_.uses, taken);
    to_plain ? end_secure() : end_plain();
    sealed_.raise();
}

/// The plain leg's end, passed on in the same way.
void Stream::end_secure() {
    // FIN acknowledges all that its sender has taken, which is not always all.
    if (options_.uses == Uses::to_plain && !answered_ && !(transferred_ && plain_.is_acknowledged())) {
        kept_back_ = true;
        return;
    }
    answer(Uses::to_plain, true);
    if (options_.uses == Uses::to_secure && secure_.is_gone()) return fail_writing();  // as in end_plain
    channel_->end();
    if (channel_->ends_with_transport()) secure_.end();
    flush();
}

/// Once everything that was pending has left: completes what was waiting for that. FIN follows after both ends, or
/// after the last word of a stopped stream.
void Stream::settle() {
    if (writing_ || channel_->has_pending() || phase_ == Phase::lingering) return;
    if (why_) {
        if (phase_ == Phase::flushing) secure_.end();
        return;
    }
    if (phase_ != Phase::open || !channel_->ended()) return;
    if (options_.uses == Uses::to_secure && !write_failed_) complete();
    if (!plain_ended_ || phase_ != Phase::open) return;
    secure_.end();
    phase_ = Phase::lingering;
    if (options_.uses != Uses::both) return;  // its time has begun with the end of the used direction
    deadline_ = Clock::now() + worker_.limits().linger;
    if (!write_failed_) complete();
}

/// The used direction is complete. What the other has kept back is judged and passed on; the rest of it may take its
/// time.
void Stream::complete() {
    if (std::exchange(transferred_, true)) return;
    if (options_.uses != Uses::both) wait_for_answer(options_.answer);
    // Programs wait for FIN behind close_notify. A native peer waits for CLOSE, and wants PINGs until it has ended too.
    if (options_.uses == Uses::to_secure && !pings_) secure_.end();
    owner_.on_transferred();
}

void Stream::wait_for_answer(std::chrono::seconds limit) {
    deadline_ = Clock::now() + std::max(limit, worker_.limits().linger);
}

void Stream::conclude() {
    options_.answer = 0s;
    if (transferred_ && !answered_) wait_for_answer(0s);
}

void Stream::stop(error_code why) {
    if (transferred_ && options_.uses != Uses::both) return leave(why);
    const bool waits_alone = phase_ == Phase::silent || phase_ == Phase::lingering;
    if (waits_alone && why == SessionError::going_down) return secure_.close();
    if (why_ || phase_ == Phase::lingering) return;
    why_ = why;
    owner_.on_stopped(why);
    plain_.reset();
    stash_ = {};
    // Nobody is there yet who could be told; and a write would block on a socket that is still connecting.
    if (phase_ == Phase::connecting_secure) return secure_.reset();
    if (is_stranger(why) && worker_.may_keep_silent()) {
        // A little at random on top, so that strangers cannot tell who waits from whom by the clock.
        phase_ = Phase::silent;
        deadline_ = began_ + worker_.limits().first_message + std::chrono::milliseconds(number_ * 7919 % 2000);
        return;
    }
    if (channel_ && why != channel::Error::peer_aborted) channel_->abort(abort_code(why));
    // On a plain channel FIN would be a clean end. The native one may have been told already: its ABORT must get out.
    const bool nothing_to_say = !writing_ && (!channel_ || !channel_->has_pending()) && !pings_;
    if (nothing_to_say || (channel_ && channel_->ends_with_transport())) return secure_.reset();
    enter(Phase::flushing, worker_.limits().flush);
    flush();
}

void Stream::reset() {
    plain_.reset();
    secure_.reset();
}

/// Something went wrong behind the transfer. What the receiving side says or is still being sent is not lost with the
/// other leg, so that one alone is given up: a socket that was closed answers the peer's next word with RST, and drops
/// what it has not sent.
void Stream::leave(const error_code& why) {
    if (options_.uses == Uses::to_secure && why == SessionError::plain_reset) return plain_.close();
    const bool peer_lost = why == SessionError::secure_reset || why == SessionError::peer_silent;
    if (options_.uses == Uses::to_plain && peer_lost && !answered_ && !kept_back_) return secure_.close();
    close_quietly();
}

void Stream::close_quietly() {
    phase_ = Phase::lingering;
    kept_back_ = false;
    sealed_.raise();
    plain_.close();
    secure_.close();
}

void Stream::tick(Clock::time_point now) {
    if (phase_ == Phase::open) return tick_open(now);
    if (phase_ == Phase::waiting && established_) return show_life(now);
    if (now < deadline_) return;
    switch (phase_) {
        case Phase::first_message:
            return stop(SessionError::first_message_late);
        case Phase::handshake:
            return stop(SessionError::handshake_late);
        case Phase::connecting_plain:
        case Phase::connecting_secure:
            return stop(SessionError::connect_late);
        case Phase::lingering:
        case Phase::silent:
            return secure_.close();
        case Phase::flushing:
            return secure_.reset();
        case Phase::waiting:
        case Phase::open:
            return;
    }
}

void Stream::tick_open(Clock::time_point now) {
    const auto& limits = worker_.limits();
    if (transferred_ && kept_back_) judge_early_end();
    if (is_over(now)) return close_quietly();
    show_life(now);
    if (secure_.is_open() && is_dead(now)) return stop(SessionError::peer_silent);
    // A leg whose end was read has no reader any more who could notice that it is gone altogether.
    if (!sealing_ && !plain_ended_ && plain_.is_gone()) return stop(SessionError::plain_reset);
    if (secure_read_ && !channel_->ended() && secure_.is_gone()) return stop(SessionError::secure_reset);
    const auto moved = std::max(to_plain_moved_, to_secure_moved_);
    if (limits.idle > 0s && now - moved >= limits.idle) return stop(SessionError::idle);
    if (is_stalled(now)) stop(SessionError::stalled);
}

void Stream::show_life(Clock::time_point now) {
    if (now - spoke_ >= worker_.limits().ping && !writing_ && channel_->ping()) flush();
}

/// The used direction is complete, and the other has had its time to end. That begins anew while the kernel is still
/// delivering: see leave().
bool Stream::is_over(Clock::time_point now) {
    if (!transferred_) return false;
    const auto outstanding = plain_.outstanding() + secure_.outstanding();
    if (std::exchange(outstanding_, outstanding) != outstanding && outstanding > 0) {
        deadline_ = std::max(deadline_, now + worker_.limits().linger);
    }
    return now >= deadline_;
}

/// A silent peer. Native ones ping, so that their silence speaks while we listen; of others, and while back-pressure
/// keeps us from listening, the kernel knows whether they still acknowledge. It is asked three times, because between a
/// probe and its answer it seems so for a moment.
bool Stream::is_dead(Clock::time_point now) {
    const auto limit = worker_.limits().dead;
    const bool mute = secure_read_ && !channel_->peer_ended();  // its unused direction has ended, and with it its PINGs
    if (pings_ && reading_ && !mute) return now - std::max(heard_, listening_since_) >= limit;
    unacknowledged_ticks_ = secure_.unacknowledged_for(limit) ? unacknowledged_ticks_ + 1 : 0;
    return unacknowledged_ticks_ >= 3;
}

/// A write of a whole buffer to a slow reader moves bytes long before it is over: then acknowledgements count.
bool Stream::is_stalled(Clock::time_point now) {
    if (options_.stall == 0s || transferred_) return false;
    auto moved = slowly_moved_;
    std::uint64_t acknowledged = 0;
    if (options_.uses != Uses::to_secure) {
        moved = std::max(moved, to_plain_moved_);
        if (!reading_) acknowledged += plain_.acknowledged();
    }
    if (options_.uses != Uses::to_plain) {
        moved = std::max(moved, to_secure_moved_);
        if (writing_) acknowledged += secure_.acknowledged();
    }
    if (std::exchange(acknowledged_, acknowledged) != acknowledged) moved = slowly_moved_ = now;
    return now - moved >= options_.stall;
}

}  // namespace sallyport::relay
