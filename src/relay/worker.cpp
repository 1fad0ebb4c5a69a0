#include "relay/worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "relay/stream_session.hpp"

namespace sallyport::relay {
namespace {

using namespace std::chrono_literals;

/// 18.5: without descriptors, accepting pauses and tries again; it never spins.
constexpr auto accept_pause = 100ms;
/// Connections taken in a row before the thread's sessions get their turn.
constexpr int accept_batch = 16;

/// Session numbers are unique in the program.
std::atomic<std::uint64_t> next_id{1};

}  // namespace

Totals& Totals::operator+=(const Totals& other) {
    sessions += other.sessions;
    legacy_sessions += other.legacy_sessions;
    truncated += other.truncated;
    refused += other.refused;
    bytes_to_target += other.bytes_to_target;
    bytes_to_client += other.bytes_to_client;
    return *this;
}

Worker::Worker(const Limits& limits, std::atomic<std::size_t>& all_sessions, std::size_t most_sessions)
    : work_(asio::make_work_guard(context_)),
      limits_(limits),
      all_sessions_(all_sessions),
      most_sessions_(most_sessions),
      ticker_(context_),
      guard_(limits.failures_per_second, limits.failure_burst) {}

Worker::~Worker() { join(); }

void Worker::start() {
    asio::co_spawn(context_, tick(), asio::detached);  // ends by end_ticking(); nothing in it fails
    thread_ = std::thread([this] { context_.run(); });
}

void Worker::join() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
}

awaitable<void> Worker::tick() {
    while (ticking_ || !sessions_.empty()) {  // the last sessions need their deadlines
        ticker_.expires_after(1s);
        co_await ticker_.async_wait(as_result);
        const auto now = Clock::now();
        std::vector<std::shared_ptr<Session>> all;  // a session may end, and remove itself, in its own tick
        all.reserve(sessions_.size());
        for (const auto& [id, session] : sessions_) all.push_back(session->shared_from_this());
        for (const auto& session : all) session->tick(now);
    }
}

void Worker::end_ticking() {
    ticking_ = false;
    ticker_.cancel();
}

void Worker::listen(std::shared_ptr<Listening> listening) {
    listening_.push_back(listening);
    asio::co_spawn(context_, accept(std::move(listening)), asio::detached);  // its errors are handled where they occur
}

void Worker::close(const std::shared_ptr<Listening>& listening) {
    listening->closed = true;
    error_code ignored;  // closing releases the socket whatever it says
    listening->acceptor.close(ignored);
    std::erase(listening_, listening);
}

void Worker::close_all() {
    while (!listening_.empty()) close(std::shared_ptr(listening_.back()));
}

awaitable<void> Worker::accept(std::shared_ptr<Listening> listening) {
    SteadyTimer pause(context_);
    while (!listening->closed) {
        tcp::endpoint peer;
        auto [error, socket] = co_await listening->acceptor.async_accept(peer, as_result);
        if (listening->closed) co_return;
        for (int taken = 1; !error; ++taken) {
            admit(listening, Leg(std::move(socket), peer));
            if (taken == accept_batch) break;
            socket = listening->acceptor.accept(peer, error);
        }
        if (!error || error == asio::error::would_block || error == asio::error::connection_aborted) continue;
        log::write(message::accept_paused, "entry {}: cannot accept: {}; trying again", listening->service->entry,
                   error.message());
        pause.expires_after(accept_pause);
        co_await pause.async_wait(as_result);
    }
}

void Worker::admit(const std::shared_ptr<Listening>& listening, Leg accepted) {
    const auto& peer = accepted.peer();
    const bool host = listening->service->side == Service::Side::host;
    // Three quarters for one source: an honest burst fits in, and nobody can lock out everybody else.
    const bool crowded = half_open_ >= limits_.half_open ||
                         guard_.unfinished(peer.address()) >= std::max<std::size_t>(1, limits_.half_open * 3 / 4);
    if (host && (crowded || !guard_.may_connect(peer.address(), Clock::now()))) {
        log::write(message::source_refused, "entry {}: too many failed or unfinished handshakes; closed {} unread",
                   listening->service->entry, to_text(peer));
        accepted.close();
        return;
    }
    const auto& make = listening->service->make_session;
    std::shared_ptr<Session> session;
    if (make) {
        session = make(*this, next_id++, listening->service, std::move(accepted));
    } else {
        session = std::make_shared<StreamSession>(*this, next_id++, listening->service, std::move(accepted));
    }
    session->start();
}

void Worker::add(Session& session) {
    sessions_.emplace(session.id(), &session);
    ++all_sessions_;
}

void Worker::remove(const Session& session) { all_sessions_ -= sessions_.erase(session.id()); }

void Worker::handshake_began(const tcp::endpoint& peer) {
    ++half_open_;
    guard_.began(peer.address());
}

void Worker::handshake_over(const tcp::endpoint& peer) {
    --half_open_;
    guard_.over(peer.address());
}

bool Worker::may_keep_silent() {
    if (silent_ >= limits_.silent) return false;
    ++silent_;
    return true;
}

void Worker::handshake_failed(const tcp::endpoint& peer) { guard_.failed(peer.address(), Clock::now()); }

void Worker::stop_sessions(error_code why) {
    std::vector<std::shared_ptr<Session>> all;
    for (const auto& [id, session] : sessions_) all.push_back(session->shared_from_this());
    for (const auto& session : all) session->stop(why);
}

bool Worker::stop_session(std::uint64_t id, error_code why) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return false;
    found->second->shared_from_this()->stop(why);
    return true;
}

std::vector<SessionView> Worker::sessions() const {
    std::vector<SessionView> views;
    views.reserve(sessions_.size());
    for (const auto& [id, session] : sessions_) views.push_back(session->view());
    return views;
}

}  // namespace sallyport::relay
