/// The threads of a relay and what they serve: one worker a core, each with its own listening socket for every service.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/worker.hpp"

namespace sallyport::relay {

/// A service that is being listened for, on all workers.
class Listener {
public:
    const Service& service() const { return *service_; }
    const std::vector<tcp::endpoint>& endpoints() const { return endpoints_; }

private:
    friend class Server;
    std::shared_ptr<const Service> service_;
    std::vector<tcp::endpoint> endpoints_;
    std::vector<std::vector<std::shared_ptr<Listening>>> by_worker_;
};

/// Called from one thread, the program's main one; what it asks of workers it waits for.
class Server {
public:
    /// `threads` 0: one a core. Raises the limit of descriptors and derives the most sessions from it.
    Server(Limits limits, unsigned threads);
    ~Server();

    std::size_t threads() const { return workers_.size(); }
    std::size_t most_sessions() const { return most_sessions_; }

    /// Listens at `address` (empty: every address, IPv6 and IPv4). On an error nothing listens.
    Result<std::unique_ptr<Listener>> listen(std::shared_ptr<const Service> service, const std::string& address,
                                             std::uint16_t port);
    /// Accepts no more; sessions live on.
    void close(Listener& listener);

    std::vector<SessionView> sessions();
    std::size_t session_count();
    Totals totals();
    /// False when there is no such session.
    bool stop_session(std::uint64_t id, error_code why);
    void stop_sessions(error_code why);
    /// Ends the threads. Sessions that are left are reset.
    void join();

private:
    /// Runs `ask` on each worker's thread and collects the answers.
    template <typename Answer>
    std::vector<Answer> ask_all(const std::function<Answer(Worker&)>& ask);

    std::size_t most_sessions_;
    std::atomic<std::size_t> all_sessions_ = 0;
    std::vector<std::unique_ptr<Worker>> workers_;
    bool joined_ = false;
};

}  // namespace sallyport::relay
