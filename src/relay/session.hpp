/// What a worker keeps of each connection that it serves, whatever is spoken there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channel/channel.hpp"
#include "relay/error.hpp"
#include "relay/io.hpp"
#include "relay/service.hpp"

namespace sallyport::relay {

/// A file on its way, within a session.
struct TransferView {
    bool to_target = false;
    std::uint64_t bytes = 0;
    double bytes_per_second = 0;
    std::string suite;  // of its own connection
};

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
    std::string user;      // of an FTP session, safe to show
    std::string activity;  // what it is doing, the same
    std::vector<TransferView> transfers;
};

/// Lives on its worker's thread, which knows it while it lives; kept by its own coroutines. All members are called
/// there.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service);
    virtual ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Spawns what serves the connection until its end.
    virtual void start() = 0;
    /// Ends it as incomplete. The first reason is the one reported.
    virtual void stop(error_code why) = 0;
    /// Called once a second.
    virtual void tick(Clock::time_point now) = 0;

    virtual SessionView view() const = 0;

    std::uint64_t id() const { return id_; }
    const Service& service() const { return *service_; }

protected:
    Worker& worker() const { return worker_; }
    /// For the log.
    std::string name() const;

    /// The worker counts the handshakes of each source that are under way; destruction ends one, too.
    void handshake_began(const tcp::endpoint& peer);
    void handshake_over();

private:
    Worker& worker_;
    const std::uint64_t id_;
    const std::shared_ptr<const Service> service_;  // the configuration it started with, whatever is loaded since
    std::optional<tcp::endpoint> unproven_;         // who has not finished his handshake
};

}  // namespace sallyport::relay
