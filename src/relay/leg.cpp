#include "relay/leg.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <memory>

namespace sallyport::relay {
namespace {

/// Keep-alive finds a peer that went silent on an idle connection: 10 s, then 4 probes, 5 s apart: 30 s.
constexpr int keepalive_idle = 10;
constexpr int keepalive_interval = 5;
constexpr int keepalive_probes = 4;

void set(int socket, int level, int option, int value) {
    // A socket that is already gone reports it on the next read; here it does not matter.
    (void)::setsockopt(socket, level, option, &value, sizeof value);
}

void set_reset_on_close(int socket, bool on) {
    const linger how{on ? 1 : 0, 0};
    (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &how, sizeof how);  // as above
}

void set_options(int socket) {
    set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(socket, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle);
    set(socket, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval);
    set(socket, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
    // Whatever ends this program, a kill included, must not look like the end of a stream: only close() takes this
    // back.
    set_reset_on_close(socket, true);
}

tcp_info info_of(const Socket& socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    const int native = const_cast<Socket&>(socket).native_handle();
    if (::getsockopt(native, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) info = {};
    return info;
}

/// A FIN counts as one byte.
std::size_t unacknowledged(const Socket& socket) {
    int bytes = 0;
    const int native = const_cast<Socket&>(socket).native_handle();
    return ::ioctl(native, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace

asio::ip::address unmapped(const asio::ip::address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

std::string to_text(const tcp::endpoint& endpoint) {
    const auto address = unmapped(endpoint.address());
    const std::string text = address.to_string();
    return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(endpoint.port());
}

void prepare_for_legs(Acceptor& acceptor) { set_options(acceptor.native_handle()); }

Leg::Leg(Socket accepted, const tcp::endpoint& peer) : socket_(std::move(accepted)), peer_(peer) {
    error_code ignored;  // it may be gone already; the first read says so
    socket_.non_blocking(true, ignored);
}

awaitable<error_code> Leg::connect(std::span<const tcp::endpoint> endpoints, std::chrono::seconds limit,
                                   asio::ip::address local) {
    error_code error = asio::error::host_not_found;
    const auto deadline = Clock::now() + limit;
    for (; !endpoints.empty(); endpoints = endpoints.subspan(1)) {
        socket_ = Socket(socket_.get_executor());
        socket_.open(endpoints.front().protocol(), error);
        if (error) continue;  // no IPv6 here
        socket_.non_blocking(true, error);  // before Asio makes it so for itself alone, by a call more
        if (!local.is_unspecified()) {
            // The port is then chosen by connect(), for this peer: bind() would want one that no connection has.
            set(socket_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
            socket_.bind({local, 0}, error);
        }
        if (error) continue;
        // One that swallows packets must not use up the time of the others.
        const auto trying = std::make_shared<bool>(true);
        SteadyTimer timer(socket_.get_executor(), (deadline - Clock::now()) / endpoints.size());
        timer.async_wait([this, trying](const error_code& cancelled) {
            error_code ignored;  // the connect has ended by itself
            if (!cancelled && *trying) socket_.cancel(ignored);
        });
        std::tie(error) = co_await socket_.async_connect(endpoints.front(), as_result);
        *trying = false;
        if (!socket_.is_open()) co_return asio::error::operation_aborted;
        if (error == asio::error::operation_aborted) error = asio::error::timed_out;
        if (!error) {
            peer_ = endpoints.front();
            set_options(socket_.native_handle());
            co_return error_code{};
        }
    }
    co_return error;
}

awaitable<error_code> Leg::wait_readable(std::chrono::milliseconds limit) {
    const auto waiting = std::make_shared<bool>(true);
    SteadyTimer timer(socket_.get_executor(), limit);
    bool late = false;
    timer.async_wait([this, waiting, &late](const error_code& cancelled) {
        if (cancelled || !*waiting) return;
        late = true;
        error_code ignored;  // the wait has ended by itself
        socket_.cancel(ignored);
    });
    const auto [error] = co_await wait_readable();
    *waiting = false;
    if (late && error) co_return asio::error::timed_out;
    co_return error;
}

void Leg::write_urgent(Bytes bytes) {
    // Of a full or broken socket: it is advice to the peer, and the line that it announces follows in any case.
    (void)::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_OOB | MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Leg::read_urgent_inline() { set(socket_.native_handle(), SOL_SOCKET, SO_OOBINLINE, 1); }

tcp::endpoint Leg::local_endpoint() const {
    error_code error;
    const auto endpoint = socket_.local_endpoint(error);
    return error ? tcp::endpoint() : endpoint;
}

awaitable<error_code> Leg::write(Bytes bytes) {
    while (!bytes.empty()) {
        error_code error;
        const auto written = write_now(bytes, error);
        bytes = bytes.subspan(written);
        if (error == asio::error::would_block) {
            std::tie(error) = co_await socket_.async_wait(Socket::wait_write, as_result);
        }
        if (error) co_return error;
    }
    co_return error_code{};
}

awaitable<error_code> Leg::write(std::span<const Bytes> parts) {
    boost::container::small_vector<asio::const_buffer, 16> left;
    for (const Bytes part : parts) left.emplace_back(part.data(), part.size());
    auto first = left.begin();
    while (first != left.end()) {
        error_code error;
        auto written = socket_.write_some(std::span(&*first, static_cast<std::size_t>(left.end() - first)), error);
        written_ += written;
        while (first != left.end() && written >= first->size()) written -= (first++)->size();
        if (first != left.end()) *first += written;
        if (error == asio::error::would_block) {
            std::tie(error) = co_await socket_.async_wait(Socket::wait_write, as_result);
        }
        if (error) co_return error;
    }
    co_return error_code{};
}

void Leg::end() {
    error_code ignored;  // the peer may have gone first
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Leg::close() {
    if (socket_.is_open()) set_reset_on_close(socket_.native_handle(), false);
    error_code ignored;  // closing releases the socket whatever it says
    socket_.close(ignored);
}

void Leg::reset() {
    if (socket_.is_open()) set_reset_on_close(socket_.native_handle(), true);
    error_code ignored;  // as above
    socket_.close(ignored);
}

bool Leg::unacknowledged_for(std::chrono::seconds limit) const {
    const auto info = info_of(socket_);
    if (info.tcpi_state == TCP_CLOSE) return true;
    const bool waiting = info.tcpi_unacked > 0 || info.tcpi_probes > 0;
    return waiting && std::chrono::milliseconds(info.tcpi_last_ack_recv) >= limit;
}

std::size_t Leg::outstanding() const { return std::min<std::uint64_t>(unacknowledged(socket_), written_); }

bool Leg::is_acknowledged() const { return is_open() && unacknowledged(socket_) == 0; }

bool Leg::is_gone() const { return info_of(socket_).tcpi_state == TCP_CLOSE; }

std::string Leg::local_text() const {
    error_code error;
    const auto endpoint = socket_.local_endpoint(error);
    return error ? std::string() : to_text(endpoint);
}

}  // namespace sallyport::relay
