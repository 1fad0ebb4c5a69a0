#include "program/runner.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>

#include "base/log.hpp"
#include "program/exit_code.hpp"

namespace sallyport::program {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using relay::as_result;

constexpr auto drain_poll = 100ms;

}  // namespace

Runner::Runner(relay::Server& server, std::chrono::seconds drain_limit, std::function<void()> close_listeners)
    : server_(server),
      drain_limit_(drain_limit),
      close_listeners_(std::move(close_listeners)),
      signals_(context_, SIGTERM, SIGINT) {
    std::signal(SIGPIPE, SIG_IGN);  // who read the log has gone: no reason to end
    std::signal(SIGHUP, SIG_IGN);   // nor is the end of a terminal, or a request for a reload, which there is not yet
}

int Runner::run() {
    boost::asio::co_spawn(context_, watch_signals(), boost::asio::detached);  // ends with the context; nothing fails
    context_.run();
    signals_.clear();
    for (const int number : {SIGTERM, SIGINT}) std::signal(number, SIG_IGN);  // the end is under way
    if (cut_) log::write(message::drain_cut, "the drain was cut: sessions that were left are reset");
    server_.join();
    log::write(message::stopped, "stopped");
    return cut_ ? exit_failed : exit_ok;
}

awaitable<void> Runner::watch_signals() {
    while (true) {
        const auto [error, number] = co_await signals_.async_wait(as_result);
        if (error) co_return;
        if (!draining_) {
            drain();
            continue;
        }
        cut_ = true;
        context_.stop();
        co_return;
    }
}

void Runner::drain() {
    if (std::exchange(draining_, true)) return;
    close_listeners_();
    log::write(message::draining, "draining: {} sessions are left; a second signal ends them at once",
               server_.session_count());
    boost::asio::co_spawn(context_, wait_for_sessions(), boost::asio::detached);  // stops the context when it is done
}

awaitable<void> Runner::wait_for_sessions() {
    boost::asio::steady_timer timer(context_);
    const auto limit = relay::Clock::now() + drain_limit_;
    while (server_.session_count() > 0) {
        if (relay::Clock::now() >= limit) {
            cut_ = true;
            break;
        }
        timer.expires_after(drain_poll);
        co_await timer.async_wait(as_result);
    }
    context_.stop();
}

}  // namespace sallyport::program
