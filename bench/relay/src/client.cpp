#include "client.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sallyport::bench {
namespace {

using Phase = Connection::Phase;

// One source address has too few ports for the connections that wait in TIME_WAIT.
constexpr std::uint32_t first_source = 0x7f000101;  // 127.0.1.1
constexpr std::uint32_t sources = 8;

}  // namespace

Client::Client(const Options& options, Counters& counters)
    : options_(options), counters_(counters), buffer_(sink_size, 'u') {
    if (options.tls) tls_.emplace(options);
    latencies_.reserve(4'000'000);  // growing would show up as a slow answer
}

void Client::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        open_wanted();
        reopen_closed();
        const auto limit = on_turn();
        for (const auto& event : poller_.wait(closed_.empty() ? limit : std::chrono::milliseconds(1))) {
            advance(*static_cast<Connection*>(event.data.ptr), event.events);
        }
    }
}

void Client::open_wanted() {
    const auto wanted = counters_.wanted.load();
    while (connections_.size() < wanted &&
           connections_.size() < counters_.ready + counters_.failed + most_under_way()) {
        connections_.push_back(std::make_unique<Connection>(connections_.size()));
        open(*connections_.back());
    }
}

void Client::reopen_closed() {
    for (auto* connection : std::exchange(closed_, {})) open(*connection);
}

void Client::open(Connection& connection) {
    connection.since = Clock::now();
    Descriptor socket = open_socket();
    if (!socket) return fail(connection, "no descriptor");
    // Without this option bind takes a port that is free for every target, and runs out of them.
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(first_source + static_cast<std::uint32_t>(connection.index) % sources);
    if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0 ||
        !begin_connect(socket, options_.connect)) {
        return fail(connection, std::strerror(errno));
    }
    connection.stream.open(std::move(socket));
    connection.phase = Phase::connecting;
    connection.busy = false;
    connection.events = EPOLLIN | EPOLLOUT;
    poller_.add(connection.stream.socket(), connection.events, &connection);
}

void Client::close(Connection& connection) {
    connection.stream.close(connection.phase == Phase::open);
    connection.phase = Phase::closed;
    if (reopens()) closed_.push_back(&connection);
}

void Client::fail(Connection& connection, const std::string& how) {
    ++failures_[how];
    ++counters_.failed;
    connection.phase = Phase::closed;  // broken: nothing polite is left to say
    close(connection);
}

void Client::await(Connection& connection, std::uint32_t events) {
    if (connection.events == events) return;
    connection.events = events;
    poller_.change(connection.stream.socket(), events, &connection);
}

void Client::record(const Connection& connection) {
    if (!counters_.measuring) return;
    latencies_.push_back(std::chrono::duration<float, std::micro>(Clock::now() - connection.since).count());
    ++counters_.done;
}

bool Client::all_answered() const { return counters_.ready + counters_.failed >= counters_.wanted; }

void Client::advance(Connection& connection, std::uint32_t events) {
    if (connection.phase == Phase::connecting && !connected(connection, events)) return;
    if (connection.phase == Phase::handshaking) return shake_hands(connection);
    if (connection.phase == Phase::open) on_ready(connection, events);
}

/// True when TLS or the scenario goes on from here.
bool Client::connected(Connection& connection, std::uint32_t events) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection.stream.socket().get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        fail(connection, std::strerror(error));
        return false;
    }
    if ((events & EPOLLOUT) == 0) return false;
    if (tls_) {
        connection.stream.begin_tls(*tls_);
        connection.phase = Phase::handshaking;
        return true;
    }
    connection.phase = Phase::open;
    on_open(connection);
    return false;
}

void Client::shake_hands(Connection& connection) {
    const auto outcome = connection.stream.handshake();
    if (outcome == Outcome::wait) return await(connection, EPOLLIN);
    if (outcome == Outcome::over) return fail(connection, "handshake");
    if (connection.stream.resumed()) ++counters_.resumed;
    connection.phase = Phase::open;
    on_open(connection);
}

}  // namespace sallyport::bench
