/// Where native data channels come in (docs/native-channel.md, 11). They are connections to the same port as their
/// control session, so any worker may accept one; its token says whose it is, and the connection is handed over.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "channel/native/control.hpp"
#include "channel/native/data_channel.hpp"
#include "relay/leg.hpp"

namespace sallyport::relay::ftp {

/// A connected leg on its way from one thread to another. Closed if nobody takes it.
class MovingLeg {
public:
    explicit MovingLeg(Leg leg);
    MovingLeg(MovingLeg&& other) noexcept;
    MovingLeg& operator=(MovingLeg&&) = delete;
    ~MovingLeg();
    /// On the new thread, once.
    Leg take(const Executor& executor);

private:
    Socket::native_handle_type handle_ = -1;
    tcp::endpoint peer_;
};

/// One for each entry; used by all workers, its lock held for one look-up and one MAC.
class DataDoor {
public:
    /// Called on the thread that accepted the connection.
    using Deliver = std::function<void(MovingLeg, std::unique_ptr<channel::Channel>)>;

    channel::native::Token grant(const channel::native::ControlChannel& control, Deliver deliver);
    /// A token that was not used, or whose time is over.
    void revoke(const channel::native::Token& token);

    struct Visitor {
        std::unique_ptr<channel::Channel> channel;
        Deliver deliver;
    };
    /// Whose data channel begins with `d1`; nothing for a stranger. The token is used up.
    std::optional<Visitor> enter(Bytes d1);

private:
    std::mutex mutex_;
    channel::native::TokenStore tokens_;
    std::map<std::uint64_t, Deliver> owners_;
    std::map<channel::native::Token, std::uint64_t> owner_of_;
    std::uint64_t next_owner_ = 1;
};

}  // namespace sallyport::relay::ftp
