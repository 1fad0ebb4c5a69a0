#include "relay/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <future>

namespace sallyport::relay {
namespace {

/// Descriptors that sessions leave alone: listeners, logs, the control socket, what the libraries open.
constexpr std::size_t reserved_descriptors = 128;
constexpr int backlog = 16384;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// Without `shared` the bind fails when anybody listens there, also a second instance of ours.
error_code bind(Acceptor& acceptor, const tcp::endpoint& endpoint, bool shared) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(boost::asio::ip::v6_only(true), error);
    if (!error && shared) acceptor.set_option(ReusePort(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error && shared) prepare_for_legs(acceptor);
    if (!error && shared) acceptor.listen(backlog, error);
    if (!error) acceptor.non_blocking(true, error);
    return error;
}

}  // namespace

Server::Server(Limits limits, unsigned threads) {
    const auto descriptors = raise_descriptor_limit();
    const auto affordable = descriptors > reserved_descriptors ? (descriptors - reserved_descriptors) / 2 : 1;
    most_sessions_ = limits.sessions == 0 ? affordable : std::min(limits.sessions, affordable);
    const unsigned count = threads != 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
    limits.half_open = std::max<std::size_t>(1, limits.half_open / count);
    limits.silent = std::max<std::size_t>(1, limits.silent / count);
    limits.failures_per_second /= count;
    limits.failure_burst = std::max(1.0, limits.failure_burst / count);
    for (unsigned i = 0; i < count; ++i) {
        workers_.push_back(std::make_unique<Worker>(limits, all_sessions_, most_sessions_));
    }
    for (auto& worker : workers_) worker->start();
}

Server::~Server() { join(); }

template <typename Answer>
std::vector<Answer> Server::ask_all(const std::function<Answer(Worker&)>& ask) {
    std::vector<std::future<Answer>> asked;
    for (auto& worker : workers_) {
        std::packaged_task<Answer()> task([&ask, &worker] { return ask(*worker); });
        asked.push_back(task.get_future());
        worker->post([shared = std::make_shared<std::packaged_task<Answer()>>(std::move(task))] { (*shared)(); });
    }
    std::vector<Answer> answers;
    for (auto& one : asked) answers.push_back(one.get());
    return answers;
}

Result<std::unique_ptr<Listener>> Server::listen(std::shared_ptr<const Service> service, const std::string& address,
                                                 std::uint16_t port) {
    auto listener = std::make_unique<Listener>();
    listener->service_ = std::move(service);
    listener->by_worker_.resize(workers_.size());
    std::vector<tcp::endpoint> wanted;
    const bool every = address.empty() || address == "::";
    if (every) {
        wanted = {{tcp::v4(), port}, {tcp::v6(), port}};
    } else {
        error_code error;
        wanted = {{asio::ip::make_address(address, error), port}};
        if (error) return error;
    }
    for (const auto& endpoint : wanted) {
        std::vector<std::shared_ptr<Listening>> here;
        error_code error;
        {
            Acceptor probe(workers_.front()->context());
            error = bind(probe, endpoint, false);
        }
        for (auto& worker : workers_) {
            if (error) break;
            here.push_back(std::make_shared<Listening>(Listening{Acceptor(worker->context()), listener->service_}));
            error = bind(here.back()->acceptor, endpoint, true);
        }
        // A machine may have no IPv6 at all; "every address" is then IPv4 alone.
        if (error && every && endpoint.address().is_v6() && error != asio::error::address_in_use) continue;
        if (error) return error;
        listener->endpoints_.push_back(endpoint);
        for (std::size_t i = 0; i < workers_.size(); ++i) listener->by_worker_[i].push_back(here[i]);
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->post([worker = workers_[i].get(), all = listener->by_worker_[i]] {
            for (const auto& one : all) worker->listen(one);
        });
    }
    return listener;
}

void Server::close(Listener& listener) {
    std::vector<std::future<void>> closed;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        auto done = std::make_shared<std::promise<void>>();
        closed.push_back(done->get_future());
        workers_[i]->post([worker = workers_[i].get(), all = std::move(listener.by_worker_[i]), done] {
            for (const auto& one : all) worker->close(one);
            done->set_value();
        });
    }
    for (auto& one : closed) one.get();
}

std::vector<SessionView> Server::sessions() {
    std::vector<SessionView> all;
    for (auto& views : ask_all<std::vector<SessionView>>([](Worker& worker) { return worker.sessions(); })) {
        all.insert(all.end(), std::make_move_iterator(views.begin()), std::make_move_iterator(views.end()));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return all;
}

std::size_t Server::session_count() {
    std::size_t sum = 0;
    for (const auto count : ask_all<std::size_t>([](Worker& worker) { return worker.session_count(); })) sum += count;
    return sum;
}

Totals Server::totals() {
    Totals sum;
    for (const auto& totals : ask_all<Totals>([](Worker& worker) { return worker.totals(); })) sum += totals;
    return sum;
}

bool Server::stop_session(std::uint64_t id, error_code why) {
    const auto stopped = ask_all<int>([&](Worker& worker) { return worker.stop_session(id, why) ? 1 : 0; });
    return std::find(stopped.begin(), stopped.end(), 1) != stopped.end();
}

void Server::stop_sessions(error_code why) {
    ask_all<int>([&](Worker& worker) {
        worker.stop_sessions(why);
        return 0;
    });
}

void Server::join() {
    if (std::exchange(joined_, true)) return;
    ask_all<int>([](Worker& worker) {
        worker.stop_sessions(SessionError::going_down);
        worker.close_all();
        worker.end_ticking();
        return 0;
    });
    for (auto& worker : workers_) worker->join();
}

}  // namespace sallyport::relay
