#include "relay/ftp/session.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/log.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay::ftp {
namespace {

using namespace std::chrono_literals;
using protocols::ftp::CloseReason;
using protocols::ftp::Timer;

constexpr auto never = Clock::time_point::max();

/// Nothing more is said to such a client, not even in goodbye. On the workstation TLS is the server's affair, and the
/// user hears why his session ends.
bool is_hostile(CloseReason reason, bool host_side) {
    const bool of_tls = reason == CloseReason::injected_input || reason == CloseReason::handshake_failed;
    return reason == CloseReason::not_ftp || reason == CloseReason::front_lost || (of_tls && host_side);
}

}  // namespace

void serve_ftp(Service& service, std::shared_ptr<const FtpService> ftp) {
    service.make_session = [ftp = std::move(ftp)](Worker& worker, std::uint64_t id, std::shared_ptr<const Service> of,
                                                  Leg accepted) {
        return std::make_shared<FtpSession>(worker, id, std::move(of), ftp, std::move(accepted));
    };
}

FtpSession::FtpSession(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service,
                       std::shared_ptr<const FtpService> ftp, Leg accepted)
    : Session(worker, id, std::move(service)),
      ftp_(std::move(ftp)),
      front_(*this, worker.executor(), std::move(accepted)),
      back_(*this, worker.executor(), Leg(worker.executor())),
      changed_(worker.executor()),
      since_(std::chrono::system_clock::now()),
      peer_text_(to_text(front_.leg().peer())) {
    timers_.fill(never);
    front_.leg().read_urgent_inline();  // RFC 959's Synch: its mark may be anywhere, its bytes are ours to judge
    front_.on_drained = [this] { back_.resume(); };
    back_.on_drained = [this] { front_.resume(); };
    handshake_began(front_.leg().peer());
}

void FtpSession::start() {
    enter(Phase::handshake, worker().limits().handshake);
    asio::co_spawn(worker().executor(), run(), [this, keeper = shared_from_this()](const std::exception_ptr& failure) {
        // Errors are values here, so this is a bug or no memory. The session's end must not be the daemon's.
        if (failure) log::write(message::session_failed, "{} failed inside; its legs are reset", name());
        if (phase_ == Phase::silent) worker().give_up_silence();
        if (!failure) return;
        drop_data(true);
        front_.leg().reset();
        back_.leg().reset();
    });
}

void FtpSession::enter(Phase phase, std::chrono::seconds limit) {
    phase_ = phase;
    deadline_ = limit == 0s ? never : Clock::now() + limit;
}

awaitable<void> FtpSession::run() {
    const auto error = co_await set_up();
    if (handed_over_) co_return;
    if (error && !why_) why_ = error;
    if (why_) {
        refuse(why_);
    } else {
        begin_conversation();
    }
    if (front_.leg().is_open()) spawn_reader(Side::front);
    if (back_.leg().is_open() && back_.has_channel()) spawn_reader(Side::back);
    while (readers_ > 0 || !ending_.empty()) co_await changed_.wait();
    front_.leg().close();
    back_.leg().close();
    report();
}

void FtpSession::spawn_reader(Side side) {
    ++readers_;
    if (why_) leg(side).discard_input();
    ControlReader& reader = side == Side::front ? front_reader_ : back_reader_;
    asio::co_spawn(worker().executor(), leg(side).read(reader),
                   [this, side, keeper = shared_from_this()](const std::exception_ptr& failure, error_code error) {
                       reader_ended(side, failure ? SessionError::secure_reset : error);
                       --readers_;
                       changed_.raise();
                   });
}

void FtpSession::reader_ended(Side side, const error_code& error) {
    if (phase_ != Phase::open) return;
    if (leg(side).leg().is_open() && !leg(side).channel().established() && error) {
        why_ = error;  // of TLS after AUTH
        conversation_->secure_failed(side);
    } else if (side == Side::back) {
        conversation_->back_ended();
    } else {
        // Programs drop their TLS control connection without close_notify; what counts is said on data connections.
        const bool unsigned_end = error == channel::Error::truncated && tls_;
        conversation_->front_ended(!error || unsigned_end);
    }
    perform();
}

void FtpSession::stop(error_code why) {
    if (phase_ == Phase::silent || phase_ == Phase::closing) {
        if (why != SessionError::going_down) return;
        front_.leg().close();
        back_.leg().close();
        return;
    }
    if (why_) return;
    why_ = why;
    if (phase_ != Phase::open) {  // who sets it up finds out
        front_.leg().reset();
        back_.leg().reset();
        return;
    }
    ++worker().mutable_totals().truncated;
    front_.send(fmt::format("421 {}\r\n", error_sentence(why)));
    close(CloseReason::timed_out);
}

