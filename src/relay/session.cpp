#include "relay/session.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;

/// 18.1: what a stranger may send before he is closed.
constexpr std::size_t most_from_strangers = 4096;
/// After so many full buffers in a row a session lets the others of its thread run.
constexpr int turns = 4;

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

std::string HostPort::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Session::Session(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service, tcp::socket accepted)
    : worker_(worker),
      id_(id),
      service_(std::move(service)),
      plain_(host_side() ? Leg(worker.executor()) : Leg(std::move(accepted))),
      secure_(host_side() ? Leg(std::move(accepted)) : Leg(worker.executor())),
      written_(worker.executor()),
      sealed_(worker.executor()),
      heard_(Clock::now()),
      spoke_(heard_),
      moved_(heard_),
      accepted_(heard_),
      since_(std::chrono::system_clock::now()),
      peer_text_(to_text(host_side() ? secure_.peer() : plain_.peer())) {
    worker_.handshake_began();
}

Session::~Session() {
    if (!was_established_) worker_.handshake_over();
    if (phase_ == Phase::silent) worker_.give_up_silence();
    worker_.remove(*this);
}

void Session::start() {
    asio::co_spawn(worker_.executor(), run(), [self = shared_from_this()](std::exception_ptr failure) {
        // Errors are values here, so this is a bug or no memory. The session's end must not be the daemon's.
        if (failure) log::write(message::session_failed, "{} failed inside; its legs are reset", self->name());
        self->plain_.reset();
        self->secure_.reset();
    });
}

void Session::enter(Phase phase, std::chrono::seconds limit) {
    phase_ = phase;
    deadline_ = limit == 0s ? Clock::time_point::max() : Clock::now() + limit;
}

awaitable<void> Session::run() {
    error_code error;  // no co_await within ?: for g++ 12 destroys one of the two awaitables twice
    if (host_side()) {
        error = co_await set_up_host();
    } else {
        error = co_await set_up_workstation();
    }
    if (error) {
        stop(error);
    } else if (!why_) {
        enter(Phase::open, 0s);
        sealing_ = true;
        asio::co_spawn(worker_.executor(), seal_plain(), [self = shared_from_this()](std::exception_ptr failure) {
            self->sealing_ = false;
            if (failure) self->stop(SessionError::plain_reset);
            self->sealed_.raise();
        });
    }
    co_await open_secure();
    while (sealing_) co_await sealed_.wait();
    while (writing_) co_await written_.wait();
    secure_.close();
    plain_.close();
    report();
}

awaitable<error_code> Session::connect(Leg& leg) {
    std::vector<tcp::endpoint> endpoints;
    for (const auto& target : service_->targets) {
        error_code error;
        const auto address = asio::ip::make_address(target.host, error);
        if (!error) {
            endpoints.emplace_back(address, target.port);
            continue;
        }
        // Names are looked up for each connection, so that a moved host is found again.
        tcp::resolver resolver(worker_.executor());
        const auto [failure, found] =
            co_await resolver.async_resolve(target.host, std::to_string(target.port), as_result);
        if (!failure) endpoints.insert(endpoints.end(), found.begin(), found.end());
    }
    if (why_) co_return why_;
    if (co_await leg.connect(endpoints)) co_return why_ ? why_ : SessionError::target_unreachable;
    co_return error_code{};
}

awaitable<error_code> Session::set_up_host() {
    enter(Phase::first_message, worker_.limits().first_message);
    if (service_->speaks_without_first_bytes) {
        if (!worker_.has_capacity()) co_return channel::Error::busy;
        channel_ = service_->make_channel({}, {secure_.peer(), true});
    }
    if (const auto error = co_await shake_hands()) co_return error;
    enter(Phase::connecting, worker_.limits().connect);
    co_return co_await connect(plain_);
}

awaitable<error_code> Session::set_up_workstation() {
    enter(Phase::connecting, worker_.limits().connect);
    channel_ = service_->make_channel({}, {});
    if (const auto error = co_await connect(secure_)) co_return error;
    enter(Phase::first_message, worker_.limits().first_message + 5s);  // a silent host closes after 12 s and is named
    co_return co_await shake_hands();
}

