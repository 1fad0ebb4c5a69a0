/// The life of a program that relays: its main thread answers signals and the control socket, and drains at the end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "relay/server.hpp"

namespace sallyport::program {

class Runner {
public:
    /// `close_listeners` is called when the drain begins.
    Runner(relay::Server& server, std::chrono::seconds drain_limit, std::function<void()> close_listeners);

    boost::asio::io_context& context() { return context_; }

    /// Until TERM or INT, or drain(), and the end of the last session. An exit code: failed when the drain was cut by
    /// its limit or by a second signal.
    int run();
    /// What the first TERM does.
    void drain();

private:
    boost::asio::awaitable<void> watch_signals();
    boost::asio::awaitable<void> wait_for_sessions();

    relay::Server& server_;
    std::chrono::seconds drain_limit_;
    std::function<void()> close_listeners_;
    boost::asio::io_context context_{1};
    boost::asio::signal_set signals_;
    bool draining_ = false;
    bool cut_ = false;
};

}  // namespace sallyport::program
