/// The sockets of one FTP set-up: what listens, connects and shakes hands on either side, and the stream that moves the
/// bytes. It serves one transfer. What it is told to do and what it reports are the conversation's
/// (protocols/ftp/action.hpp).
#pragma once

#include <memory>

#include "protocols/ftp/action.hpp"
#include "relay/ftp/data_door.hpp"
#include "relay/ftp/service.hpp"
#include "relay/session.hpp"
#include "relay/stream.hpp"

namespace sallyport::relay::ftp {

using protocols::ftp::DataEnd;
using protocols::ftp::Direction;
using protocols::ftp::Side;

class DataConnection;

/// The session that a data connection belongs to. Told on the worker's thread.
class DataOwner {
public:
    virtual void on_connected(DataConnection& data, Side side) = 0;
    virtual void on_secured(DataConnection& data) = 0;
    virtual void on_failed(DataConnection& data, Side side) = 0;
    virtual void on_ended(DataConnection& data, DataEnd end, std::uint64_t bytes) = 0;
    /// Somebody else than the control connection's peer came to the listener.
    virtual void on_foreign(const std::string& peer) = 0;
    /// The transfer's end was not signed, and is believed (FtpService::lenient_end).
    virtual void on_unsigned_end() = 0;

protected:
    ~DataOwner() = default;
};

class DataConnection final : public StreamOwner, public std::enable_shared_from_this<DataConnection> {
public:
    /// `secured` is the side of the secure leg. The owner forgets this (disown) before he goes.
    DataConnection(Worker& worker, std::shared_ptr<const FtpService> ftp, DataOwner& owner, Side secured);

    /// Listens at `address`, on a port of the range, for one connection of `peer`, and lets no one else in (a few are
    /// turned away); yields the port.
    Result<std::uint16_t> listen(Side side, const asio::ip::address& address, const asio::ip::address& peer,
                                 PortRange ports);
    /// Connects from `local` (unspecified: any) to `to`.
    void connect(Side side, const tcp::endpoint& to, const asio::ip::address& local);

    /// Host: a native data channel came to the daemon's port.
    void take_native(Leg leg, std::unique_ptr<channel::Channel> channel);
    /// Workstation: opens the native data channel at the host.
    void open_native(std::vector<HostPort> host, std::unique_ptr<channel::Channel> channel);

    /// TLS on the secure leg.
    void secure(std::unique_ptr<channel::tls::FtpChannel> channel);
    /// Moves the bytes; the end is reported, and what is left of it goes on by itself.
    void pump(Direction direction);

    /// The server has confirmed the transfer.
    void conclude();
    /// Nobody needs it any more. `reset`: its peers must see a cut transfer.
    void drop(bool reset);
    /// Its owner is going; a transfer that runs goes on to its end.
    void disown() { owner_ = nullptr; }
    bool is_moving() const { return moving_; }
    /// Nothing of it is left to be done.
    bool is_over() const { return running_ == 0; }

    void tick(Clock::time_point now);
    TransferView view() const;

    // StreamOwner
    std::shared_ptr<void> keeper() override { return shared_from_this(); }
    void on_stopped(const error_code& why) override;
    void on_transferred() override;
    void on_answer(bool ended) override;

private:
    awaitable<void> accept(Side side, asio::ip::address peer);
    awaitable<void> connect_leg(Side side, tcp::endpoint to, asio::ip::address local);
    awaitable<void> shake_hands(Side side, std::vector<HostPort> targets);
    awaitable<void> relay();
    void spawn(awaitable<void> work);
    void arrived(Side side, Leg arriving);
    void fail(Side side);
    bool is_bound() const;
    bool awaits_answer() const;
    void report(DataEnd end);
    Leg& leg(Side side) { return side == secured_ ? secure_ : plain_; }
    std::uint64_t bytes() const;

    Worker& worker_;
    const std::shared_ptr<const FtpService> ftp_;
    DataOwner* owner_;
    const Side secured_;
    Acceptor front_acceptor_, back_acceptor_;
    Leg plain_;   // until the stream has it
    Leg secure_;  // the same
    std::unique_ptr<Stream> stream_;
    channel::tls::FtpChannel* tls_ = nullptr;  // the stream's channel, where it is TLS
    Direction direction_ = Direction::either;
    bool moving_ = false;
    bool reported_ = false;
    bool dropped_ = false;
    bool concluded_ = false;
    bool relaying_ = false;  // the stream's end has begun to be awaited
    int running_ = 0;        // coroutines
    Clock::time_point began_;
};

}  // namespace sallyport::relay::ftp