/// Until the channel is established. What is sealed behind the handshake's last message waits in early_.
awaitable<error_code> Session::shake_hands() {
    channel::Opened opened;
    while (!channel_ || !channel_->established()) {
        if (channel_) flush();
        if (const auto error = co_await secure_.wait_readable())
            co_return why_ ? why_ : error_code(SessionError::secure_reset);
        if (why_) co_return why_;
        const Buffer buffer;
        std::copy(stash_.begin(), stash_.end(), buffer.bytes().begin());
        error_code error;
        const auto got = secure_.read_now(buffer.bytes().subspan(stash_.size()), error);
        if (error == asio::error::would_block) continue;
        if (error == asio::error::eof) co_return channel_ ? channel_->transport_ended() : channel::Error::truncated;
        if (error) co_return SessionError::secure_reset;
        const auto arrived = buffer.bytes().first(stash_.size() + got);
        if (!channel_) {
            channel_ = service_->make_channel(arrived, {secure_.peer(), worker_.has_capacity()});
            if (!channel_) co_return SessionError::unknown_protocol;
            // The native channel says so itself, to those who prove that they are no strangers.
            if (!worker_.has_capacity() && channel_->info().kind != "native") co_return channel::Error::busy;
        }
        error = channel_->open(arrived, opened);
        for (const Bytes part : opened.plaintext) append(early_, part);
        stash_.assign(arrived.begin() + static_cast<std::ptrdiff_t>(opened.consumed), arrived.end());
        if (error) co_return error;
        if (opened.consumed > 0 && phase_ == Phase::first_message) {
            phase_ = Phase::handshake;
            deadline_ = std::max(Clock::now(), accepted_ + worker_.limits().handshake);
        }
    }
    flush();
    established();
    co_return why_;
}

void Session::established() {
    was_established_ = true;
    worker_.handshake_over();
    const auto info = channel_->info();
    legacy_ = info.legacy;
    pings_ = info.kind == "native";
    heard_ = moved_ = Clock::now();
    ++worker_.mutable_totals().sessions;
    if (service_->on_outcome) service_->on_outcome({});
    if (log::debugging()) {
        log::debug(fmt::format("{} established: {} {}, peer {} {}{}", name(), info.kind, info.suite, peer_text_,
                               info.peer, info.resumed ? ", resumed" : ""));
    }
    if (!legacy_) return;
    ++worker_.mutable_totals().legacy_sessions;
    log::write(message::legacy_session, "{} uses the legacy suite {}; peer {}", name(), info.suite, peer_text_);
}

/// Reads the secure leg until its end: opens and delivers, or, once the session is over, discards.
awaitable<void> Session::open_secure() {
    if (!why_ && !early_.empty()) {
        received() += early_.size();
        if (co_await plain_.write(Bytes(early_))) stop(SessionError::plain_reset);
        early_ = {};
    }
    if (!why_ && channel_->peer_ended()) plain_.end();
    std::size_t discarded = 0;
    int turn = 0;
    while (secure_.is_open()) {
        bool wait = true;
        {
            const Buffer buffer;
            std::copy(stash_.begin(), stash_.end(), buffer.bytes().begin());
            const auto room = buffer.bytes().subspan(stash_.size());
            error_code error;
            const auto got = secure_.read_now(room, error);
            if (error == asio::error::eof) {
                const auto judged = why_ ? error_code{} : channel_->transport_ended();
                if (judged) stop(judged);
                if (!judged && !why_ && channel_->ends_with_transport()) plain_.end();
                break;
            }
            if (error && error != asio::error::would_block) {
                if (phase_ != Phase::lingering) stop(SessionError::secure_reset);
                break;
            }
            if (!error && why_) {
                discarded += got;
                if (phase_ == Phase::silent && discarded > most_from_strangers) break;
            } else if (!error) {
                if (const auto failed = co_await deliver(buffer.bytes().first(stash_.size() + got))) stop(failed);
                wait = got < room.size();
            }
        }
        if (wait) {
            turn = 0;
            if (co_await secure_.wait_readable()) break;
        } else if (++turn % turns == 0) {
            co_await asio::post(worker_.executor(), asio::use_awaitable);
        }
    }
}

awaitable<error_code> Session::deliver(MutableBytes arrived) {
    channel::Opened opened;
    const bool had_ended = channel_->peer_ended();
    const auto error = channel_->open(arrived, opened);
    if (opened.consumed > 0) heard_ = Clock::now();
    flush();
    if (!opened.plaintext.empty()) {
        reading_ = false;
        const auto failed = co_await plain_.write(opened.plaintext);
        reading_ = true;
        if (failed) co_return why_ ? why_ : error_code(SessionError::plain_reset);
        for (const Bytes part : opened.plaintext) received() += part.size();
        heard_ = moved_ = Clock::now();
    }
    const auto rest = arrived.subspan(opened.consumed);
    stash_.assign(rest.begin(), rest.end());
    if (rest.empty()) stash_.shrink_to_fit();  // an idle session keeps nothing
    if (error || why_) co_return error;
    if (!had_ended && channel_->peer_ended()) {
        plain_.end();
        end_secure_if_done();
    }
    co_return error_code{};
}

