/// One socket of a session. The only file that knows what ends of TCP connections are made of.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "relay/io.hpp"

namespace sallyport::relay {

/// An IPv4 address within IPv6 (::ffff:10.0.0.7, of a socket for both families) as the IPv4 address that it is.
asio::ip::address unmapped(const asio::ip::address& address);

/// "192.168.0.77:1042", "[::1]:1042"; empty when there is no peer (any more).
std::string to_text(const tcp::endpoint& endpoint);

/// Sets what every leg has: no delay, keep-alive, a reset when the program is killed. What `acceptor` accepts inherits
/// it (Linux), instead of six calls for each connection.
void prepare_for_legs(Acceptor& acceptor);

class Leg {
public:
    explicit Leg(const Executor& executor) : socket_(executor) {}
    /// Accepted from `peer` by an acceptor that was made ready by prepare_for_legs().
    Leg(Socket accepted, const tcp::endpoint& peer);

    /// Tries the endpoints in their order, each for its share of `limit`; yields the error of the last. reset() or
    /// close() ends it. The connection comes from `local`, unless that is unspecified.
    awaitable<error_code> connect(std::span<const tcp::endpoint> endpoints, std::chrono::seconds limit,
                                  asio::ip::address local = {});

    /// Reads what is there into the parts, in order. would_block when nothing is; eof when the peer's direction ended.
    template <typename Parts>
    requires asio::is_mutable_buffer_sequence<Parts>::value std::size_t read_now(const Parts& parts,
                                                                                 error_code& error) {
        return socket_.read_some(parts, error);
    }
    std::size_t read_now(MutableBytes bytes, error_code& error) {
        return socket_.read_some(asio::buffer(bytes.data(), bytes.size()), error);
    }
    /// To be awaited where it is called, and yields the error, alone: an idle connection keeps no coroutine for it.
    auto wait_readable() { return socket_.async_wait(Socket::wait_read, as_result); }
    /// timed_out when nothing has come within `limit`.
    awaitable<error_code> wait_readable(std::chrono::milliseconds limit);

    /// Writes as much as the kernel takes at once; the number of bytes.
    std::size_t write_now(Bytes bytes, error_code& error) {
        const auto written = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        written_ += written;
        return written;
    }
    /// Writes all of them.
    awaitable<error_code> write(Bytes bytes);
    awaitable<error_code> write(std::span<const Bytes> parts);

    /// TCP urgent data (RFC 9293, 3.8.5): the last byte is the urgent one.
    void write_urgent(Bytes bytes);
    /// Urgent bytes that arrive stand among the others, where they were sent.
    void read_urgent_inline();

    /// Our direction is complete: FIN behind what was written.
    void end();
    /// Releases the socket. What was written still goes out.
    void close();
    /// Releases the socket by RST: what is queued is dropped, and the peer cannot take this for an end.
    void reset();
    bool is_open() const { return socket_.is_open(); }

    /// True when the kernel has waited `limit` for an acknowledgement of something it sent. Data, probes of a closed
    /// window and keep-alives count; a peer that lives and does not read acknowledges them all.
    bool unacknowledged_for(std::chrono::seconds limit) const;

    /// What was written and the peer's machine has not acknowledged yet; 0 when the socket is released.
    std::size_t outstanding() const;
    /// The peer's machine has acknowledged all of them, and our end if it was said.
    bool is_acknowledged() const;
    /// Bytes that the peer's machine has acknowledged: grows while a large write is still waiting for its end.
    std::uint64_t acknowledged() const { return written_ - outstanding(); }

    /// True when the kernel has given the connection up or the peer has reset it.
    bool is_gone() const;

    const tcp::endpoint& peer() const { return peer_; }
    /// Unspecified when there is none (any more).
    tcp::endpoint local_endpoint() const;
    /// Gives the socket away, as it is.
    Socket release() { return std::move(socket_); }
    std::string local_text() const;

private:
    Socket socket_;
    tcp::endpoint peer_;
    std::uint64_t written_ = 0;
};

}  // namespace sallyport::relay
