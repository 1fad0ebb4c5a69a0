/// What bytes pass through: a plain leg, a secure leg, and one channel that opens and seals between them. A session
/// that relays one connection has one; an FTP session has one for each of its data connections.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "channel/channel.hpp"
#include "relay/buffer_pool.hpp"
#include "relay/error.hpp"
#include "relay/host_port.hpp"
#include "relay/leg.hpp"
#include "relay/signal.hpp"

namespace sallyport::relay {

class Worker;

/// Which direction the bytes take that a stream is there for. Where it is one, that direction alone decides what came
/// of the stream: until it is complete an end of the other is kept back, and afterwards nothing is an error any more.
enum class Uses {
    both,
    to_plain,   // complete when the peer's end, and all before it, was handed on to the plain leg
    to_secure,  // complete when the plain leg's end, and all before it, was handed to the kernel for the peer
};

struct StreamOptions {
    Uses uses = Uses::both;
    /// TLS: FIN between two records is taken for an end, although the peer has not signed one. Ask ended_unsigned().
    bool accept_unsigned_end = false;
    /// The longest that no byte moves in the direction that is used; 0: for ever.
    std::chrono::seconds stall{0};
    /// Behind a transfer in one direction: the longest that on_answer() is waited for before conclude(). 0: as after it.
    std::chrono::seconds answer{0};
};

/// Whose stream it is. Called on the worker's thread, where the stream may be stopped but not destroyed.
class StreamOwner {
public:
    /// What keeps owner and stream alive: each coroutine that the stream spawns holds one.
    virtual std::shared_ptr<void> keeper() = 0;
    /// The channel for a peer that began with `first` (1 byte or more), where none was given by use(). An error refuses
    /// the peer.
    virtual Result<std::unique_ptr<channel::Channel>> choose_channel(Bytes first);
    /// The stream ends incomplete; once, before the peer is told.
    virtual void on_stopped(const error_code&) {}
    /// The used direction (of both: the second) is complete; once. What is left goes on behind.
    virtual void on_transferred() {}
    /// After on_transferred(): the receiving side of the one direction that is used has ended its own, and so has taken
    /// everything; or it has reset its connection behind the last byte, and has not. Once, if ever.
    virtual void on_answer(bool /*ended*/) {}

protected:
    ~StreamOwner() = default;
};

/// Lives on its worker's thread, as a part of its owner. The owner connects what is not connected yet, awaits
/// shake_hands(), then relay(), and calls tick() once a second. Whatever fails on the way he gives to stop(); relay()
/// is awaited also then, and tells the peer as far as there are words.
class Stream {
public:
    /// `number` tells streams apart that keep strangers waiting. A leg that is not connected yet has no socket.
    Stream(Worker& worker, StreamOwner& owner, std::uint64_t number, Leg plain, Leg secure, StreamOptions options = {});
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// Before shake_hands(): the channel, where it does not depend on the peer's first bytes.
    void use(std::unique_ptr<channel::Channel> channel) { channel_ = std::move(channel); }

    /// Before relay(): the plain leg and the options, where they are known later than the handshake.
    void begin(Leg plain, StreamOptions options);

    /// `targets` are tried in order, within the limit for connecting.
    awaitable<error_code> connect_plain(std::span<const HostPort> targets);
    awaitable<error_code> connect_secure(std::span<const HostPort> targets);

    /// Until the channel is established; at once where it needs no handshake. The peer's first word may take
    /// `first_message`, all of it the limit for handshakes. What is sealed behind the handshake waits for relay().
    awaitable<error_code> shake_hands(std::chrono::seconds first_message);

    /// Of an established stream whose relay() comes later: hears the peer's signs of life meanwhile, and yields why the
    /// stream cannot begin any more, as soon as its connection is cut. Ends when there is something to relay.
    awaitable<error_code> await_relay();

    /// Until both directions have ended, or the stream was stopped and the peer has been told. Then both legs are
    /// closed.
    awaitable<void> relay();

    /// Ends both directions, as an incomplete stream. The first reason is kept.
    void stop(error_code why);
    /// The answer to the transfer is known by other means: on_answer() is waited for a moment (Limits::linger), not more.
    void conclude();
    /// Drops both legs, without a word to anybody: for what should never happen.
    void reset();
    /// Deadlines, pings, silence.
    void tick(Clock::time_point now);

