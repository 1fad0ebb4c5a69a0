#include "target.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sallyport::bench {
namespace {

// One connection may not keep the thread from the others.
constexpr int calls_a_turn = 4;
constexpr int accepts_a_turn = 256;

}  // namespace

Target::Target(const sockaddr_in& address, Counters& counters)
    : counters_(counters), listener_(listen_at(address)), in_(sink_size), out_(chunk_size, 'd') {
    poller_.add(listener_, EPOLLIN, nullptr);
}

void Target::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        for (const auto& event : poller_.wait(std::chrono::milliseconds(20))) {
            auto* connection = static_cast<Connection*>(event.data.ptr);
            if (connection == nullptr) {
                accept_all();
                continue;
            }
            bool alive = true;
            if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) alive = readable(*connection);
            if (alive && (event.events & EPOLLOUT) != 0) alive = writable(*connection);
            if (!alive) connections_.erase(connection);
        }
    }
}

void Target::accept_all() {
    for (int i = 0; i < accepts_a_turn; ++i) {
        auto connection = std::make_unique<Connection>();
        connection->socket = accept_from(listener_);
        if (!connection->socket) return;
        poller_.add(connection->socket, EPOLLIN, connection.get());
        connections_.emplace(connection.get(), std::move(connection));
    }
}

void Target::await_writable(Connection& connection, bool on) {
    if (connection.sending == on) return;
    connection.sending = on;
    poller_.change(connection.socket, on ? EPOLLIN | EPOLLOUT : EPOLLIN, &connection);
}

/// False when the connection is over; so are the functions below.
bool Target::readable(Connection& connection) {
    for (int i = 0; i < calls_a_turn; ++i) {
        const bool sink = connection.header_bytes == sizeof(Header) && connection.header.kind != Kind::request;
        const auto arrived = recv(connection.socket.get(), in_.data(), in_.size(), sink ? MSG_TRUNC : 0);
        if (arrived == 0) return false;
        if (arrived < 0) return errno == EAGAIN;
        if (sink) {
            counters_.up += static_cast<std::uint64_t>(arrived);
            continue;
        }
        if (!consume(connection, static_cast<std::size_t>(arrived))) return false;
        if (static_cast<std::size_t>(arrived) < in_.size()) return true;
    }
    return true;
}

bool Target::consume(Connection& connection, std::size_t arrived) {
    std::span<const std::uint8_t> rest(in_.data(), arrived);
    while (!rest.empty()) {
        if (connection.header_bytes < sizeof(Header)) {
            const auto part = std::min(rest.size(), sizeof(Header) - connection.header_bytes);
            std::memcpy(reinterpret_cast<std::uint8_t*>(&connection.header) + connection.header_bytes, rest.data(),
                        part);
            connection.header_bytes += part;
            rest = rest.subspan(part);
            if (connection.header_bytes < sizeof(Header)) return true;
            if (!begin_exchange(connection)) return false;
            continue;
        }
        if (connection.header.kind != Kind::request) {
            counters_.up += rest.size();
            return true;
        }
        if (connection.request_left == 0) return false;  // a client that does not wait for its answer is not ours
        const auto part = std::min<std::uint64_t>(rest.size(), connection.request_left);
        connection.request_left -= part;
        rest = rest.subspan(part);
        if (connection.request_left == 0 && !respond(connection)) return false;
    }
    return true;
}

bool Target::begin_exchange(Connection& connection) {
    connection.request_left = connection.header.request;
    connection.response_left = connection.header.response;
    if (connection.header.kind == Kind::request) return connection.request_left > 0 || respond(connection);
    if (connection.header.kind != Kind::up) await_writable(connection, true);
    return true;
}

bool Target::respond(Connection& connection) {
    while (connection.response_left > 0) {
        const auto part = std::min<std::uint64_t>(connection.response_left, out_.size());
        const auto sent = send(connection.socket.get(), out_.data(), part, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN) return false;
            await_writable(connection, true);
            return true;
        }
        connection.response_left -= static_cast<std::uint64_t>(sent);
    }
    await_writable(connection, false);
    connection.header_bytes = 0;
    return true;
}

bool Target::writable(Connection& connection) {
    if (connection.header.kind == Kind::request) return respond(connection);
    for (int i = 0; i < calls_a_turn; ++i) {
        if (send(connection.socket.get(), out_.data(), out_.size(), MSG_NOSIGNAL) < 0) return errno == EAGAIN;
    }
    return true;
}

}  // namespace sallyport::bench
