#include "relay/ftp/data_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>

#include "base/log.hpp"
#include "crypto/random.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay::ftp {
namespace {

using namespace std::chrono_literals;

/// How often a stranger may knock before the set-up is given up.
constexpr int most_strangers = 5;

/// A port of the range, a random one first (RFC 2577, 8: predictable ports are stolen).
std::vector<std::uint16_t> candidates(PortRange ports) {
    if (ports.first == 0) return {0};
    const unsigned count = ports.last - ports.first + 1u;
    std::array<std::uint8_t, 4> bytes;
    crypto::SystemRandom().fill(bytes);
    const unsigned start = (unsigned{get_u16(bytes)} << 16 | get_u16(Bytes(bytes).subspan(2))) % count;
    std::vector<std::uint16_t> all;
    for (unsigned i = 0; i < count; ++i) {
        all.push_back(static_cast<std::uint16_t>(ports.first + (start + i) % count));
    }
    return all;
}

DataEnd end_of(const error_code& why) {
    if (why == channel::Error::truncated) return DataEnd::truncated;
    if (why == SessionError::stalled || why == SessionError::peer_silent) return DataEnd::stalled;
    return DataEnd::reset;
}

}  // namespace

DataConnection::DataConnection(Worker& worker, std::shared_ptr<const FtpService> ftp, DataOwner& owner, Side secured)
    : worker_(worker),
      ftp_(std::move(ftp)),
      owner_(&owner),
      secured_(secured),
      front_acceptor_(worker.executor()),
      back_acceptor_(worker.executor()),
      plain_(worker.executor()),
      secure_(worker.executor()),
      began_(Clock::now()) {}

void DataConnection::spawn(awaitable<void> work) {
    ++running_;
    asio::co_spawn(worker_.executor(), std::move(work), [self = shared_from_this()](const std::exception_ptr& failure) {
        --self->running_;
        if (!failure) return;  // else no memory: nothing may look complete, and nobody may wait for it
        if (self->moving_) self->report(DataEnd::reset);
        self->drop(true);
    });
}

Result<std::uint16_t> DataConnection::listen(Side side, const asio::ip::address& address, const asio::ip::address& peer,
                                             PortRange ports) {
    auto& acceptor = side == Side::front ? front_acceptor_ : back_acceptor_;
    error_code error;
    for (const auto port : candidates(ports)) {
        const tcp::endpoint at(address, port);
        acceptor = Acceptor(worker_.executor());
        acceptor.open(at.protocol(), error);
        if (error) return error;
        acceptor.non_blocking(true, error);
        acceptor.set_option(Acceptor::reuse_address(true), error);  // of a narrow range some ports rest
        acceptor.bind(at, error);
        if (!error) prepare_for_legs(acceptor);
        if (!error) acceptor.listen(1, error);
        if (!error) break;
    }
    if (error) return error;
    const auto bound = acceptor.local_endpoint(error).port();
    if (error) return error;
    spawn(accept(side, unmapped(peer)));
    return bound;
}

awaitable<void> DataConnection::accept(Side side, asio::ip::address peer) {
    auto& acceptor = side == Side::front ? front_acceptor_ : back_acceptor_;
    for (int strangers = 0; strangers < most_strangers;) {
        tcp::endpoint from;
        auto [error, socket] = co_await acceptor.async_accept(from, as_result);
        if (dropped_) co_return;
        if (error) break;
        Leg leg(std::move(socket), from);
        if (unmapped(leg.peer().address()) == peer) {
            error_code ignored;  // the port is free again whatever it says
            acceptor.close(ignored);
            arrived(side, std::move(leg));
            co_return;
        }
        ++strangers;
        if (owner_) owner_->on_foreign(to_text(leg.peer()));
        leg.reset();
    }
    fail(side);
}

void DataConnection::connect(Side side, const tcp::endpoint& to, const asio::ip::address& local) {
    spawn(connect_leg(side, to, local));
}

awaitable<void> DataConnection::connect_leg(Side side, tcp::endpoint to, asio::ip::address local) {
    Leg connecting(worker_.executor());
    const std::array targets{to};
    const auto error = co_await connecting.connect(targets, worker_.limits().connect, local);
    if (dropped_) {
        connecting.reset();
    } else if (error) {
        fail(side);
    } else {
        arrived(side, std::move(connecting));
    }
}

void DataConnection::arrived(Side side, Leg arriving) {
    leg(side) = std::move(arriving);
    if (owner_) owner_->on_connected(*this, side);
}

void DataConnection::take_native(Leg leg, std::unique_ptr<channel::Channel> channel) {
    if (dropped_) return;
    stream_ = std::make_unique<Stream>(worker_, *this, 0, Leg(worker_.executor()), std::move(leg));
    stream_->use(std::move(channel));
    spawn(shake_hands(Side::front, {}));
}

void DataConnection::open_native(std::vector<HostPort> host, std::unique_ptr<channel::Channel> channel) {
    stream_ = std::make_unique<Stream>(worker_, *this, 0, Leg(worker_.executor()), Leg(worker_.executor()));
    stream_->use(std::move(channel));
    spawn(shake_hands(Side::back, std::move(host)));
}

void DataConnection::secure(std::unique_ptr<channel::tls::FtpChannel> channel) {
    tls_ = channel.get();
    stream_ = std::make_unique<Stream>(worker_, *this, 0, Leg(worker_.executor()), std::move(secure_));
    stream_->use(std::move(channel));
    spawn(shake_hands(secured_, {}));
}

