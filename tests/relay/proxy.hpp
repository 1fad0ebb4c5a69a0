/// Between workstation and host: a path that can be cut, and a machine that can vanish. For one connection and few
/// bytes.
#pragma once

#include <atomic>
#include <thread>

#include "tests/relay/sockets.hpp"

namespace sallyport::relay::tests {

class Proxy {
public:
    explicit Proxy(const tcp::endpoint& server);
    ~Proxy();

    tcp::endpoint endpoint() const { return acceptor_.endpoint(); }
    /// Ends both connections in the middle of whatever they carry.
    void cut_by_fin() { order(Order::cut_by_fin); }
    void cut_by_rst() { order(Order::cut_by_rst); }
    /// Neither side hears anything of the other or of us any more, not even that its bytes arrived.
    void vanish() { order(Order::vanish); }
    /// Everything is taken and acknowledged, and goes nowhere.
    void swallow() { order(Order::swallow); }

private:
    enum class Order { forward, cut_by_fin, cut_by_rst, vanish, swallow, stop };
    struct Side {
        Socket socket;
        bool ended = false;  // nothing more can come from it
    };

    void order(Order what);
    /// False once the proxy is to stop.
    bool wait();
    void run();
    /// Carries out what was ordered last.
    void obey();
    void pass(Side& from, const Side& to);

    Acceptor acceptor_;
    tcp::endpoint server_;
    Side client_, upstream_;
    int wake_;
    std::atomic<Order> ordered_ = Order::forward;
    Order obeyed_ = Order::forward;
    std::thread thread_;
};

}  // namespace sallyport::relay::tests
