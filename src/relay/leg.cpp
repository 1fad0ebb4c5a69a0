#include "relay/leg.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/container/small_vector.hpp>

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

}  // namespace

std::string to_text(const tcp::endpoint& endpoint) {
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    }
    const std::string text = address.to_string();
    return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(endpoint.port());
}

void Leg::set_options() {
    error_code ignored;  // an accepted socket may be gone already; the first read says so
    socket_.non_blocking(true, ignored);
    peer_ = socket_.remote_endpoint(ignored);
    const int native = socket_.native_handle();
    set(native, IPPROTO_TCP, TCP_NODELAY, 1);
    set(native, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(native, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle);
    set(native, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval);
    set(native, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
}

awaitable<error_code> Leg::connect(std::span<const tcp::endpoint> endpoints) {
    error_code error = asio::error::host_not_found;
    for (const auto& endpoint : endpoints) {
        socket_ = tcp::socket(socket_.get_executor());
        std::tie(error) = co_await socket_.async_connect(endpoint, as_result);
        if (error == asio::error::operation_aborted) co_return error;
        if (!error) {
            set_options();
            co_return error;
        }
    }
    co_return error;
}

awaitable<error_code> Leg::wait_readable() {
    const auto [error] = co_await socket_.async_wait(tcp::socket::wait_read, as_result);
    co_return error;
}

awaitable<error_code> Leg::write(Bytes bytes) {
    while (!bytes.empty()) {
        error_code error;
        const auto written = write_now(bytes, error);
        bytes = bytes.subspan(written);
        if (error == asio::error::would_block) {
            std::tie(error) = co_await socket_.async_wait(tcp::socket::wait_write, as_result);
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
        while (first != left.end() && written >= first->size()) written -= (first++)->size();
        if (first != left.end()) *first += written;
        if (error == asio::error::would_block) {
            std::tie(error) = co_await socket_.async_wait(tcp::socket::wait_write, as_result);
        }
        if (error) co_return error;
    }
    co_return error_code{};
}

void Leg::end() {
    error_code ignored;  // the peer may have gone first
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Leg::close() {
    error_code ignored;  // closing releases the socket whatever it says
    socket_.close(ignored);
}

void Leg::reset() {
    error_code ignored;  // as above
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

bool Leg::unacknowledged_for(std::chrono::seconds limit) const {
    tcp_info info{};
    socklen_t size = sizeof info;
    const int native = const_cast<tcp::socket&>(socket_).native_handle();
    if (::getsockopt(native, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
    const bool waiting = info.tcpi_unacked > 0 || info.tcpi_probes > 0;
    return waiting && std::chrono::milliseconds(info.tcpi_last_ack_recv) >= limit;
}

std::string Leg::local_text() const {
    error_code error;
    const auto endpoint = socket_.local_endpoint(error);
    return error ? std::string() : to_text(endpoint);
}

}  // namespace sallyport::relay
