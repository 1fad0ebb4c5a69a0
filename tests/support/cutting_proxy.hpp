/// The proxy of the cut tests: on each connection it lets N bytes of one direction pass, and then ends both its
/// sockets, by FIN where N is even and by RST where it is odd. Positions are handed out to connections as they come.
#pragma once

#include <bit>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "tests/support/loopback.hpp"

namespace sallyport::support {

enum class Direction { up, down };  // from the client to the target, and back

enum class How { rst, fin, either };  // either: by turns, also where positions are a fixed step apart

class CuttingProxy {
public:
    CuttingProxy(asio::io_context& io, tcp::endpoint listen, tcp::endpoint server, Direction direction, How how)
        : io_(io), listen_(listen), server_(server), direction_(direction), how_(how) {}

    awaitable<void> run();

    void add(std::uint64_t position) { waiting_.push_back(position); }
    void forget() { waiting_.clear(); }
    bool positions_wait() const { return !waiting_.empty(); }
    std::size_t waiting() const { return waiting_.size(); }
    std::size_t connections() const { return connections_; }

    /// Positions where N bytes really passed before the cut.
    std::uint64_t done() const { return done_; }
    /// Positions given up: in many attempts fewer bytes came.
    const std::set<std::uint64_t>& missed() const { return missed_; }
    /// Positions of the connections that are open now.
    const std::set<std::uint64_t>& cutting() const { return cutting_; }
    /// Of the connection that ended last: whether it was cut, and what had passed in the direction that is cut.
    bool last_was_cut() const { return last_was_cut_; }
    std::uint64_t last_passed() const { return last_passed_; }

private:
    static constexpr int max_attempts = 20;

    struct Leg {
        Leg(asio::io_context& io, tcp::socket accepted) : client(std::move(accepted)), server(io) {}
        tcp::socket client, server;
        std::optional<std::uint64_t> position;
        std::uint64_t passed = 0;
        bool cut = false;
        int open = 2;  // directions
    };
    using SharedLeg = std::shared_ptr<Leg>;  // its two directions hold it

    awaitable<void> serve(SharedLeg leg);
    awaitable<void> pass(SharedLeg leg, Direction direction);
    void cut(SharedLeg leg);
    awaitable<void> end_at_last(SharedLeg leg);
    void over(Leg& leg);

    asio::io_context& io_;
    tcp::endpoint listen_, server_;
    Direction direction_;
    How how_;
    Sources sources_;
    std::deque<std::uint64_t> waiting_;
    std::map<std::uint64_t, int> attempts_;
    std::set<std::uint64_t> missed_, cutting_;
    std::size_t connections_ = 0;
    std::uint64_t done_ = 0, last_passed_ = 0;
    bool last_was_cut_ = false;
};

inline awaitable<void> CuttingProxy::run() {
    tcp::acceptor acceptor(io_, listen_);
    acceptor.listen(4096);
    for (;;) {
        auto [ec, socket] = co_await acceptor.async_accept(as_result);
        if (!ec) asio::co_spawn(io_, serve(std::make_shared<Leg>(io_, std::move(socket))), asio::detached);
    }
}

inline awaitable<void> CuttingProxy::serve(SharedLeg leg) {
    ++connections_;
    error_code ignored;
    leg->client.set_option(tcp::no_delay(true), ignored);
    if (!waiting_.empty()) {
        leg->position = waiting_.front();
        waiting_.pop_front();
        cutting_.insert(*leg->position);
    }
    if (co_await connect(leg->server, sources_.next(), server_)) co_return over(*leg);
    if (leg->position == 0u) cut(leg);
    asio::co_spawn(io_, pass(leg, Direction::up), asio::detached);
    asio::co_spawn(io_, pass(leg, Direction::down), asio::detached);
}

inline awaitable<void> CuttingProxy::pass(SharedLeg leg, Direction direction) {
    auto& from = direction == Direction::up ? leg->client : leg->server;
    auto& to = direction == Direction::up ? leg->server : leg->client;
    const bool counted = direction == direction_;
    std::vector<std::uint8_t> buffer(32 * 1024);
    error_code ignored;
    for (;;) {
        auto room = buffer.size();
        if (counted && leg->position && !leg->cut) {
            room = static_cast<std::size_t>(std::min<std::uint64_t>(room, *leg->position - leg->passed));
        }
        const auto [ec, size] = co_await from.async_read_some(asio::buffer(buffer, room), as_result);
        if (ec == asio::error::eof && !leg->cut) to.shutdown(tcp::socket::shutdown_send, ignored);
        if (ec && ec != asio::error::eof && !leg->cut) {
            reset(leg->client);
            reset(leg->server);
        }
        if (ec) break;
        if (leg->cut) continue;  // discard until the other side has ended too
        co_await asio::async_write(to, asio::buffer(buffer, size), as_result);
        if (counted) leg->passed += size;
        if (counted && leg->position == leg->passed) cut(leg);
    }
    if (--leg->open == 0) over(*leg);
}

inline void CuttingProxy::cut(SharedLeg leg) {
    leg->cut = true;
    const bool by_reset = how_ == How::rst || (how_ == How::either && std::popcount(*leg->position) % 2 == 1);
    error_code ignored;
    for (auto* socket : {&leg->client, &leg->server}) {
        if (by_reset) {
            reset(*socket);
        } else {
            socket->shutdown(tcp::socket::shutdown_send, ignored);
        }
    }
    if (!by_reset) asio::co_spawn(io_, end_at_last(leg), asio::detached);
}

/// Who takes long to answer a FIN with his own must not keep our sockets for ever.
inline awaitable<void> CuttingProxy::end_at_last(SharedLeg leg) {
    asio::steady_timer timer(io_, std::chrono::seconds(3));
    co_await timer.async_wait(as_result);
    reset(leg->client);
    reset(leg->server);
}

inline void CuttingProxy::over(Leg& leg) {
    --connections_;
    reset(leg.client);
    reset(leg.server);
    last_was_cut_ = leg.cut;
    last_passed_ = leg.passed;
    if (!leg.position) return;
    cutting_.erase(*leg.position);
    if (leg.cut) {
        ++done_;
    } else if (++attempts_[*leg.position] < max_attempts) {
        waiting_.push_back(*leg.position);
    } else {
        missed_.insert(*leg.position);
    }
}

}  // namespace sallyport::support
