/// What the helper programs share: sockets on loopback, bytes that depend on their position, and how a stream ended.
#pragma once

#include <array>
#include <boost/asio.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace sallyport::support {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// "127.0.0.1:2345", or a port alone, on 127.0.0.1. Throws on anything else.
inline tcp::endpoint endpoint_of(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto address = colon == std::string::npos ? std::string("127.0.0.1") : text.substr(0, colon);
    const auto port = std::stoul(colon == std::string::npos ? text : text.substr(colon + 1));
    return {asio::ip::make_address(address), static_cast<std::uint16_t>(port)};
}

/// Another address of 127/8 for each connection: neither the ports of one address nor what the daemon allows a single
/// source (failing handshakes, half-open connections) then decides how a test ends.
class Sources {
public:
    tcp::endpoint next() {
        ++count_;
        return {asio::ip::address_v4(0x7F000000u | 1u << 22 | (count_ & 0x3FFFFFu)), 0};
    }

private:
    std::uint32_t count_ = 0;
};

/// Closes with RST.
inline void reset(tcp::socket& socket) {
    error_code ignored;  // the peer may have gone first
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

inline awaitable<error_code> connect(tcp::socket& socket, tcp::endpoint source, tcp::endpoint to) {
    error_code ec;
    if (socket.open(tcp::v4(), ec)) co_return ec;
    const int on = 1;  // the port is then chosen at connect, among all that are free towards this peer
    ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (socket.bind(source, ec)) co_return ec;
    socket.set_option(tcp::no_delay(true), ec);
    const auto [connected] = co_await socket.async_connect(to, as_result);
    co_return connected;
}

/// A stream of bytes in which no two places less than the period apart look alike. What is said and what is answered
/// differ in every byte, so that a stream that comes back by mistake shows.
class Stream {
public:
    static constexpr std::size_t period = 1'048'573;  // a prime: no block size divides it
    static constexpr std::uint8_t answer_mask = 0x5A;

    explicit Stream(std::uint8_t mask = 0) : bytes_(period) {
        std::mt19937_64 random(20071129);
        for (auto& byte : bytes_) byte = static_cast<std::uint8_t>(random() ^ mask);
    }

    void fill(std::span<std::uint8_t> to, std::uint64_t position) const {
        each(to.size(), position, [&](std::size_t done, const std::uint8_t* from, std::size_t size) {
            std::memcpy(to.data() + done, from, size);
            return true;
        });
    }
    bool equals(std::span<const std::uint8_t> bytes, std::uint64_t position) const {
        return each(bytes.size(), position, [&](std::size_t done, const std::uint8_t* expected, std::size_t size) {
            return std::memcmp(bytes.data() + done, expected, size) == 0;
        });
    }

private:
    template <typename Visit>
    bool each(std::size_t size, std::uint64_t position, Visit visit) const {
        for (std::size_t done = 0; done < size;) {
            const auto at = static_cast<std::size_t>((position + done) % period);
            const auto piece = std::min(size - done, period - at);
            if (!visit(done, bytes_.data() + at, piece)) return false;
            done += piece;
        }
        return true;
    }
    std::vector<std::uint8_t> bytes_;
};

/// How a reader saw a stream end.
enum class End { fin, rst, timeout, altered };

inline const char* text_of(End end) {
    constexpr std::array names{"FIN", "RST", "timeout", "altered bytes"};
    return names[static_cast<std::size_t>(end)];
}

struct Seen {
    std::uint64_t bytes = 0;
    End end = End::timeout;
};

}  // namespace sallyport::support
