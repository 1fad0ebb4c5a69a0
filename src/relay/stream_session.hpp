/// One connection, relayed as it is: a session that is one stream.
#pragma once

#include "relay/session.hpp"
#include "relay/stream.hpp"

namespace sallyport::relay {

/// On the host the accepted leg is the secure one, and the target is connected once the peer has proven itself. On the
/// workstation it is the plain one: the host is connected, then the handshake made.
class StreamSession final : public Session, private StreamOwner {
public:
    StreamSession(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service, Leg accepted);

    void start() override;
    void stop(error_code why) override { stream_.stop(why); }
    void tick(Clock::time_point now) override;
    SessionView view() const override;

private:
    std::shared_ptr<void> keeper() override { return shared_from_this(); }
    Result<std::unique_ptr<channel::Channel>> choose_channel(Bytes first) override;
    void on_stopped(const error_code& why) override;

    awaitable<void> run();
    awaitable<error_code> set_up_host();
    awaitable<error_code> set_up_workstation();
    void established();
    void report();

    bool host_side() const { return service().side == Service::Side::host; }
    const Leg& accepted_leg() const { return host_side() ? stream_.secure() : stream_.plain(); }
    const Leg& target_leg() const { return host_side() ? stream_.plain() : stream_.secure(); }
    std::uint64_t bytes_to_target() const;
    std::uint64_t bytes_to_client() const;

    Stream stream_;
    std::chrono::system_clock::time_point since_;
    std::string peer_text_;
    bool warned_limit_ = false;
};

}  // namespace sallyport::relay