/// Nothing more is begun. What was said goes out; then both peers have a moment to close.
void FtpSession::close(CloseReason reason) {
    if (phase_ == Phase::closing) return;
    reason_ = reason;
    claim_.reset();  // now, since the client may come again at once
    drop_data(true);
    enter(Phase::closing, worker().limits().linger);
    front_.discard_input();
    back_.discard_input();
    if (is_hostile(reason, host_side())) front_.leg().reset();
    front_.finish();
    back_.finish();
}

void FtpSession::tick(Clock::time_point now) {
    std::erase_if(ending_, [](const auto& data) { return data->is_over(); });
    for (const auto& data : ending_) data->tick(now);
    changed_.raise();
    if (phase_ == Phase::open) return tick_conversation(now);
    if (now < deadline_) return;
    switch (phase_) {
        case Phase::handshake:
            return stop(front_.has_channel() ? SessionError::handshake_late : SessionError::first_message_late);
        case Phase::connecting:
            return stop(SessionError::connect_late);
        case Phase::silent:
        case Phase::closing:
            front_.leg().close();
            back_.leg().close();
            front_.resume();
            back_.resume();
            return;
        case Phase::open:
            return;
    }
}

void FtpSession::tick_conversation(Clock::time_point now) {
    const auto keep = shared_from_this();
    for (const Timer timer : {Timer::step, Timer::setup, Timer::login}) {
        auto& ends = timers_[static_cast<std::size_t>(timer)];
        if (now < ends) continue;
        ends = never;
        conversation_->deadline(timer);
        perform();
        if (phase_ != Phase::open) return;
    }
    if (token_ && now >= token_ends_) {
        drop_token();
        conversation_->failed(Side::front);
        perform();
    }
    if (data_) {
        const auto data = data_;
        data->tick(now);
    }
    if (phase_ != Phase::open) return;
    const auto& limits = worker().limits();
    for (ControlLeg* control : {&front_, &back_}) {
        control->tick_alive(now, limits.ping);
        if (control->is_dead(limits.dead)) return stop(SessionError::peer_silent);
    }
}

SessionView FtpSession::view() const {
    SessionView view;
    view.id = id();
    view.entry = service().entry;
    view.protocol = service().protocol;
    view.peer = peer_text_;
    view.target = to_text(back_.leg().peer());
    view.local = back_.leg().local_text();
    if (secure_leg().has_channel()) view.channel = secure_leg().channel().info();
    view.since = since_;
    view.bytes_to_target = bytes_to_target_;
    view.bytes_to_client = bytes_to_client_;
    view.proof_age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - secure_leg().heard());
    view.established = was_established_;
    if (conversation_) {
        view.user = protocols::ftp::escaped(conversation_->user());
        view.activity = conversation_->current_command();
    }
    if (data_ && data_->is_moving()) {
        view.transfers.push_back(data_->view());
        const auto& transfer = view.transfers.back();
        (transfer.to_target ? view.bytes_to_target : view.bytes_to_client) += transfer.bytes;
    }
    return view;
}

/// The session's line in the log, once, when it is over.
void FtpSession::report() {
    auto& totals = worker().mutable_totals();
    totals.bytes_to_target += bytes_to_target_;
    totals.bytes_to_client += bytes_to_client_;
    const auto info = secure_leg().has_channel() ? secure_leg().channel().info() : channel::Info{};
    const auto moved = fmt::format("peer {}, {} bytes to the target, {} to the client", peer_text_, bytes_to_target_,
                                   bytes_to_client_);
    if (why_ == channel::Error::card_sent) {
        log::write(message::card_given, "{} gave the host card to {}", name(), peer_text_);
        return;
    }
    if (!why_ && (reason_ == CloseReason::finished || reason_ == CloseReason::back_closed)) {
        log::write(message::session_ended, "{} ended: {} {}{}{}; {}", name(), info.kind, info.suite,
                   info.peer.empty() ? "" : ", " + info.peer, info.resumed ? ", resumed" : "", moved);
        return;
    }
    if (why_ && service().on_outcome && reason_ != CloseReason::finished) service().on_outcome(why_);
    const auto reason = reason_.value_or(CloseReason::finished);
    const auto why = why_ ? fmt::format("{}: {}", error_name(why_), error_sentence(why_))
                          : std::string(protocols::ftp::describe_close(reason));
    const auto& number = is_stranger(why_)  ? message::stranger
                         : is_crowded(why_) ? message::source_refused
                                            : message::session_stopped;
    log::write(number, "{} stopped: {}{}{}; {}", name(), why, info.detail.empty() ? "" : ": ", info.detail, moved);
    if (!info.offered_key.empty() && service().how_to_accept && reason_ != CloseReason::finished) {
        log::write(message::unknown_host, "{}: the host shows the key {}; {}", name(), info.offered_key,
                   service().how_to_accept(info.offered_key));
    }
}

}  // namespace sallyport::relay::ftp
