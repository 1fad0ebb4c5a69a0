// A session until its channel is established and both its legs are connected.

#include "relay/session.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;

}  // namespace

std::string HostPort::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
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
    const auto failed = co_await leg.connect(endpoints, worker_.limits().connect);
    if (why_) {  // stopped meanwhile: what was connected is not left to end cleanly
        leg.reset();
        co_return why_;
    }
    co_return failed ? SessionError::target_unreachable : error_code{};
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
    accepted_ = Clock::now();                                          // the handshake's time begins here
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
        if (error) co_return error;
        stash_.assign(arrived.begin() + static_cast<std::ptrdiff_t>(opened.consumed), arrived.end());
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
    worker_.handshake_over(accepted_leg().peer());
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

}  // namespace sallyport::relay
