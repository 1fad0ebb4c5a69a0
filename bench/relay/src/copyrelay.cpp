/// The floor: a relay that only moves bytes between two plain sockets, by copying them through a buffer or by splicing
/// them through a pipe. No product: no limits, no deadlines, no way to stop it but a signal.
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cerrno>
#include <csignal>
#include <deque>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "socket.hpp"

namespace sallyport::bench {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

struct Options {
    sockaddr_in listen{}, connect{};
    bool splice = false;
};

struct Link;
struct Leg {
    explicit Leg(Link& of) : link(of) {}
    Link& link;
    Descriptor socket;
    bool readable = false, writable = false;
};

enum class Progress { moved, wait, broken };

/// One direction of a link. Edge-triggered: it works until the kernel says that it would block.
class Direction {
public:
    Direction(Leg& from, Leg& to, bool splice) : from_(from), to_(to) {
        if (!splice) return;
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) fail("pipe2");
        pipe_out_ = Descriptor(ends[0]);
        pipe_in_ = Descriptor(ends[1]);
        fcntl(ends[0], F_SETPIPE_SZ, buffer_size);  // where it may not grow, it is merely slower
    }

    bool complete() const { return complete_; }

    Progress move(std::vector<std::uint8_t>& scratch) {
        if (complete_) return Progress::wait;
        return pipe_in_ ? move_by_splice() : move_by_copy(scratch);
    }

private:
    Progress would_block(bool& flag) {
        if (errno != EAGAIN) return Progress::broken;
        flag = false;
        return Progress::wait;
    }

    Progress finish() {
        shutdown(to_.socket.get(), SHUT_WR);
        complete_ = true;
        return Progress::wait;
    }

    Progress move_by_copy(std::vector<std::uint8_t>& scratch) {
        if (!kept_.empty()) return send_kept();
        if (!from_.readable || !to_.writable) return Progress::wait;
        const auto got = recv(from_.socket.get(), scratch.data(), scratch.size(), 0);
        if (got == 0) return finish();
        if (got < 0) return would_block(from_.readable);
        const auto sent = send(to_.socket.get(), scratch.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return Progress::broken;
        if (sent < got) {
            kept_.assign(scratch.begin() + std::max<ssize_t>(sent, 0), scratch.begin() + got);
            kept_sent_ = 0;
        }
        return Progress::moved;
    }

    Progress send_kept() {
        if (!to_.writable) return Progress::wait;
        const auto sent = send(to_.socket.get(), kept_.data() + kept_sent_, kept_.size() - kept_sent_, MSG_NOSIGNAL);
        if (sent < 0) return would_block(to_.writable);
        kept_sent_ += static_cast<std::size_t>(sent);
        if (kept_sent_ == kept_.size()) kept_ = {};  // an idle link holds no buffer
        return Progress::moved;
    }

    Progress move_by_splice() {
        auto progress = Progress::wait;
        if (from_.readable && !ended_ && in_pipe_ < buffer_size) {
            const auto got = splice(from_.socket.get(), nullptr, pipe_in_.get(), nullptr, buffer_size - in_pipe_,
                                    SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
            if (got < 0 && errno != EAGAIN) return Progress::broken;
            if (got < 0 && in_pipe_ == 0) from_.readable = false;  // otherwise the pipe may be what is full
            if (got == 0) ended_ = true;
            if (got > 0) {
                in_pipe_ += static_cast<std::size_t>(got);
                progress = Progress::moved;
            }
        }
        if (in_pipe_ > 0 && to_.writable) {
            const auto put = splice(pipe_out_.get(), nullptr, to_.socket.get(), nullptr, in_pipe_,
                                    SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
            if (put < 0) return would_block(to_.writable);
            in_pipe_ -= static_cast<std::size_t>(put);
            progress = Progress::moved;
        }
        return ended_ && in_pipe_ == 0 ? finish() : progress;
    }

    Leg &from_, &to_;
    bool complete_ = false;
    std::vector<std::uint8_t> kept_;  // read, and not yet sent
    std::size_t kept_sent_ = 0;
    Descriptor pipe_in_, pipe_out_;
    std::size_t in_pipe_ = 0;
    bool ended_ = false;
};

struct Link {
    explicit Link(bool splice) : out(accepted, connected, splice), in(connected, accepted, splice) {}
    Leg accepted{*this}, connected{*this};
    Direction out, in;
    bool queued = false;
};

/// One thread with a listener of its own.
class Worker {
public:
    explicit Worker(const Options& options)
        : options_(options), listener_(listen_at(options.listen)), scratch_(buffer_size) {
        poller_.add(listener_, EPOLLIN, nullptr);
    }

    void run() {
        while (true) {
            for (const auto& event : poller_.wait(std::chrono::seconds(ready_.empty() ? 3600 : 0))) {
                auto* leg = static_cast<Leg*>(event.data.ptr);
                if (leg == nullptr) {
                    accept_all();
                    continue;
                }
                if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) leg->readable = true;
                if ((event.events & ~static_cast<std::uint32_t>(EPOLLIN)) != 0) leg->writable = true;
                queue(leg->link);
            }
            for (auto rounds = ready_.size(); rounds > 0; --rounds) {
                auto* link = ready_.front();
                ready_.pop_front();
                serve(*link);
            }
        }
    }

private:
    void accept_all() {
        while (Descriptor accepted = accept_from(listener_)) {
            Descriptor socket = open_socket();
            if (!socket || !begin_connect(socket, options_.connect)) continue;
            auto* link = new Link(options_.splice);  // serve deletes it, when both directions are complete
            link->accepted.socket = std::move(accepted);
            link->connected.socket = std::move(socket);
            for (auto* leg : {&link->accepted, &link->connected}) {
                poller_.add(leg->socket, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, leg);
            }
        }
    }

    void queue(Link& link) {
        if (!std::exchange(link.queued, true)) ready_.push_back(&link);
    }

    void serve(Link& link) {
        link.queued = false;
        const auto out = link.out.move(scratch_), in = link.in.move(scratch_);
        const bool broken = out == Progress::broken || in == Progress::broken;
        // Both legs of a batch of events may be of one link; it is served once, after the batch.
        if (broken || (link.out.complete() && link.in.complete())) {
            delete &link;
        } else if (out == Progress::moved || in == Progress::moved) {
            queue(link);
        }
    }

    const Options& options_;
    Descriptor listener_;
    Poller poller_;
    std::vector<std::uint8_t> scratch_;
    std::deque<Link*> ready_;
};

void run(int argc, char** argv) {
    namespace po = boost::program_options;
    std::string listen, connect, by;
    unsigned threads = 1;
    po::options_description known("copyrelay");
    auto add = known.add_options();
    add("listen", po::value(&listen)->required(), "address to listen on");
    add("connect", po::value(&connect)->required(), "address to relay to");
    add("by", po::value(&by)->default_value("copy"), "copy or splice");
    add("threads", po::value(&threads)->default_value(1), "one listener each");
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, known), values);
    po::notify(values);

    const Options options{parse_address(listen), parse_address(connect), by == "splice"};
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);  // splice cannot be told MSG_NOSIGNAL
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::jthread> running;
    for (unsigned i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>(options));
    for (const auto& worker : workers) running.emplace_back([&worker = *worker] { worker.run(); });
}

}  // namespace
}  // namespace sallyport::bench

int main(int argc, char** argv) {
    try {
        sallyport::bench::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
