/// One of the two control connections of an FTP session: a leg and the channel on it, which may be changed on the way
/// (AUTH TLS). Little moves here and slowly, so what is to be sent is queued.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "channel/channel.hpp"
#include "relay/leg.hpp"
#include "relay/session.hpp"
#include "relay/signal.hpp"

namespace sallyport::relay::ftp {

/// Who is told what arrives, in its order.
class ControlReader {
public:
    virtual ~ControlReader() = default;
    virtual void on_text(Bytes text) = 0;
    /// A CTRL record of a native control session.
    virtual void on_control(Bytes content) = 0;
    /// A handshake that began after the connection is complete.
    virtual void on_secured() = 0;
    /// False while back-pressure wants nothing read.
    virtual bool wants_input() const = 0;
};

class ControlLeg {
public:
    /// `owner` lives as long as this, and is kept alive by what is being written.
    ControlLeg(Session& owner, Executor executor, Leg leg);

    /// Called when what was queued has gone, and is_congested() may have changed.
    std::function<void()> on_drained;

    Leg& leg() { return leg_; }
    const Leg& leg() const { return leg_; }
    bool has_channel() const { return channel_ != nullptr; }
    channel::Channel& channel() { return *channel_; }
    const channel::Channel& channel() const { return *channel_; }
    /// What is queued goes out under the channel before it.
    void set_channel(std::unique_ptr<channel::Channel> channel);

    /// What was read before there was a channel to open it.
    void put_back(Bytes arrived) { append(stash_, arrived); }

    /// Until the channel is established.
    awaitable<error_code> shake_hands();
    /// Reads until the end: success when it can be believed. After discard_input() what arrives is discarded.
    awaitable<error_code> read(ControlReader& reader);
    /// Lets read() look again whether its reader wants input.
    void resume() { wanted_.raise(); }
    void discard_input();

    /// Text in clear; nothing happens before the channel is established.
    void send(std::string_view text);
    /// ABOR as RFC 959, 4.1.3 wants it: IP, then Synch as TCP urgent data, then the line. On a channel that is not
    /// plain the same bytes in line (RFC 4217, 14).
    void send_urgent(std::string_view line);
    /// What the channel has to say by itself.
    void flush();
    /// More is queued than is being read: whoever writes here had better wait.
    bool is_congested() const;

    /// Our direction is complete, behind what is queued.
    void finish();

    void tick_alive(Clock::time_point now, std::chrono::seconds ping);
    /// The peer has been silent for too long.
    bool is_dead(std::chrono::seconds limit);
    Clock::time_point heard() const { return heard_; }

private:
    awaitable<error_code> read_all(ControlReader& reader);
    error_code open_stash(ControlReader* reader);
    error_code open(MutableBytes arrived, ControlReader* reader);
    void write_out();

    Session& owner_;
    Executor executor_;
    Leg leg_;
    std::unique_ptr<channel::Channel> channel_;
    ByteVector stash_;     // the beginning of a record that is still arriving
    ByteVector early_;     // plaintext that came with the handshake's last message
    ByteVector outgoing_;  // sealed, not yet taken by the kernel
    Signal wanted_;
    bool writing_ = false;
    bool reading_ = true;  // false while its reader wants no input, and once it has ended
    bool discarding_ = false;
    bool finished_ = false;
    bool finish_wanted_ = false;
    Clock::time_point heard_, spoke_;
    int unacknowledged_ticks_ = 0;
};

}  // namespace sallyport::relay::ftp
