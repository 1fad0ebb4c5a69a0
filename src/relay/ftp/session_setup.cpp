// An FTP session until its conversation begins: who is at the front, and how the back is reached.
#include <algorithm>

#include "base/log.hpp"
#include "channel/native/native.hpp"
#include "relay/ftp/session.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay::ftp {
namespace {

using namespace std::chrono_literals;
using protocols::ftp::Kind;

std::string address_text(const tcp::endpoint& endpoint) {
    return protocols::ftp::canonical(endpoint.address().to_string());
}

}  // namespace

awaitable<error_code> FtpSession::set_up() {
    if (host_side()) co_return co_await set_up_host();
    co_return co_await set_up_workstation();
}

awaitable<error_code> FtpSession::set_up_host() {
    if (const auto error = co_await choose_front()) co_return error;
    if (handed_over_) co_return error_code{};
    if (!worker().has_capacity() && !native_) co_return channel::Error::busy;  // native: said in its handshake
    const auto crowded = claim_place();
    if (const auto error = co_await front_.shake_hands()) co_return error;
    if (crowded) co_return crowded;  // in words that the client understands
    // A client of explicit FTPS is nobody yet; how long he may take is the conversation's affair.
    is_protected() || ftp_->clear_text ? established() : handshake_over();
    enter(Phase::connecting, worker().limits().connect);
    if (const auto error = co_await connect_back()) co_return error;
    back_.set_channel(channel::make_plain());
    co_return error_code{};
}

awaitable<error_code> FtpSession::set_up_workstation() {
    front_.set_channel(channel::make_plain());
    enter(Phase::connecting, worker().limits().connect);
    if (const auto error = co_await connect_back()) co_return error;
    enter(Phase::handshake, worker().limits().handshake);
    if (ftp_->make_native) {
        auto channel = ftp_->make_native({});
        native_ = channel.get();
        back_.set_channel(std::move(channel));
    } else if (ftp_->implicit_tls) {
        auto channel = ftp_->make_tls();
        tls_ = channel.get();
        back_.set_channel(std::move(channel));
    } else {
        back_.set_channel(channel::make_plain());  // until AUTH TLS
    }
    if (const auto error = co_await back_.shake_hands()) co_return error;
    is_protected() ? established() : handshake_over();
    co_return error_code{};
}

/// Native and implicit TLS speak first. Clients of explicit FTPS and of clear text wait for a greeting, so they are
/// known by their silence, where there is anything to tell apart.
awaitable<error_code> FtpSession::choose_front() {
    ByteVector first;
    if (ftp_->make_native || ftp_->implicit_tls) {
        if (const auto error = co_await read_first_bytes(first)) co_return error;
    }
    const bool tls_first = !first.empty() && channel::tls::looks_like_tls(first);
    if (!first.empty() && ftp_->make_native && channel::native::looks_like_native(first)) {
        if (channel::native::begins_data_channel(first).value_or(false)) {
            co_return co_await admit_data_channel(std::move(first));
        }
        auto channel = ftp_->make_native({front_.leg().peer(), worker().has_capacity()});
        native_ = channel.get();
        front_kind_ = Kind::native;
        front_.put_back(first);
        front_.set_channel(std::move(channel));
    } else if (tls_first && ftp_->implicit_tls) {
        auto channel = ftp_->make_tls();
        tls_ = channel.get();
        front_kind_ = Kind::tls;
        front_implicit_ = true;
        front_.put_back(first);
        front_.set_channel(std::move(channel));
    } else if (!tls_first && (ftp_->explicit_tls || ftp_->clear_text)) {
        front_kind_ = ftp_->explicit_tls ? Kind::tls : Kind::plain;
        front_.put_back(first);
        front_.set_channel(channel::make_plain());
    } else {
        co_return SessionError::unknown_protocol;
    }
    co_return error_code{};
}

/// A connection that opens a data channel needs none: its session has one.
error_code FtpSession::claim_place() {
    auto claimed = ftp_->sources->claim(front_.leg().peer().address());
    if (!claimed) return claimed.error();
    claim_ = std::move(*claimed);
    return {};
}

