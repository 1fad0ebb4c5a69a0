#include "tests/relay/proxy.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace sallyport::relay::tests {

Proxy::Proxy(const tcp::endpoint& server)
    : server_(server), wake_(::eventfd(0, EFD_CLOEXEC)), thread_([this] { run(); }) {}

Proxy::~Proxy() {
    order(Order::stop);
    thread_.join();
    ::close(wake_);
}

void Proxy::order(Order what) {
    ordered_ = what;
    ::eventfd_write(wake_, 1);
}

bool Proxy::wait() {
    std::vector<pollfd> all{{wake_, POLLIN, 0}};
    for (const auto* side : {&client_, &upstream_}) {
        if (side->socket.is_open() && !side->ended) all.push_back({side->socket.number(), POLLIN, 0});
    }
    ::poll(all.data(), all.size(), -1);
    if ((all[0].revents & POLLIN) != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_, &ignored);
    }
    return ordered_ != Order::stop;
}

void Proxy::run() {
    while (!acceptor_.somebody_comes(std::chrono::milliseconds(10))) {
        if (ordered_ == Order::stop) return;
    }
    client_.socket = acceptor_.accept();
    upstream_.socket = Socket::connect(server_);
    while (wait()) {
        if (ordered_ != obeyed_) obey();
        pass(client_, upstream_);
        pass(upstream_, client_);
    }
}

void Proxy::obey() {
    obeyed_ = ordered_;
    for (auto* side : {&client_, &upstream_}) {
        if (obeyed_ == Order::cut_by_fin) side->socket.end();
        if (obeyed_ == Order::cut_by_rst) side->socket.reset();
        if (obeyed_ == Order::vanish) side->socket.vanish();
    }
}

/// What is there is read in any case, so that closing does not become a reset by itself.
void Proxy::pass(Side& from, const Side& to) {
    if (!from.socket.is_open() || from.ended) return;
    std::array<char, 65536> buffer;
    const auto got = ::recv(from.socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    from.ended = got <= 0;
    if (obeyed_ != Order::forward) return;
    if (got > 0) to.socket.send({buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0) to.socket.end();
}

}  // namespace sallyport::relay::tests
