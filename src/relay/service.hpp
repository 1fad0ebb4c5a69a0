/// What a listener serves: one entry of a table or of a server list, made ready to run. Immutable; a session keeps the
/// one that it started with, so that a reload can swap in another for new connections.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "channel/channel.hpp"
#include "relay/host_port.hpp"
#include "relay/leg.hpp"

namespace sallyport::relay {

class Session;
class Worker;

/// What the worker knows when a session asks for a channel.
struct Arrival {
    tcp::endpoint peer;
    bool has_capacity = true;
};

struct Service {
    enum class Side {
        host,         // accepts the secure leg, then connects the plain one
        workstation,  // accepts the plain leg, then connects the secure one
    };
    Side side = Side::host;
    std::string entry;              // its name: the port as the table has it, or the list's section
    std::string protocol;           // the label
    std::vector<HostPort> targets;  // where the other leg goes; tried in order

    /// The channel for a new connection. On the host `first` holds the first bytes of the peer (1 or more), by which
    /// native and TLS are told apart; null when they begin neither. On the workstation it is empty.
    std::function<std::unique_ptr<channel::Channel>(Bytes first, const Arrival& arrival)> make_channel;
    /// On the host: the channel does not wait for the peer's first bytes to be chosen (a plain entry).
    bool speaks_without_first_bytes = false;
    /// What to write to accept the key that a refused TLS server showed; for the log.
    std::function<std::string(const std::string& offered_key)> how_to_accept;
    /// Called on the session's thread when the other end has proven itself, and when a connection failed.
    std::function<void(const error_code&)> on_outcome;
    /// What serves an accepted connection; called on the thread of `worker`. Empty: a StreamSession.
    std::function<std::shared_ptr<Session>(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service,
                                           Leg accepted)>
        make_session;
};

}  // namespace sallyport::relay