awaitable<void> DataConnection::shake_hands(Side side, std::vector<HostPort> targets) {
    relaying_ = true;  // until the handshake is over, whoever drops this leaves the rest to us
    error_code error;
    if (!targets.empty()) error = co_await stream_->connect_secure(targets);
    if (!error) error = co_await stream_->shake_hands(worker_.limits().handshake);
    if (!error && tls_ && side == Side::front && !is_bound()) error = channel::Error::client_key_refused;
    if (!error) {
        relaying_ = false;
        if (!owner_) co_return;
        if (tls_) co_return owner_->on_secured(*this);
        owner_->on_connected(*this, side);
        // A native channel is there before its transfer is asked for. Its peer's ABORT is no cut: he says more on the
        // control connection.
        error = co_await stream_->await_relay();
        if (!error || error == channel::Error::peer_aborted) co_return;
        if (std::exchange(relaying_, true)) co_return stream_->stop(error);
    }
    log::debug(fmt::format("data connection of {}: {}", to_text(stream_->secure().peer()), error_sentence(error)));
    stream_->stop(error);
    fail(side);
    co_await stream_->relay();  // tells the peer
}

/// Does a TLS client's data connection belong to its control connection, as far as the entry asks for it?
bool DataConnection::is_bound() const {
    if (ftp_->data_binding == DataBinding::off || tls_->binding() == channel::tls::Binding::bound) return true;
    if (ftp_->data_binding == DataBinding::require) return false;
    // Also one that takes up another connection's session: clients that share theirs do (curl --parallel), and a thief
    // would take up none.
    log::debug("the data connection is bound to its session by the client's address alone");
    return true;
}

void DataConnection::pump(Direction direction) {
    direction_ = direction;
    began_ = Clock::now();
    moving_ = true;
    StreamOptions options;
    const bool to_front = direction == Direction::download;
    if (direction != Direction::either) {
        options.uses = to_front == (secured_ == Side::front) ? Uses::to_secure : Uses::to_plain;
    }
    options.accept_unsigned_end = ftp_->lenient_end;
    options.stall = ftp_->stall;
    if (awaits_answer()) options.answer = ftp_->conversation.timers.stored_reply;
    if (!stream_) {  // nothing is protected here
        stream_ = std::make_unique<Stream>(worker_, *this, 0, Leg(worker_.executor()), std::move(secure_));
        stream_->use(channel::make_plain());
    }
    stream_->begin(std::move(plain_), options);
    relaying_ = true;
    spawn(relay());
}

awaitable<void> DataConnection::relay() {
    if (!stream_->established()) (void)co_await stream_->shake_hands(0s);  // of a plain channel: at once
    co_await stream_->relay();
    if (!stream_->transferred()) {
        report(end_of(stream_->why()));
    } else {
        report(awaits_answer() && !concluded_ ? DataEnd::stalled : DataEnd::complete);
    }
}

void DataConnection::on_stopped(const error_code& why) {
    if (moving_) report(end_of(why));
}

/// A server has an upload when it has ended the connection too; a reset behind the last byte says that it has not,
/// whatever it replies. One that does neither is watched until it has replied, and a moment longer. The native host
/// says by itself what its server did.
bool DataConnection::awaits_answer() const {
    return direction_ == Direction::upload && (secured_ == Side::front || tls_);
}

void DataConnection::on_transferred() {
    if (stream_->ended_unsigned() && owner_) owner_->on_unsigned_end();
    if (!awaits_answer()) report(DataEnd::complete);
}

void DataConnection::conclude() {
    concluded_ = true;
    if (stream_) stream_->conclude();
}

void DataConnection::on_answer(bool ended) {
    if (stream_->transferred()) report(ended ? DataEnd::complete : DataEnd::reset);
}

void DataConnection::report(DataEnd end) {
    if (std::exchange(reported_, true)) return;
    moving_ = false;
    if (owner_) owner_->on_ended(*this, end, bytes());
}

void DataConnection::fail(Side side) {
    if (owner_ && !dropped_) owner_->on_failed(*this, side);
}

void DataConnection::drop(bool reset) {
    dropped_ = true;
    reported_ = true;
    moving_ = false;
    error_code ignored;  // releasing them is all that is wanted
    front_acceptor_.close(ignored);
    back_acceptor_.close(ignored);
    for (Leg* leg : {&plain_, &secure_}) reset ? leg->reset() : leg->close();
    if (!stream_ || stream_->transferred()) return;
    stream_->stop(SessionError::plain_reset);
    if (!std::exchange(relaying_, true))
        spawn([](DataConnection& self) -> awaitable<void> { co_await self.stream_->relay(); }(*this));
}

void DataConnection::tick(Clock::time_point now) {
    if (stream_) stream_->tick(now);
}

std::uint64_t DataConnection::bytes() const {
    if (!stream_) return 0;
    const bool to_secure = (direction_ == Direction::download) == (secured_ == Side::front);
    if (direction_ == Direction::either) return stream_->bytes_to_plain() + stream_->bytes_to_secure();
    return to_secure ? stream_->bytes_to_secure() : stream_->bytes_to_plain();
}

TransferView DataConnection::view() const {
    TransferView view;
    view.to_target = direction_ == Direction::upload;
    view.bytes = bytes();
    const std::chrono::duration<double> passed = Clock::now() - began_;
    if (passed.count() > 0) view.bytes_per_second = static_cast<double>(view.bytes) / passed.count();
    if (stream_) view.suite = stream_->info().suite;
    return view;
}

}  // namespace sallyport::relay::ftp
