#include "relay/stream_session.hpp"

#include <boost/asio/co_spawn.hpp>

#include "base/log.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;

/// 18.2: a source pays for handshakes that it fails, not for what is the host's own doing.
bool counts_against_source(const error_code& why) {
    return why != channel::Error::card_sent && why != channel::Error::busy && why != SessionError::going_down &&
           why != SessionError::stopped_by_operator;
}

Leg leg_of(bool accepted_here, Worker& worker, Leg& accepted) {
    return accepted_here ? std::move(accepted) : Leg(worker.executor());
}

}  // namespace

StreamSession::StreamSession(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service, Leg accepted)
    : Session(worker, id, std::move(service)),
      stream_(worker, *this, id, leg_of(!host_side(), worker, accepted), leg_of(host_side(), worker, accepted)),
      since_(std::chrono::system_clock::now()),
      peer_text_(to_text(accepted_leg().peer())) {
    handshake_began(accepted_leg().peer());
}

void StreamSession::start() {
    asio::co_spawn(worker().executor(), run(), [this, keeper = shared_from_this()](const std::exception_ptr& failure) {
        // Errors are values here, so this is a bug or no memory. The session's end must not be the
        // daemon's.
        if (failure) log::write(message::session_failed, "{} failed inside; its legs are reset", name());
        stream_.reset();
    });
}

awaitable<void> StreamSession::run() {
    error_code error;  // no co_await within ?: for g++ 12 destroys one of the two awaitables twice
    if (host_side()) {
        error = co_await set_up_host();
    } else {
        error = co_await set_up_workstation();
    }
    if (error) stop(error);
    co_await stream_.relay();
    report();
}

awaitable<error_code> StreamSession::set_up_host() {
    if (service().speaks_without_first_bytes) {
        if (!worker().has_capacity()) co_return channel::Error::busy;
        stream_.use(service().make_channel({}, {stream_.secure().peer(), true}));
    }
    if (const auto error = co_await stream_.shake_hands(worker().limits().first_message)) co_return error;
    established();
    co_return co_await stream_.connect_plain(service().targets);
}

awaitable<error_code> StreamSession::set_up_workstation() {
    stream_.use(service().make_channel({}, {}));
    if (const auto error = co_await stream_.connect_secure(service().targets)) co_return error;
    // A silent host closes after 12 s, and is named.
    if (const auto error = co_await stream_.shake_hands(worker().limits().first_message + 5s)) co_return error;
    established();
    co_return error_code{};
}

Result<std::unique_ptr<channel::Channel>> StreamSession::choose_channel(Bytes first) {
    const bool has_capacity = worker().has_capacity();
    auto chosen = service().make_channel(first, {stream_.secure().peer(), has_capacity});
    if (!chosen) return make_error_code(SessionError::unknown_protocol);
    // The native channel says so itself, to those who prove that they are no strangers.
    if (!has_capacity && chosen->info().kind != "native") return make_error_code(channel::Error::busy);
    return chosen;
}

void StreamSession::established() {
    handshake_over();
    const auto info = stream_.info();
    ++worker().mutable_totals().sessions;
    if (service().on_outcome) service().on_outcome({});
    if (log::debugging()) {
        log::debug(fmt::format("{} established: {} {}, peer {} {}{}", name(), info.kind, info.suite, peer_text_,
                               info.peer, info.resumed ? ", resumed" : ""));
    }
    if (!info.legacy) return;
    ++worker().mutable_totals().legacy_sessions;
    log::write(message::legacy_session, "{} uses the legacy suite {}; peer {}", name(), info.suite, peer_text_);
}

void StreamSession::on_stopped(const error_code& why) {
    auto& totals = worker().mutable_totals();
    if (why != channel::Error::card_sent) ++(stream_.established() ? totals.truncated : totals.refused);
    if (!stream_.established() && host_side() && counts_against_source(why)) {
        worker().handshake_failed(stream_.secure().peer());
    }
}

void StreamSession::tick(Clock::time_point now) {
    stream_.tick(now);
    if (warned_limit_ || !stream_.near_limit()) return;
    warned_limit_ = true;
    log::write(message::near_limit, "{} has used nine tenths of the records that its keys may seal", name());
}

std::uint64_t StreamSession::bytes_to_target() const {
    return host_side() ? stream_.bytes_to_plain() : stream_.bytes_to_secure();
}

std::uint64_t StreamSession::bytes_to_client() const {
    return host_side() ? stream_.bytes_to_secure() : stream_.bytes_to_plain();
}

SessionView StreamSession::view() const {
    SessionView view;
    view.id = id();
    view.entry = service().entry;
    view.protocol = service().protocol;
    view.peer = peer_text_;
    view.target = to_text(target_leg().peer());
    view.local = target_leg().local_text();
    view.channel = stream_.info();
    view.since = since_;
    view.bytes_to_target = bytes_to_target();
    view.bytes_to_client = bytes_to_client();
    view.proof_age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - stream_.heard());
    view.established = stream_.established();
    return view;
}

/// The session's line in the log, once, when it is over.
void StreamSession::report() {
    auto& totals = worker().mutable_totals();
    totals.bytes_to_target += bytes_to_target();
    totals.bytes_to_client += bytes_to_client();
    const auto info = stream_.info();
    const auto why = stream_.why();
    const auto moved = fmt::format("peer {}, {} bytes to the target, {} to the client", peer_text_, bytes_to_target(),
                                   bytes_to_client());
    if (!why) {
        log::write(message::session_ended, "{} ended: {} {}{}{}{}; {}", name(), info.kind, info.suite,
                   info.peer.empty() ? "" : ", " + info.peer, info.resumed ? ", resumed" : "",
                   info.asked_name.empty() ? "" : ", asked for " + info.asked_name, moved);
        return;
    }
    if (why == channel::Error::card_sent) {
        log::write(message::card_given, "{} gave the host card to {}", name(), peer_text_);
        return;
    }
    if (service().on_outcome) service().on_outcome(why);
    const auto reason =
        fmt::format("{}: {}{}{}", error_name(why), error_sentence(why), info.detail.empty() ? "" : ": ", info.detail);
    const auto& number = is_stranger(why) ? message::stranger : message::session_stopped;
    log::write(number, "{} stopped: {}; {}", name(), reason, moved);
    if (!info.offered_key.empty() && service().how_to_accept && !stream_.established()) {
        log::write(message::unknown_host, "{}: the host shows the key {}; {}", name(), info.offered_key,
                   service().how_to_accept(info.offered_key));
    }
}

}  // namespace sallyport::relay
