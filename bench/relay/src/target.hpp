/// The server behind the relay: plain TCP, one thread. It sinks, sends or answers as each header asks.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "exchange.hpp"
#include "socket.hpp"

namespace sallyport::bench {

class Target {
public:
    /// Listens from here on. `counters` must outlive it.
    Target(const sockaddr_in& address, Counters& counters);
    void run(const std::stop_token& stop);

private:
    struct Connection {
        Descriptor socket;
        Header header{};
        std::size_t header_bytes = 0;     // of the header being read; all of them: an exchange is under way
        std::uint64_t request_left = 0;   // bytes still to come
        std::uint64_t response_left = 0;  // bytes still to send
        bool sending = false;             // we wait to be able to send
    };

    void accept_all();
    bool readable(Connection& connection);
    bool consume(Connection& connection, std::size_t arrived);
    bool begin_exchange(Connection& connection);
    bool respond(Connection& connection);
    bool writable(Connection& connection);
    void await_writable(Connection& connection, bool on);

    Counters& counters_;
    Descriptor listener_;
    Poller poller_;
    std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
    std::vector<std::uint8_t> in_, out_;
};

}  // namespace sallyport::bench