    /// Why it was stopped; none: it was not.
    error_code why() const { return why_; }
    /// The used direction is complete: only then has the stream succeeded.
    bool transferred() const { return transferred_; }
    /// The peer's end was a mere FIN, and accepted.
    bool ended_unsigned() const { return ended_unsigned_; }
    bool established() const { return established_; }
    /// Nine tenths of what the keys may seal are used up.
    bool near_limit() const { return phase_ == Phase::open && channel_->near_limit(); }
    channel::Info info() const { return channel_ ? channel_->info() : channel::Info{}; }
    const Leg& plain() const { return plain_; }
    const Leg& secure() const { return secure_; }
    std::uint64_t bytes_to_plain() const { return bytes_to_plain_; }
    std::uint64_t bytes_to_secure() const { return bytes_to_secure_; }
    /// The last authenticated word of the peer.
    Clock::time_point heard() const { return heard_; }

private:
    enum class Phase {
        waiting,  // for the owner's next step
        connecting_plain,
        connecting_secure,
        first_message,
        handshake,
        open,
        lingering,  // both ends are said: until the peer's FIN
        flushing,   // stopped: until the last word has left
        silent,     // stopped: a stranger
    };

    awaitable<error_code> connect(Leg& leg, std::span<const HostPort> targets);
    error_code read_early();
    error_code take_early(MutableBytes arrived);
    /// What a pump does next with the leg that it reads.
    enum class Turn {
        more,  // there is more to read
        wait,  // until there is
        over,  // never again
    };
    awaitable<void> deliver_early();
    std::pair<Turn, std::size_t> read_secure(MutableBytes buffer);
    awaitable<Turn> open_some();
    awaitable<void> seal_plain();
    std::pair<std::size_t, std::size_t> read_plain(MutableBytes buffer, error_code& error);
    awaitable<Turn> seal_some();

    /// Gets what is pending on its way, unless a writer is at work, who will do it himself.
    void flush();
    void done_writing();
    void fail_writing();
    void show_life(Clock::time_point now);
    void enter(Phase phase, std::chrono::seconds limit);

    // Ends: stream_end.cpp.
    void take_fin();
    void end_plain();
    void answer(Uses uses, bool ended);
    void judge_early_end();
    void end_secure();
    void settle();
    void complete();
    void leave(const error_code& why);
    void wait_for_answer(std::chrono::seconds limit);
    void close_quietly();
    void tick_open(Clock::time_point now);
    bool is_over(Clock::time_point now);
    bool is_dead(Clock::time_point now);
    bool is_stalled(Clock::time_point now);

    Worker& worker_;
    StreamOwner& owner_;
    const std::uint64_t number_;
    StreamOptions options_;
    Leg plain_;
    Leg secure_;
    std::unique_ptr<channel::Channel> channel_;
    Signal written_;             // the secure leg's writer is done
    Signal sealed_;              // seal_plain is over, or what was kept back is
    bool writing_ = false;       // somebody writes to the secure leg
    bool reading_ = true;        // false while back-pressure keeps us from reading the secure leg
    bool answered_ = false;      // the receiving side has ended, or reset behind the last byte
    bool plain_ended_ = false;   // the peer's end was passed on
    bool kept_back_ = false;     // an end of the unused direction came early, and was not passed on yet
    bool secure_read_ = false;   // the secure leg was read to its end
    bool sealing_ = false;       // seal_plain runs
    bool write_failed_ = false;  // something pending has not left and never will
    bool established_ = false;   // once and for all
    bool pings_ = false;         // the channel has PING, and so the peer's silence means something
    bool transferred_ = false;
    bool ended_unsigned_ = false;
    std::size_t discarded_ = 0;  // bytes that came after the stream was stopped
    ByteVector stash_;           // the beginning of a record that is still arriving
    ByteVector early_;           // plaintext that came before relay()
    error_code why_;

    Phase phase_ = Phase::waiting;
    Clock::time_point deadline_ = Clock::time_point::max();
    Clock::time_point began_;            // the handshake
    Clock::time_point heard_;            // the last authenticated word of the peer
    Clock::time_point listening_since_;  // back-pressure last let us read
    Clock::time_point spoke_;            // our last word on the secure leg
    Clock::time_point to_plain_moved_;   // data
    Clock::time_point to_secure_moved_;
    Clock::time_point slowly_moved_;  // data of a write that is not over yet
    std::uint64_t acknowledged_ = 0;  // of such writes, when last looked at
    std::size_t outstanding_ = 0;     // after the transfer, when last looked at
    int unacknowledged_ticks_ = 0;
    std::uint64_t bytes_to_plain_ = 0;
    std::uint64_t bytes_to_secure_ = 0;
};

}  // namespace sallyport::relay
