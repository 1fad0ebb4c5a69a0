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

}  // namespace

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
    worker_.handshake_began(accepted_leg().peer());
}

Session::~Session() {
    if (!was_established_) worker_.handshake_over(accepted_leg().peer());
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

/// Reads the secure leg until its end: opens and delivers, or, once the session is over, discards.
awaitable<void> Session::open_secure() {
    if (!why_ && !early_.empty()) {
        received() += early_.size();
        reading_ = false;
        if (co_await plain_.write(Bytes(early_))) stop(SessionError::plain_reset);
        reading_ = true;
        listening_since_ = Clock::now();
        early_ = {};
    }
    if (!why_ && channel_->peer_ended()) end_plain();
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
                secure_read_ = true;
                if (!judged && !why_ && channel_->ends_with_transport()) end_plain();
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
            if (co_await secure_.wait_readable()) {
                stop(SessionError::secure_reset);  // says nothing new if it was closed because the session is over
                break;
            }
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
    if (error) co_return error;  // the stream is cut: what came before it is not delivered either
    if (!opened.plaintext.empty()) {
        reading_ = false;
        const auto failed = co_await plain_.write(opened.plaintext);
        reading_ = true;
        listening_since_ = Clock::now();
        if (failed) co_return why_ ? why_ : error_code(SessionError::plain_reset);
        for (const Bytes part : opened.plaintext) received() += part.size();
        moved_ = listening_since_;
    }
    const auto rest = arrived.subspan(opened.consumed);
    stash_.assign(rest.begin(), rest.end());
    if (rest.empty()) stash_.shrink_to_fit();  // an idle session keeps nothing
    if (why_) co_return why_;
    if (!had_ended && channel_->peer_ended()) end_plain();
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
            if (co_await plain_.wait_readable()) {
                stop(SessionError::plain_reset);  // as in open_secure; a failed wait must not look like an end
                co_return;
            }
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

/// The peer's end, passed on behind the last of its bytes.
void Session::end_plain() {
    plain_.end();
    plain_ended_ = true;
    end_secure_if_done();
}

/// FIN on the secure leg once everything has been said: after both ends, or after the last word of a stopped session.
void Session::end_secure_if_done() {
    if (writing_ || channel_->has_pending() || phase_ == Phase::lingering) return;
    if (why_) {
        if (phase_ == Phase::flushing) secure_.end();
    } else if (phase_ == Phase::open && channel_->ended() && plain_ended_) {
        secure_.end();
        enter(Phase::lingering, worker_.limits().linger);
    }
}

}  // namespace sallyport::relay
