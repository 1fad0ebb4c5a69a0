#include "tests/relay/sockets.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

namespace sallyport::relay::tests {
namespace {

using namespace std::chrono_literals;

bool readable(int socket, std::chrono::milliseconds wait) {
    pollfd one{socket, POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(wait.count())) == 1;
}

tcp::endpoint local_of(int socket) {
    tcp::endpoint local;
    auto size = static_cast<socklen_t>(local.capacity());
    EXPECT_EQ(::getsockname(socket, local.data(), &size), 0);
    return local;
}

}  // namespace

bool eventually(const std::function<bool()>& predicate) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!predicate()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    constexpr std::array ends{"FIN", "RST", "timeout", "more"};
    return out << outcome.data.size() << " bytes \"" << outcome.data.substr(0, 40) << "\", "
               << ends[static_cast<std::size_t>(outcome.end)];
}

std::string pattern(std::size_t size, std::uint32_t seed) {
    std::string bytes(size, '\0');
    std::uint32_t state = seed * 2654435761U + 1;
    for (auto& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

boost::asio::ip::address own_address() {
    // A process number has at most 22 bits; 127.128/9 leaves the usual addresses alone, and no last part is 0 or 255.
    const auto pid = static_cast<std::uint32_t>(::getpid());
    return boost::asio::ip::address_v4(0x7F800000U | (pid >> 7 & 0x7FFFU) << 8 | ((pid & 0x7FU) + 1));
}

Socket::Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
    if (this != &other) {
        close();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

Socket::~Socket() { close(); }

Socket Socket::connect(const tcp::endpoint& to) {
    Socket socket(::socket(to.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(socket.number_, to.data(), static_cast<socklen_t>(to.size())), 0) << to << ": " << errno;
    const int on = 1;
    ::setsockopt(socket.number_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

int Socket::try_connect(const tcp::endpoint& to) {
    const Socket socket(::socket(to.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(socket.number_, to.data(), static_cast<socklen_t>(to.size())) == 0 ? 0 : errno;
}

tcp::endpoint Socket::local() const { return local_of(number_); }

bool Socket::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

Outcome Socket::receive(std::size_t most, std::chrono::milliseconds wait) const {
    Outcome outcome;
    std::array<char, 65536> buffer;
    while (outcome.data.size() < most) {
        if (!readable(number_, wait)) return outcome;
        const auto got = ::recv(number_, buffer.data(), std::min(buffer.size(), most - outcome.data.size()), 0);
        if (got <= 0) {
            outcome.end = got == 0 ? End::fin : End::rst;
            return outcome;
        }
        outcome.data.append(buffer.data(), static_cast<std::size_t>(got));
    }
    outcome.end = End::more;
    return outcome;
}

void Socket::take_little() const {
    const int few = 32 * 1024;  // which the kernel doubles
    ::setsockopt(number_, SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
}

void Socket::end() const { ::shutdown(number_, SHUT_WR); }

void Socket::reset() {
    const linger now{1, 0};
    ::setsockopt(number_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void Socket::close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
}

void Socket::vanish() const {
    sock_filter drop_all{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &drop_all};
    EXPECT_EQ(::setsockopt(number_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}

std::size_t first_readable(std::span<const Socket> sockets) {
    std::vector<pollfd> all;
    for (const auto& socket : sockets) all.push_back({socket.number(), POLLIN, 0});
    EXPECT_GT(::poll(all.data(), all.size(), static_cast<int>(std::chrono::milliseconds(patience).count())), 0);
    const auto found = std::find_if(all.begin(), all.end(), [](const pollfd& one) { return one.revents != 0; });
    return static_cast<std::size_t>(found - all.begin()) % all.size();
}

Nobody::Nobody() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const tcp::endpoint any(own_address(), 0);
    EXPECT_EQ(::bind(socket_.number(), any.data(), static_cast<socklen_t>(any.size())), 0);
}

Acceptor::Acceptor(int backlog) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const tcp::endpoint any(own_address(), 0);
    EXPECT_EQ(::bind(socket_.number(), any.data(), static_cast<socklen_t>(any.size())), 0);
    EXPECT_EQ(::listen(socket_.number(), backlog), 0);
    endpoint_ = local_of(socket_.number());
}

Socket Acceptor::accept() const {
    if (!somebody_comes(patience)) {
        ADD_FAILURE() << "nobody comes to " << endpoint_;
        return {};
    }
    Socket socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    const int on = 1;
    ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

bool Acceptor::somebody_comes(std::chrono::milliseconds wait) const { return readable(socket_.number(), wait); }

tcp::endpoint free_endpoint() { return Acceptor().endpoint(); }

}  // namespace sallyport::relay::tests
