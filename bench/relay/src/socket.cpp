#include "socket.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace sallyport::bench {
namespace {

void set_option(const Descriptor& socket, int level, int name) {
    const int on = 1;
    if (setsockopt(socket.get(), level, name, &on, sizeof on) != 0) fail("setsockopt");
}

const sockaddr* generic(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

}  // namespace

void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

void Descriptor::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

sockaddr_in parse_address(const std::string& text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        throw std::runtime_error("not an address and a port: " + text);
    }
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1))));
    return address;
}

Descriptor open_socket() {
    Descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made) set_option(made, IPPROTO_TCP, TCP_NODELAY);
    return made;
}

Descriptor listen_at(const sockaddr_in& address) {
    Descriptor listener = open_socket();
    if (!listener) fail("socket");
    set_option(listener, SOL_SOCKET, SO_REUSEADDR);
    set_option(listener, SOL_SOCKET, SO_REUSEPORT);
    if (bind(listener.get(), generic(address), sizeof address) != 0) fail("bind");
    if (listen(listener.get(), 65535) != 0) fail("listen");
    return listener;
}

Descriptor accept_from(const Descriptor& listener) {
    Descriptor accepted(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) set_option(accepted, IPPROTO_TCP, TCP_NODELAY);
    return accepted;
}

bool begin_connect(const Descriptor& socket, const sockaddr_in& address) {
    return connect(socket.get(), generic(address), sizeof address) == 0 || errno == EINPROGRESS;
}

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) fail("epoll_create1");
}

void Poller::add(const Descriptor& descriptor, std::uint32_t events, void* owner) {
    epoll_event event{events, {.ptr = owner}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) != 0) fail("epoll_ctl");
}

void Poller::change(const Descriptor& descriptor, std::uint32_t events, void* owner) {
    epoll_event event{events, {.ptr = owner}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor.get(), &event) != 0) fail("epoll_ctl");
}

std::span<const epoll_event> Poller::wait(std::chrono::nanoseconds limit) {
    // Nanoseconds matter: a paced request that leaves a millisecond late would be measured as slow.
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
    const timespec time{seconds.count(), (limit - seconds).count()};
    const int ready = epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()), &time, nullptr);
    return std::span(events_).first(static_cast<std::size_t>(std::max(ready, 0)));
}

}  // namespace sallyport::bench
