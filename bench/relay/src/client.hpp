/// The client side of the load: many connections through the relay, one thread. What is done with them is a scenario.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "exchange.hpp"
#include "options.hpp"
#include "socket.hpp"
#include "stream.hpp"

namespace sallyport::bench {

struct Connection {
    enum class Phase { closed, connecting, handshaking, open };

    explicit Connection(std::size_t its_index) : index(its_index) {}

    std::size_t index;
    Stream stream;
    Phase phase = Phase::closed;
    std::uint32_t events = 0;               // what the poller was told to wait for
    std::span<const std::uint8_t> to_send;  // the rest of the request
    std::uint64_t to_receive = 0;           // and of its answer
    Clock::time_point since;                // when the exchange began, or should have
    bool busy = false;                      // an exchange is under way
    bool answered = false;                  // one is complete
    std::deque<Clock::time_point> overdue;  // paced: requests that wait for the answer before them
};

/// Opens as many connections as are wanted and waits for them. Reached from other threads through the counters alone,
/// until its thread has been joined.
class Client {
public:
    Client(const Options& options, Counters& counters);
    virtual ~Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void run(const std::stop_token& stop);

    std::vector<float>& latencies() { return latencies_; }  // microseconds, in the window
    const std::map<std::string, std::uint64_t>& failures() const { return failures_; }

protected:
    /// Connected and, with TLS, through the handshake.
    virtual void on_open(Connection& connection) = 0;
    virtual void on_ready(Connection& connection, std::uint32_t events) = 0;
    /// Before each wait; says how long that may be.
    virtual std::chrono::nanoseconds on_turn() { return std::chrono::milliseconds(10); }

    /// Connections that may be on their way at the same time.
    virtual std::size_t most_under_way() const { return 256; }
    virtual bool reopens() const { return false; }

    void record(const Connection& connection);
    void await(Connection& connection, std::uint32_t events);
    void close(Connection& connection);
    void fail(Connection& connection, const std::string& how);
    bool all_answered() const;

    const Options& options_;
    Counters& counters_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<std::uint8_t> buffer_;

private:
    void open(Connection& connection);
    void open_wanted();
    void reopen_closed();
    void advance(Connection& connection, std::uint32_t events);
    bool connected(Connection& connection, std::uint32_t events);
    void shake_hands(Connection& connection);

    Poller poller_;
    std::optional<TlsContext> tls_;
    std::vector<Connection*> closed_;  // to be opened again
    std::vector<float> latencies_;
    std::map<std::string, std::uint64_t> failures_;
};

/// The client of options.scenario.
std::unique_ptr<Client> make_client(const Options& options, Counters& counters);

}  // namespace sallyport::bench