awaitable<void> Session::seal_plain() {
    channel::Slots slots;
    boost::container::small_vector<asio::mutable_buffer, 16> parts;
    int turn = 0;
    while (!why_) {
        bool wait = true;
        {
            const Buffer buffer;
            channel_->slots(buffer.bytes(), slots);
            parts.clear();
            std::size_t room = 0;
            for (const auto slot : slots) {
                parts.emplace_back(slot.data(), slot.size());
                room += slot.size();
            }
            error_code error;
            const auto got = plain_.read_now(parts, error);
            if (error == asio::error::eof) break;
            if (error && error != asio::error::would_block) {
                stop(SessionError::plain_reset);
                co_return;
            }
            if (!error) {
                if (const auto failed = co_await seal(buffer.bytes(), got)) {
                    stop(failed);
                    co_return;
                }
                wait = got < room;
            }
        }
        if (wait) {
            turn = 0;
            if (co_await plain_.wait_readable()) break;
        } else if (++turn % turns == 0) {
            co_await asio::post(worker_.executor(), asio::use_awaitable);
        }
    }
    if (why_) co_return;
    channel_->end();
    if (channel_->ends_with_transport()) secure_.end();
    flush();
}

/// Seals what was read into the slots of `buffer` and sends it, behind what was pending before.
awaitable<error_code> Session::seal(MutableBytes buffer, std::size_t filled) {
    while (writing_) co_await written_.wait();
    if (why_) co_return why_;
    writing_ = true;
    error_code error;
    while (!error && channel_->has_pending()) {
        const auto pending = channel_->take_pending();
        if (co_await secure_.write(Bytes(pending))) error = SessionError::secure_reset;
    }
    if (!error && !why_) {
        const auto sealed = channel_->seal(buffer, filled);
        if (!sealed) {
            error = sealed.error();
        } else if (co_await secure_.write(*sealed)) {
            error = SessionError::secure_reset;
        } else {
            sent() += filled;
            spoke_ = moved_ = Clock::now();
        }
    }
    done_writing();
    co_return why_ ? why_ : error;
}

void Session::done_writing() {
    writing_ = false;
    written_.raise();
    flush();
}

void Session::flush() {
    if (writing_ || !channel_ || !secure_.is_open()) return;
    if (!channel_->has_pending()) return end_secure_if_done();
    auto pending = channel_->take_pending();
    error_code error;
    const auto written = secure_.write_now(pending, error);
    spoke_ = Clock::now();
    if (written == pending.size()) return end_secure_if_done();
    // A socket that is broken fails its reader too; who reads says so.
    if (error && error != asio::error::would_block) return;
    writing_ = true;
    pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(written));
    asio::co_spawn(
        worker_.executor(),
        [](Session& self, ByteVector rest) -> awaitable<void> {
            (void)co_await self.secure_.write(Bytes(rest));  // as above: its reader reports what broke
        }(*this, std::move(pending)),
        [self = shared_from_this()](std::exception_ptr) { self->done_writing(); });
}

/// FIN on the secure leg once everything has been said: after both ends, or after the last word of a stopped session.
void Session::end_secure_if_done() {
    if (writing_ || channel_->has_pending() || phase_ == Phase::lingering) return;
    if (why_) {
        if (phase_ == Phase::flushing) secure_.end();
    } else if (phase_ == Phase::open && channel_->ended() && channel_->peer_ended()) {
        secure_.end();
        enter(Phase::lingering, worker_.limits().linger);
    }
}

void Session::stop(error_code why) {
    const bool waits_alone = phase_ == Phase::silent || phase_ == Phase::lingering;
    if (waits_alone && why == SessionError::going_down) return secure_.close();
    if (why_ || phase_ == Phase::lingering) return;
    why_ = why;
    plain_.reset();
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
    if (!writing_ && (!channel_ || !channel_->has_pending())) return secure_.reset();
    enter(Phase::flushing, worker_.limits().flush);
    flush();
}

void Session::tick(Clock::time_point now) {
    const auto& limits = worker_.limits();
    if (phase_ == Phase::open) {
        if (now - spoke_ >= limits.ping && !writing_ && channel_->ping()) flush();
        const bool dead = pings_ ? reading_ && now - heard_ >= limits.dead : secure_.unacknowledged_for(limits.dead);
        if (dead) return stop(SessionError::peer_silent);
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
    ++(was_established_ ? totals.truncated : totals.refused);
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
