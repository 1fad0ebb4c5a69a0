/// One thread: its io_context, its listeners and its sessions. Nothing of it is touched by another thread but through
/// post().
#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "relay/limits.hpp"
#include "relay/session.hpp"

namespace sallyport::relay {

/// Sums over all sessions that there were.
struct Totals {
    std::uint64_t sessions = 0;  // established
    std::uint64_t legacy_sessions = 0;
    std::uint64_t truncated = 0;  // established sessions that did not end by themselves
    std::uint64_t refused = 0;    // handshakes that failed
    std::uint64_t bytes_to_target = 0;
    std::uint64_t bytes_to_client = 0;
    Totals& operator+=(const Totals& other);
};

/// An accepting socket of this worker for one service.
struct Listening {
    Acceptor acceptor;
    std::shared_ptr<const Service> service;
    bool closed = false;
};

class Worker {
public:
    /// `all_sessions` counts those of every worker, up to `most_sessions`; it must outlive this.
    Worker(const Limits& limits, std::atomic<std::size_t>& all_sessions, std::size_t most_sessions);
    ~Worker();

    void start();
    /// Lets the thread end when nothing is left to do.
    void join();

    template <typename Work>
    void post(Work work) {
        asio::post(context_, std::move(work));
    }

    // The rest: on the worker's thread alone.
    void listen(std::shared_ptr<Listening> listening);
    void close(const std::shared_ptr<Listening>& listening);
    void close_all();
    void stop_sessions(error_code why);
    bool stop_session(std::uint64_t id, error_code why);
    std::vector<SessionView> sessions() const;
    const Totals& totals() const { return totals_; }
    std::size_t session_count() const { return sessions_.size(); }
    void end_ticking();

    // For sessions.
    const Limits& limits() const { return limits_; }
    bool has_capacity() const { return all_sessions_ <= most_sessions_; }
    void handshake_began(const tcp::endpoint& peer);
    void handshake_over(const tcp::endpoint& peer);
    /// Whether one more stranger may be kept waiting; give_up_silence() when it is over.
    bool may_keep_silent();
    void give_up_silence() { --silent_; }
    void handshake_failed(const tcp::endpoint& peer);
    /// Each adds itself when it is made, and removes itself when it is destroyed.
    void add(Session& session);
    void remove(const Session& session);
    Totals& mutable_totals() { return totals_; }
    Executor executor() { return context_.get_executor(); }
    asio::io_context& context() { return context_; }

private:
    awaitable<void> accept(std::shared_ptr<Listening> listening);
    awaitable<void> tick();
    void admit(const std::shared_ptr<Listening>& listening, Leg accepted);
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
    Limits limits_;
    std::atomic<std::size_t>& all_sessions_;
    std::size_t most_sessions_;
    std::unordered_map<std::uint64_t, Session*> sessions_;  // each keeps itself alive until it removes itself
    std::vector<std::shared_ptr<Listening>> listening_;
    SteadyTimer ticker_;
    bool ticking_ = true;
    SourceGuard guard_;
    std::size_t silent_ = 0;
    std::size_t half_open_ = 0;
    Totals totals_;
};

}  // namespace sallyport::relay
