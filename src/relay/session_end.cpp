// How a session ends: why, what the other end is told, and what the log says.
#include "relay/session.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;

std::chrono::seconds seconds_since(Clock::time_point then) {
    return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - then);
}

bool is_stranger(const error_code& error) {
    return error == channel::Error::stranger || error == SessionError::unknown_protocol;
}

/// 18.2: a source pays for handshakes that it fails, not for what is the host's own doing.
bool counts_against_source(const error_code& why) {
    return why != channel::Error::card_sent && why != channel::Error::busy && why != SessionError::going_down &&
           why != SessionError::stopped_by_operator;
}

channel::AbortCode abort_code(const error_code& why) {
    if (why == SessionError::plain_reset) return channel::AbortCode::plain_side;
    if (why == SessionError::target_unreachable || why == SessionError::connect_late) {
        return channel::AbortCode::target_unreachable;
    }
    if (why == SessionError::peer_silent || why == SessionError::idle || why == SessionError::handshake_late) {
        return channel::AbortCode::timeout;
    }
    if (why == SessionError::going_down || why == SessionError::stopped_by_operator) {
        return channel::AbortCode::going_down;
    }
    return channel::AbortCode::protocol;
}

}  // namespace

ErrorText describe(SessionError error) {
    switch (error) {
        case SessionError::plain_reset:
            return {"plain_reset", "the plain side reset its connection or does not read any more"};
        case SessionError::secure_reset:
            return {"secure_reset", "the secure leg was reset on the way or by the other end"};
        case SessionError::target_unreachable:
            return {"target_unreachable", "nothing answers where the entry leads"};
        case SessionError::first_message_late:
            return {"first_message_late", "the other end did not begin a handshake in time"};
        case SessionError::handshake_late:
            return {"handshake_late", "the handshake was not complete in time"};
        case SessionError::connect_late:
            return {"connect_late", "connecting took too long"};
        case SessionError::peer_silent:
            return {"peer_silent", "the other end gave no sign of life for too long"};
        case SessionError::idle:
            return {"idle", "no data moved for longer than the configuration allows"};
        case SessionError::stopped_by_operator:
            return {"stopped_by_operator", "an operator stopped the session"};
        case SessionError::going_down:
            return {"going_down", "this program is going down"};
        case SessionError::unknown_protocol:
            return {"unknown_protocol", "the first bytes begin neither the native channel nor TLS"};
    }
    return {"unknown", "an unknown session error"};
}

const char* area_of(SessionError) { return "session"; }

void Session::stop(error_code why) {
    const bool waits_alone = phase_ == Phase::silent || phase_ == Phase::lingering;
    if (waits_alone && why == SessionError::going_down) return secure_.close();
    if (why_ || phase_ == Phase::lingering) return;
    why_ = why;
    if (why != channel::Error::card_sent) {
        auto& totals = worker_.mutable_totals();
        ++(was_established_ ? totals.truncated : totals.refused);
    }
    plain_.reset();
    stash_ = {};
    if (!was_established_ && host_side() && counts_against_source(why)) worker_.handshake_failed(secure_.peer());
    // Nobody is there yet who could be told; and a write would block on a socket that is still connecting.
    if (!host_side() && phase_ == Phase::connecting) return secure_.reset();
    if (is_stranger(why) && worker_.may_keep_silent()) {
        // A little at random on top, so that strangers cannot tell who waits from whom by the clock.
        phase_ = Phase::silent;
        deadline_ = accepted_ + worker_.limits().first_message + std::chrono::milliseconds(id_ * 7919 % 2000);
        return;
    }
    if (channel_ && why != channel::Error::peer_aborted) channel_->abort(abort_code(why));
    // On a plain channel FIN would be a clean end. The native one may have been told already: its ABORT must get out.
    const bool nothing_to_say = !writing_ && (!channel_ || !channel_->has_pending()) && !pings_;
    if (nothing_to_say || (channel_ && channel_->ends_with_transport())) return secure_.reset();
    enter(Phase::flushing, worker_.limits().flush);
    flush();
}

