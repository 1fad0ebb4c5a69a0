// What the conversation wants done, done; and what its data connections report.
#include <boost/asio/post.hpp>
#include <boost/hana/functional/overload.hpp>

#include "base/log.hpp"
#include "crypto/random.hpp"
#include "relay/ftp/session.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay::ftp {
namespace {

using namespace std::chrono_literals;
namespace action = protocols::ftp::action;
namespace native = channel::native;

/// docs/native-channel.md, 11.1.
constexpr auto token_life = 30s;

/// RFC 1918, RFC 4193, loopback and link-local: a client from there sees this host by its own address.
bool is_local(const asio::ip::address& address) {
    if (address.is_loopback()) return true;
    if (address.is_v6()) {
        return address.to_v6().is_link_local() || (address.to_v6().to_bytes()[0] & 0xFE) == 0xFC;
    }
    const auto number = address.to_v4().to_uint();
    return number >> 24 == 10 || number >> 20 == 0xAC1 || number >> 16 == 0xC0A8 || number >> 16 == 0xA9FE;
}

}  // namespace

void FtpSession::Reader::on_text(Bytes text) {
    if (session_.phase_ != Phase::open) return;
    if (side_ == Side::front) {
        session_.conversation_->front_bytes(text);
    } else {
        session_.conversation_->back_bytes(text);
    }
    session_.perform();
}

/// Well-formed and from the right side, says the channel.
void FtpSession::Reader::on_control(Bytes content) {
    if (session_.phase_ != Phase::open) return;
    const auto message = native::read_control(content);
    if (!message) return;
    auto& conversation = *session_.conversation_;
    std::visit(boost::hana::overload([&](const native::Setup&) { conversation.setup_asked(); },
                                     [&](const native::Granted& granted) {
                                         if (session_.data_) {
                                             const auto& host = session_.back_.leg().peer();
                                             session_.data_->open_native(
                                                 {{host.address().to_string(), host.port()}},
                                                 session_.native_->open_data(granted.token, crypto::system_random()));
                                         }
                                         conversation.setup_granted();
                                     },
                                     [&](const native::NoSetup& refused) { conversation.setup_refused(refused.code); }),
               *message);
    session_.perform();
}

void FtpSession::Reader::on_secured() {
    if (session_.phase_ != Phase::open) return;
    session_.established();
    session_.conversation_->secured(side_);
    session_.perform();
}

bool FtpSession::Reader::wants_input() const {
    if (side_ == Side::back) return !session_.front_.is_congested();
    return !session_.paused_ && !session_.back_.is_congested();
}

void FtpSession::perform() {
    const auto keep = shared_from_this();
    while (true) {
        auto actions = conversation_->take_actions();
        if (actions.empty()) break;
        for (auto& action : actions) carry_out(action);
    }
    if (claim_ && conversation_->logged_in()) claim_->authenticated();
}

void FtpSession::carry_out(protocols::ftp::Action& wanted) {
    std::visit(
        boost::hana::overload(
            [&](const action::Reply& reply) { front_.send(reply.text); },
            [&](const action::Send& send) {
                send.urgent && !native_ ? back_.send_urgent(send.text) : back_.send(send.text);
            },
            [&](const action::SecureControl& secure) {
                auto channel = ftp_->make_tls();
                tls_ = channel.get();
                leg(secure.side).set_channel(std::move(channel));
            },
            [&](const action::Listen& wish) { listen(wish.side); },
            [&](const action::Connect& wish) { connect(wish.side, wish.to); },
            [&](const action::AskSetup&) {
                data();
                tell_control(native::write_control(native::Setup{}));
            },
            [&](const action::GrantSetup&) { grant(); },
            [&](const action::RefuseSetup& refuse) {
                tell_control(native::write_control(native::NoSetup{static_cast<std::uint16_t>(refuse.code)}));
            },
            [&](const action::SecureData&) { data().secure(tls_->make_data()); },
            [&](const action::RenewTickets&) {
                if (ftp_->data_binding != DataBinding::require) return;
                tls_->renew_ticket();
                front_.flush();
            },
            [&](const action::Pump& pump) {
                transfer_began_ = Clock::now();
                data().pump(pump.direction);
            },
            [&](const action::ConcludeUpload&) {
                if (data_) data_->conclude();
            },
            [&](const action::DropData& drop) { drop_data(drop.reset); },
            [&](const action::Arm& arm) { timers_[static_cast<std::size_t>(arm.timer)] = Clock::now() + arm.limit; },
            [&](const action::Disarm& disarm) {
                timers_[static_cast<std::size_t>(disarm.timer)] = Clock::time_point::max();
            },
            [&](const action::PauseFront&) { paused_ = true; },
            [&](const action::ResumeFront&) {
                paused_ = false;
                front_.resume();
            },
            [&](const action::Log& entry) {
                if (entry.security) {
                    log::write(message::ftp_security, "{}: {}; peer {}", name(), entry.text, peer_text_);
                } else if (log::debugging()) {
                    log::debug(fmt::format("{}: {}", name(), entry.text));
                }
            },
            [&](const action::Audit& entry) { audit(entry.record); },
            [&](const action::Close& end) { close(end.reason); }),
        wanted);
}

