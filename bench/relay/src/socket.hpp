/// Sockets and readiness for the tools of this bench: non-blocking IPv4 on loopback, one poller a thread.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace sallyport::bench {

using Clock = std::chrono::steady_clock;

/// Throws what errno says: a tool that the machine refuses something ends with one line.
[[noreturn]] void fail(const std::string& what);

/// Owns a file descriptor.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        close();
        fd_ = std::exchange(other.fd_, -1);
        return *this;
    }
    ~Descriptor() { close(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    void close();

private:
    int fd_ = -1;
};

/// "127.0.0.1:4433".
sockaddr_in parse_address(const std::string& text);

/// Empty when no more descriptors are to be had.
Descriptor open_socket();
/// May share its port with the listeners of other threads.
Descriptor listen_at(const sockaddr_in& address);
/// Empty when nobody waits.
Descriptor accept_from(const Descriptor& listener);
/// False, with errno, when it failed at once.
bool begin_connect(const Descriptor& socket, const sockaddr_in& address);

/// As many descriptors as the hard limit allows.
void raise_descriptor_limit();

/// epoll, with an object of the caller's for each descriptor. A closed descriptor leaves by itself.
class Poller {
public:
    Poller();
    void add(const Descriptor& descriptor, std::uint32_t events, void* owner);
    void change(const Descriptor& descriptor, std::uint32_t events, void* owner);
    /// What is ready; valid until the next call.
    std::span<const epoll_event> wait(std::chrono::nanoseconds limit);

private:
    Descriptor epoll_;
    std::array<epoll_event, 512> events_{};
};

}  // namespace sallyport::bench