/// Nothing, where the client is silent and may be greeted in clear text.
awaitable<error_code> FtpSession::read_first_bytes(ByteVector& first) {
    const bool may_greet = ftp_->explicit_tls || ftp_->clear_text;
    const auto limit = may_greet ? ftp_->detection : std::chrono::milliseconds(worker().limits().first_message);
    std::array<std::uint8_t, 512> buffer;
    while (true) {
        const auto error = co_await front_.leg().wait_readable(limit);
        if (error == asio::error::timed_out) {
            co_return may_greet&& first.empty() ? error_code{} : error_code(SessionError::first_message_late);
        }
        if (error) co_return SessionError::secure_reset;
        error_code failed;
        const auto got = front_.leg().read_now(buffer, failed);
        if (failed == asio::error::would_block) continue;
        if (failed == asio::error::eof) co_return channel::Error::truncated;
        if (failed) co_return SessionError::secure_reset;
        append(first, Bytes(buffer).first(got));
        if (!channel::native::looks_like_native(first)) co_return error_code{};
        if (channel::native::begins_data_channel(first)) co_return error_code{};  // or not: it is known now
    }
}

/// The whole of its opening is awaited; then whoever owns its token gets the connection.
awaitable<error_code> FtpSession::admit_data_channel(ByteVector first) {
    using channel::native::data_open_size;
    std::array<std::uint8_t, data_open_size> buffer;
    while (first.size() < data_open_size) {
        if (co_await front_.leg().wait_readable(worker().limits().first_message)) co_return channel::Error::truncated;
        error_code error;
        const auto got = front_.leg().read_now(MutableBytes(buffer).first(data_open_size - first.size()), error);
        if (error == asio::error::would_block) continue;
        if (error) co_return channel::Error::truncated;
        append(first, Bytes(buffer).first(got));
    }
    auto visitor = ftp_->door->enter(first);
    if (!visitor) co_return channel::Error::stranger;
    handed_over_ = true;
    handshake_over();
    visitor->deliver(MovingLeg(std::move(front_.leg())), std::move(visitor->channel));
    co_return error_code{};
}

awaitable<error_code> FtpSession::connect_back() {
    const auto endpoints = co_await look_up(service().targets);
    if (why_) co_return why_;
    const auto failed = co_await back_.leg().connect(endpoints, worker().limits().connect);
    if (why_) {
        back_.leg().reset();
        co_return why_;
    }
    if (failed) co_return SessionError::target_unreachable;
    back_.leg().read_urgent_inline();
    co_return error_code{};
}

bool FtpSession::is_protected() const { return native_ || tls_; }

/// The other end has proven itself, or need not.
void FtpSession::established() {
    handshake_over();
    was_established_ = true;
    const auto info = secure_leg().channel().info();
    ++worker().mutable_totals().sessions;
    if (service().on_outcome && is_protected()) service().on_outcome({});
    if (host_side() && ftp_->clear_text && !is_protected()) {
        log::write(message::ftp_clear_text, "{} is in clear text: passwords and files can be read on the way; peer {}",
                   name(), peer_text_);
    }
    if (!info.legacy) return;
    ++worker().mutable_totals().legacy_sessions;
    log::write(message::legacy_session, "{} uses the legacy suite {}; peer {}", name(), info.suite, peer_text_);
}

/// The session cannot begin: the user is told as far as there are words for him.
void FtpSession::refuse(const error_code& why) {
    claim_.reset();
    auto& totals = worker().mutable_totals();
    if (why != channel::Error::card_sent) ++(was_established_ ? totals.truncated : totals.refused);
    const bool ours = why == channel::Error::card_sent || why == channel::Error::busy ||
                      why == SessionError::going_down || why == SessionError::stopped_by_operator || is_crowded(why);
    if (!was_established_ && host_side() && !ours) worker().handshake_failed(front_.leg().peer());
    if (is_stranger(why) && worker().may_keep_silent()) {
        enter(Phase::silent, worker().limits().first_message);
        return;
    }
    if (!front_.has_channel()) return front_.leg().reset();
    if (front_.channel().established() && (!native_on_front() || is_crowded(why))) {
        front_.send(fmt::format("421 {}\r\n", error_sentence(why)));
    } else if (front_.channel().established()) {
        front_.channel().abort(channel::AbortCode::target_unreachable);
    }
    front_.flush();
    if (back_.has_channel()) {
        back_.channel().abort(channel::AbortCode::protocol);
        back_.flush();
    }
    enter(Phase::closing, worker().limits().flush);
    front_.finish();
    back_.finish();
}

void FtpSession::begin_conversation() {
    auto settings = ftp_->conversation;
    settings.front = front_kind_;
    settings.front_implicit = front_implicit_;
    if (!host_side()) settings.back = native_ ? Kind::native : Kind::tls;
    settings.back_implicit = ftp_->implicit_tls && !host_side();
    settings.front_peer = address_text(front_.leg().peer());
    settings.front_peer_port = front_.leg().peer().port();
    settings.back_peer = address_text(back_.leg().peer());
    conversation_.emplace(std::move(settings));
    enter(Phase::open, 0s);
    perform();
}

}  // namespace sallyport::relay::ftp
