/// One served connection: two legs, one channel, one reason for ending.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "channel/channel.hpp"
#include "relay/buffer_pool.hpp"
#include "relay/leg.hpp"
#include "relay/limits.hpp"
#include "relay/service.hpp"
#include "relay/signal.hpp"

namespace sallyport::relay {

enum class SessionError {
    plain_reset = 1,     // the plain side reset its connection, or cannot be written to
    secure_reset,        // the secure leg was reset
    target_unreachable,  // the other leg could not be connected
    first_message_late,  // the peer said nothing in time
    handshake_late,      // the handshake took too long
    connect_late,        // connecting took too long
    peer_silent,         // nothing was heard from the peer for too long
    idle,                // no data either way for longer than the entry allows
    stopped_by_operator,
    going_down,
    unknown_protocol,  // the first bytes begin neither native nor TLS
};
ErrorText describe(SessionError error);
const char* area_of(SessionError);
inline error_code make_error_code(SessionError error) { return make_named_error(error); }

/// What `sessions` shows of one session.
struct SessionView {
    std::uint64_t id = 0;
    std::string entry, protocol, peer, target;
    std::string local;  // our end of the leg to the target: what the target sees as its client
    channel::Info channel;
    std::chrono::system_clock::time_point since;
    std::uint64_t bytes_to_target = 0;
    std::uint64_t bytes_to_client = 0;
    std::chrono::seconds proof_age{0};  // since the last authenticated word of the peer
    bool established = false;
};

class Worker;

/// Lives on its worker's thread, kept by its own coroutines. All members are called there.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service, tcp::socket accepted);
    ~Session();

    /// Spawns what serves the connection until its end.
    void start();

    /// Ends both directions, as an incomplete session. The first reason is the one reported.
    void stop(error_code why);

    /// Called once a second: deadlines, pings, silence.
    void tick(Clock::time_point now);

    SessionView view() const;
    std::uint64_t id() const { return id_; }
    bool half_open() const { return phase_ == Phase::first_message || phase_ == Phase::handshake; }
    bool legacy() const { return legacy_; }

private:
    enum class Phase { first_message, handshake, connecting, open, lingering, flushing, silent };

    awaitable<void> run();
    awaitable<error_code> set_up_host();
    awaitable<error_code> set_up_workstation();
    awaitable<error_code> shake_hands();
    awaitable<error_code> connect(Leg& leg);
    awaitable<void> open_secure();
    awaitable<error_code> deliver(MutableBytes arrived);
    awaitable<void> seal_plain();
    awaitable<error_code> seal(MutableBytes buffer, std::size_t filled);

    /// Gets what is pending on its way, unless a writer is at work, who will do it himself.
    void flush();
    void done_writing();
    void end_plain();
    void end_secure_if_done();
    bool is_dead(Clock::time_point now);
    void enter(Phase phase, std::chrono::seconds limit);
    void report();
    std::string name() const;
    void established();

    const Leg& accepted_leg() const { return host_side() ? secure_ : plain_; }
    bool host_side() const { return service_->side == Service::Side::host; }
    std::uint64_t& received() { return host_side() ? bytes_to_target_ : bytes_to_client_; }
    std::uint64_t& sent() { return host_side() ? bytes_to_client_ : bytes_to_target_; }

    Worker& worker_;
    const std::uint64_t id_;
    const std::shared_ptr<const Service> service_;  // the configuration it started with, whatever is loaded since
    Leg plain_;
    Leg secure_;
    std::unique_ptr<channel::Channel> channel_;
    Signal written_;            // the secure leg's writer is done
    Signal sealed_;             // seal_plain is over
    bool writing_ = false;      // somebody writes to the secure leg
    bool reading_ = true;       // false while back-pressure keeps us from reading the secure leg
    bool plain_ended_ = false;  // the peer's end was passed on
    bool secure_read_ = false;  // the secure leg was read to its end
    bool sealing_ = false;      // seal_plain runs
    ByteVector stash_;          // the beginning of a record that is still arriving
    ByteVector early_;          // plaintext that came with the handshake's last message
    error_code why_;

    Phase phase_ = Phase::first_message;
    Clock::time_point deadline_ = Clock::time_point::max();
    Clock::time_point heard_;            // the last authenticated word of the peer
    Clock::time_point listening_since_;  // back-pressure last let us read
    int unacknowledged_ticks_ = 0;
    Clock::time_point spoke_;  // our last word on the secure leg
    Clock::time_point moved_;  // data, either way
    Clock::time_point accepted_;
    std::chrono::system_clock::time_point since_;
    std::string peer_text_;
    std::uint64_t bytes_to_target_ = 0;
    std::uint64_t bytes_to_client_ = 0;
    bool legacy_ = false;
    bool pings_ = false;  // the channel has PING, and so the peer's silence means something
    bool was_established_ = false;
    bool warned_limit_ = false;
};

}  // namespace sallyport::relay
