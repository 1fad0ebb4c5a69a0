/// One socket of a session. The only file that knows what ends of TCP connections are made of.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "relay/io.hpp"

namespace sallyport::relay {

/// "192.168.0.77:1042", "[::1]:1042"; empty when there is no peer (any more).
std::string to_text(const tcp::endpoint& endpoint);

class Leg {
public:
    explicit Leg(const asio::any_io_executor& executor) : socket_(executor) {}
    explicit Leg(tcp::socket socket) : socket_(std::move(socket)) { set_options(); }

    /// Tries the endpoints in their order, each for its share of `limit`; yields the error of the last. reset() or
    /// close() ends it.
    awaitable<error_code> connect(std::span<const tcp::endpoint> endpoints, std::chrono::seconds limit);

    /// Reads what is there into the parts, in order. would_block when nothing is; eof when the peer's direction ended.
    template <typename Parts>
    requires asio::is_mutable_buffer_sequence<Parts>::value std::size_t read_now(const Parts& parts,
                                                                                 error_code& error) {
        return socket_.read_some(parts, error);
    }
    std::size_t read_now(MutableBytes bytes, error_code& error) {
        return socket_.read_some(asio::buffer(bytes.data(), bytes.size()), error);
    }
    awaitable<error_code> wait_readable();

    /// Writes as much as the kernel takes at once; the number of bytes.
    std::size_t write_now(Bytes bytes, error_code& error) {
        return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    }
    /// Writes all of them.
    awaitable<error_code> write(Bytes bytes);
    awaitable<error_code> write(std::span<const Bytes> parts);

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

    /// True when the kernel has given the connection up or the peer has reset it.
    bool is_gone() const;

    const tcp::endpoint& peer() const { return peer_; }
    std::string local_text() const;

private:
    void set_options();

    tcp::socket socket_;
    tcp::endpoint peer_;
};

}  // namespace sallyport::relay