void Session::tick(Clock::time_point now) {
    const auto& limits = worker_.limits();
    if (phase_ == Phase::open) {
        if (now - spoke_ >= limits.ping && !writing_ && channel_->ping()) flush();
        if (is_dead(now)) return stop(SessionError::peer_silent);
        // A leg whose end was read has no reader any more who could notice that it is gone altogether.
        if (!sealing_ && !plain_ended_ && plain_.is_gone()) return stop(SessionError::plain_reset);
        if (secure_read_ && !channel_->ended() && secure_.is_gone()) return stop(SessionError::secure_reset);
        if (limits.idle > 0s && now - moved_ >= limits.idle) return stop(SessionError::idle);
        if (!warned_limit_ && channel_->near_limit()) {
            warned_limit_ = true;
            log::write(message::near_limit, "{} has used nine tenths of the records that its keys may seal", name());
        }
        return;
    }
    if (now < deadline_) return;
    switch (phase_) {
        case Phase::first_message:
            return stop(SessionError::first_message_late);
        case Phase::handshake:
            return stop(SessionError::handshake_late);
        case Phase::connecting:
            return stop(SessionError::connect_late);
        case Phase::lingering:
        case Phase::silent:
            return secure_.close();
        case Phase::flushing:
            return secure_.reset();
        case Phase::open:
            return;
    }
}

/// A silent peer. Native ones ping, so that their silence speaks while we listen; of others, and while back-pressure
/// keeps us from listening, the kernel knows whether they still acknowledge. It is asked three times, because between a
/// probe and its answer it seems so for a moment.
bool Session::is_dead(Clock::time_point now) {
    const auto limit = worker_.limits().dead;
    if (pings_ && reading_) return now - std::max(heard_, listening_since_) >= limit;
    unacknowledged_ticks_ = secure_.unacknowledged_for(limit) ? unacknowledged_ticks_ + 1 : 0;
    return unacknowledged_ticks_ >= 3;
}

std::string Session::name() const { return fmt::format("#{} {}/{}", id_, service_->entry, service_->protocol); }

SessionView Session::view() const {
    SessionView view;
    view.id = id_;
    view.entry = service_->entry;
    view.protocol = service_->protocol;
    view.peer = peer_text_;
    view.target = to_text(host_side() ? plain_.peer() : secure_.peer());
    view.local = host_side() ? plain_.local_text() : secure_.local_text();
    if (channel_) view.channel = channel_->info();
    view.since = since_;
    view.bytes_to_target = bytes_to_target_;
    view.bytes_to_client = bytes_to_client_;
    view.proof_age = seconds_since(heard_);
    view.established = was_established_;
    return view;
}

/// The session's line in the log, once, when it is over.
void Session::report() {
    auto& totals = worker_.mutable_totals();
    totals.bytes_to_target += bytes_to_target_;
    totals.bytes_to_client += bytes_to_client_;
    const auto info = channel_ ? channel_->info() : channel::Info{};
    const auto moved = fmt::format("peer {}, {} bytes to the target, {} to the client", peer_text_, bytes_to_target_,
                                   bytes_to_client_);
    if (!why_) {
        log::write(message::session_ended, "{} ended: {} {}{}{}{}; {}", name(), info.kind, info.suite,
                   info.peer.empty() ? "" : ", " + info.peer, info.resumed ? ", resumed" : "",
                   info.asked_name.empty() ? "" : ", asked for " + info.asked_name, moved);
        return;
    }
    if (why_ == channel::Error::card_sent) {
        log::write(message::card_given, "{} gave the host card to {}", name(), peer_text_);
        return;
    }
    if (service_->on_outcome) service_->on_outcome(why_);
    const auto why =
        fmt::format("{}: {}{}{}", error_name(why_), error_sentence(why_), info.detail.empty() ? "" : ": ", info.detail);
    const auto& number = is_stranger(why_) ? message::stranger : message::session_stopped;
    log::write(number, "{} stopped: {}; {}", name(), why, moved);
    if (!info.offered_key.empty() && service_->how_to_accept && !was_established_) {
        log::write(message::unknown_host, "{}: the host shows the key {}; {}", name(), info.offered_key,
                   service_->how_to_accept(info.offered_key));
    }
}

}  // namespace sallyport::relay