DataConnection& FtpSession::data() {
    if (!data_) {
        data_ = std::make_shared<DataConnection>(worker(), ftp_, *this, host_side() ? Side::front : Side::back);
    }
    return *data_;
}

void FtpSession::listen(Side side) {
    auto& control = leg(side).leg();
    const auto local = unmapped(control.local_endpoint().address());
    const auto port = data().listen(side, local, control.peer().address(),
                                    side == Side::front && host_side() ? ftp_->data_ports : PortRange{});
    if (!port) {
        log::write(message::ftp_no_port, "{}: no data port: {}", name(), port.error().message());
        return conversation_->failed(side);
    }
    const auto shown = side == Side::front ? shown_address(local) : local.to_string();
    conversation_->listening(side, {protocols::ftp::canonical(shown), *port});
}

/// What 227 tells the client: where this host is seen from where it is.
std::string FtpSession::shown_address(const asio::ip::address& local) const {
    const bool outside = local.is_v4() && !is_local(unmapped(front_.leg().peer().address()));
    return outside && !ftp_->external_address.empty() ? ftp_->external_address : local.to_string();
}

void FtpSession::connect(Side side, const protocols::ftp::HostPort& to) {
    error_code error;
    const auto address = asio::ip::make_address(to.address, error);
    if (error) return conversation_->failed(side);
    data().connect(side, {address, to.port}, unmapped(leg(side).leg().local_endpoint().address()));
}

/// The token goes to the client; its connection may come to any worker, and is brought here.
void FtpSession::grant() {
    data();
    token_ =
        ftp_->door->grant(*native_, [weak = std::weak_ptr<DataConnection>(data_), session = weak_from_this(),
                                     &worker = worker()](MovingLeg leg, std::unique_ptr<channel::Channel> channel) {
            worker.post([weak, session, &worker, leg = std::move(leg), channel = std::move(channel)]() mutable {
                const auto owner = session.lock();
                const auto data = weak.lock();
                if (!owner || !data) return;
                static_cast<FtpSession&>(*owner).token_.reset();
                data->take_native(leg.take(worker.executor()), std::move(channel));
            });
        });
    token_ends_ = Clock::now() + token_life;
    tell_control(native::write_control(native::Granted{*token_}));
}

void FtpSession::drop_token() {
    if (!token_) return;
    ftp_->door->revoke(*token_);
    token_.reset();
}

void FtpSession::drop_data(bool reset) {
    drop_token();
    if (!data_) return;
    data_->drop(reset);
    end_data();
}

/// The present data connection is history, and its sockets have a moment of their own.
void FtpSession::end_data() {
    data_->disown();
    if (!data_->is_over()) ending_.push_back(std::move(data_));
    data_.reset();
}

void FtpSession::tell_control(Bytes content) {
    native_->send_control(content);
    secure_leg().flush();
}

void FtpSession::audit(const protocols::ftp::TransferRecord& record) {
    // What was cut with its control connection is still counted by its data connection.
    const auto bytes = data_ && data_->is_moving() ? data_->view().bytes : record.bytes;
    const std::chrono::duration<double> seconds = Clock::now() - transfer_began_;
    const auto info = secure_leg().channel().info();
    const auto* const space = record.argument.empty() ? "" : " ";
    const auto what =
        fmt::format("{}: user {}, {}{}{}, {} bytes in {:.2f} s, {} {}, peer {}", name(),
                    protocols::ftp::escaped(record.user), record.verb, space, protocols::ftp::escaped(record.argument),
                    bytes, bytes > 0 ? seconds.count() : 0.0, info.kind, info.suite, peer_text_);
    if (record.complete) {
        log::write(message::ftp_transfer, "{}: complete, {}", what, record.code);
    } else {
        log::write(message::ftp_incomplete, "{}: not complete, {}: {}", what, record.code, record.why_not);
    }
}

void FtpSession::on_connected(DataConnection& data, Side side) {
    if (&data != data_.get() || phase_ != Phase::open) return;
    conversation_->connected(side);
    perform();
}

void FtpSession::on_secured(DataConnection& data) {
    if (&data != data_.get() || phase_ != Phase::open) return;
    conversation_->secured_data(host_side() ? Side::front : Side::back);
    perform();
}

void FtpSession::on_failed(DataConnection& data, Side side) {
    if (&data != data_.get() || phase_ != Phase::open) return;
    conversation_->failed(side);
    perform();
}

void FtpSession::on_ended(DataConnection& data, DataEnd end, std::uint64_t bytes) {
    if (&data != data_.get() || phase_ != Phase::open) return;
    const auto direction = conversation_->moving().value_or(Direction::either);
    (direction == Direction::download ? bytes_to_client_ : bytes_to_target_) += bytes;
    const auto keep = data_;
    end_data();
    conversation_->data_ended(end, bytes);
    perform();
}

void FtpSession::on_foreign(const std::string& peer) {
    log::write(message::ftp_security, "{}: closed a data connection from {}, which is not the session's peer; peer {}",
               name(), peer, peer_text_);
}

void FtpSession::on_unsigned_end() {
    log::write(message::ftp_security,
               "{}: a transfer ended without close_notify, and is believed (lenient-end); peer {}", name(), peer_text_);
}

}  // namespace sallyport::relay::ftp
