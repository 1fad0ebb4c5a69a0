/// Lets one coroutine wait for another on the same thread.
#pragma once

#include "relay/io.hpp"

namespace sallyport::relay {

/// One waiter at a time. A raise that nobody waits for is kept for the next wait.
class Signal {
public:
    explicit Signal(const Executor& executor) : timer_(executor, Clock::time_point::max()) {}

    void raise() {
        raised_ = true;
        timer_.cancel_one();
    }

    awaitable<void> wait() {
        while (!raised_) co_await timer_.async_wait(as_result);
        raised_ = false;
    }

private:
    SteadyTimer timer_;  // never expires: waiting is being cancelled
    bool raised_ = false;
};

}  // namespace sallyport::relay
