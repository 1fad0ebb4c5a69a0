/// The plain peers of a relay under test: blocking sockets with patience, and how their streams ended.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <limits>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::relay::tests {

using boost::asio::ip::tcp;

/// For what must happen: far longer than it takes, also under a sanitizer on a busy machine.
inline constexpr std::chrono::seconds patience{30};

/// Polls, because a session's end has no event of its own. False when it has not become true in time.
bool eventually(const std::function<bool()>& predicate);

/// How a reader saw a stream end; `more`: it did not read to the end.
enum class End { fin, rst, timeout, more };

struct Outcome {
    std::string data;
    End end = End::timeout;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

/// Bytes that depend on their position, so that a lost, doubled or moved piece shows.
std::string pattern(std::size_t size, std::uint32_t seed = 0);

/// An address of 127/8 for this process alone: tests that run beside each other share no ports.
boost::asio::ip::address own_address();

class Socket {
public:
    Socket() = default;
    explicit Socket(int number) : number_(number) {}
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    /// Fails the test when nothing answers there.
    static Socket connect(const tcp::endpoint& to);
    /// The error of connecting; 0 when something answers.
    static int try_connect(const tcp::endpoint& to);

    bool is_open() const { return number_ >= 0; }
    int number() const { return number_; }
    tcp::endpoint local() const;

    /// Sends all of it; false when the peer is gone.
    bool send(std::string_view bytes) const;
    /// Reads `most` bytes, or to the end; `wait` is the patience with each silence.
    Outcome receive(std::size_t most = std::numeric_limits<std::size_t>::max(),
                    std::chrono::milliseconds wait = patience) const;
    /// From now on the kernel takes about 64 KiB that nobody has read yet.
    void take_little() const;
    /// Our direction is complete.
    void end() const;
    /// Closes with RST.
    void reset();
    void close();
    /// From now on nothing that arrives is seen, and so nothing is acknowledged: as if the machine had been unplugged.
    void vanish() const;

private:
    int number_ = -1;
};

/// The number of the one that first has something to read, its end included; fails the test when none has.
std::size_t first_readable(std::span<const Socket> sockets);

class Acceptor {
public:
    explicit Acceptor(int backlog = 128);
    /// The endpoint, where nothing listens any more once this is closed.
    tcp::endpoint endpoint() const { return endpoint_; }
    /// Fails the test when nobody comes.
    Socket accept() const;
    /// Whether somebody comes.
    bool somebody_comes(std::chrono::milliseconds wait) const;
    void close() { socket_.close(); }
    int number() const { return socket_.number(); }

private:
    Socket socket_;
    tcp::endpoint endpoint_;
};

/// An endpoint where connections are refused: nobody else can listen there while this lives.
class Nobody {
public:
    Nobody();
    tcp::endpoint endpoint() const { return socket_.local(); }

private:
    Socket socket_;
};

/// An endpoint of own_address() that is free.
tcp::endpoint free_endpoint();

}  // namespace sallyport::relay::tests
