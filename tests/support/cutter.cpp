// Cuts the secure leg at every byte. This program is the client, the target, and a proxy between the two programs under
// test. The conversation: the client says its bytes and half-closes; the target has them all and their end, answers and
// half-closes. Whoever receives must see every byte and FIN, or RST: never fewer bytes and FIN, never silence. Without
// a cut both must see every byte and FIN.
//
// Many conversations run side by side, and nothing tells which connection of the proxy belongs to which client. The
// rule holds for each receiver whatever the position was, so that is not needed; only near the end of the stream, where
// a cut may or may not come before the natural end, they run one by one. A position is done when N bytes really passed.
#include <boost/program_options.hpp>
#include <chrono>
#include <iostream>

#include "tests/support/cutting_proxy.hpp"

namespace {

using namespace sallyport::support;
using Clock = std::chrono::steady_clock;
namespace po = boost::program_options;

struct Options {
    tcp::endpoint proxy, server, entry, target;
    Direction direction = Direction::up;
    How how = How::either;
    std::uint64_t from = 0, to = UINT64_MAX, step = 1, transfer = 64 * 1024, answer = 16;
    std::size_t parallel = 32;
    std::chrono::seconds patience{15};
};

/// What the receivers at one end saw.
struct Tally {
    const char* who;
    std::uint64_t size;  // what they should receive
    std::uint64_t whole = 0, reset = 0;
};

class Cutter {
public:
    Cutter(asio::io_context& io, const Options& options);
    awaitable<void> run();
    /// 0 when nothing was short and clean, and every position was reached.
    int report() const;

private:
    awaitable<void> accept_targets();
    awaitable<void> serve_target(tcp::socket socket);
    awaitable<Seen> converse();
    awaitable<Seen> read_to_end(tcp::socket& socket, const Stream& expected, std::uint64_t whole);
    awaitable<void> run_lane();
    awaitable<void> run_parallel();
    awaitable<void> run_one(std::optional<std::uint64_t> position);
    awaitable<void> wait_for_connections();
    void judge(Tally& tally, const Seen& seen);
    bool hopeless() const { return violations_ > 100 || conversations_ > allowed_; }

    asio::io_context& io_;
    Options options_;
    CuttingProxy proxy_;
    Stream saying_, answering_{Stream::answer_mask};
    Sources sources_;
    Tally target_, client_;
    Seen last_target_;
    std::size_t lanes_ = 0;
    std::uint64_t violations_ = 0, conversations_ = 0, allowed_ = 100, shortest_ = UINT64_MAX, longest_ = 0;
    Clock::time_point started_ = Clock::now();
};

Cutter::Cutter(asio::io_context& io, const Options& options)
    : io_(io),
      options_(options),
      proxy_(io, options.proxy, options.server, options.direction, options.how),
      target_{"target", options.direction == Direction::up ? options.transfer : options.answer},
      client_{"client", options.direction == Direction::up ? options.answer : options.transfer} {}

awaitable<Seen> Cutter::read_to_end(tcp::socket& socket, const Stream& expected, std::uint64_t whole) {
    Seen seen;
    bool late = false;
    asio::steady_timer patience(io_, options_.patience);
    patience.async_wait([&](error_code ec) {
        late = !ec;
        if (late) socket.cancel(ec);
    });
    std::vector<std::uint8_t> buffer(64 * 1024);
    for (;;) {
        const auto [ec, size] = co_await socket.async_read_some(asio::buffer(buffer), as_result);
        if (ec) {
            seen.end = ec == asio::error::eof ? End::fin : late ? End::timeout : End::rst;
            break;
        }
        const bool exact = seen.bytes + size <= whole && expected.equals({buffer.data(), size}, seen.bytes);
        seen.bytes += size;
        if (!exact) {
            seen.end = End::altered;
            break;
        }
    }
    patience.cancel();
    co_await asio::post(io_, asio::use_awaitable);  // lets the timer's handler run while what it refers to lives
    co_return seen;
}

void Cutter::judge(Tally& tally, const Seen& seen) {
    if (seen.end == End::fin && seen.bytes == tally.size) {
        ++tally.whole;
    } else if (seen.end == End::rst) {
        ++tally.reset;
    } else if (++violations_ <= 10) {
        std::cout << "VIOLATION: the " << tally.who << " saw " << seen.bytes << " of " << tally.size << " bytes and "
                  << text_of(seen.end) << "; connections were being cut at:";
        for (const auto position : proxy_.cutting()) std::cout << ' ' << position;
        std::cout << std::endl;
    }
}

awaitable<void> Cutter::accept_targets() {
    tcp::acceptor acceptor(io_, options_.target);
    acceptor.listen(4096);
    for (;;) {
        auto [ec, socket] = co_await acceptor.async_accept(as_result);
        if (!ec) asio::co_spawn(io_, serve_target(std::move(socket)), asio::detached);
    }
}

awaitable<void> Cutter::serve_target(tcp::socket socket) {
    const auto seen = co_await read_to_end(socket, saying_, target_.size);
    judge(target_, seen);
    last_target_ = seen;
    if (seen.end != End::fin) co_return reset(socket);
    std::vector<std::uint8_t> answer(client_.size);
    answering_.fill(answer, 0);
    co_await asio::async_write(socket, asio::buffer(answer), as_result);
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

/// One conversation, as its client sees it end.
awaitable<Seen> Cutter::converse() {
    ++conversations_;
    tcp::socket socket(io_);
    if (const auto ec = co_await connect(socket, sources_.next(), options_.entry); ec) {
        co_return Seen{0, ec == asio::error::connection_reset ? End::rst : End::timeout};
    }
    std::vector<std::uint8_t> words(target_.size);
    saying_.fill(words, 0);
    // Reading may wait until all is said: the target answers nothing before it has everything. Only a reset ends the
    // saying early; the system reports it once, here.
    const auto [refused, said] = co_await asio::async_write(socket, asio::buffer(words), as_result);
    if (refused) co_return Seen{0, End::rst};
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    const auto seen = co_await read_to_end(socket, answering_, client_.size);
    reset(socket);  // leaves no port in TIME_WAIT
    co_return seen;
}

awaitable<void> Cutter::run_lane() {
    while (proxy_.positions_wait() && !hopeless()) judge(client_, co_await converse());
    --lanes_;
}

awaitable<void> Cutter::wait_for_connections() {
    asio::steady_timer timer(io_);
    while (proxy_.connections() > 0 || lanes_ > 0) {
        timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(as_result);
    }
}

awaitable<void> Cutter::run_parallel() {
    while (proxy_.positions_wait() && !hopeless()) {
        lanes_ = std::min(options_.parallel, proxy_.waiting());
        for (std::size_t i = lanes_; i > 0; --i) asio::co_spawn(io_, run_lane(), asio::detached);
        co_await wait_for_connections();
    }
}

/// One conversation alone: cut at a position, or not at all; then it must be whole at both ends.
awaitable<void> Cutter::run_one(std::optional<std::uint64_t> position) {
    if (position) proxy_.add(*position);
    last_target_ = {};
    const auto seen = co_await converse();
    co_await wait_for_connections();
    proxy_.forget();  // the position may lie behind the end of this stream
    judge(client_, seen);
    if (proxy_.last_was_cut()) co_return;
    const bool whole = seen.end == End::fin && seen.bytes == client_.size && last_target_.end == End::fin &&
                       last_target_.bytes == target_.size;
    shortest_ = std::min(shortest_, proxy_.last_passed());
    longest_ = std::max(longest_, proxy_.last_passed());
    if (whole) co_return;
    ++violations_;
    std::cout << "VIOLATION: nothing was cut, and yet the target saw " << last_target_.bytes << " of " << target_.size
              << " bytes and " << text_of(last_target_.end) << ", the client " << seen.bytes << " of " << client_.size
              << " and " << text_of(seen.end) << std::endl;
}

awaitable<void> Cutter::run() {
    asio::co_spawn(io_, accept_targets(), asio::detached);
    asio::co_spawn(io_, proxy_.run(), asio::detached);
    // Uncut conversations tell the length of the stream; it differs a little where certificates and tickets are in it.
    for (int i = 0; i < 4 && !hopeless(); ++i) co_await run_one({});
    const auto tail = shortest_ > 48 ? shortest_ - 48 : 0;
    auto n = options_.from;
    for (; n < std::min(tail, options_.to) && violations_ == 0; n += options_.step) proxy_.add(n);
    allowed_ = 3 * proxy_.waiting() + 1000;
    co_await run_parallel();
    const auto behind = std::min(longest_ + 16, options_.to);
    for (; n < behind && !hopeless(); n += options_.step) co_await run_one(n);
    io_.stop();
}

int Cutter::report() const {
    const auto seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    const auto missed = proxy_.missed().size() + proxy_.waiting();
    std::cout << (options_.direction == Direction::up ? "up: " : "down: ") << shortest_ << " to " << longest_
              << " bytes on the wire, " << proxy_.done() << " cuts in " << seconds << " s";
    for (const auto* tally : {&client_, &target_}) {
        std::cout << "; " << tally->who << ' ' << tally->whole << " whole, " << tally->reset << " reset";
    }
    std::cout << "; " << missed << " positions not reached; " << violations_ << " violations" << std::endl;
    if (!proxy_.missed().empty()) std::cout << "first not reached: " << *proxy_.missed().begin() << std::endl;
    return violations_ == 0 && missed == 0 && proxy_.done() > 0 ? 0 : 1;
}

Options read_options(int argc, char** argv) {
    Options options;
    std::string proxy, server, entry, target, direction, how = "either";
    po::options_description known;
    known.add_options()("listen-proxy", po::value(&proxy)->required(), "where the proxy on the secure leg listens")(
        "server", po::value(&server)->required(), "where the daemon listens")("entry", po::value(&entry)->required(),
                                                                              "where the workstation listens")(
        "target", po::value(&target)->required(), "where the target listens")(
        "direction", po::value(&direction)->required(), "up or down")(
        "from", po::value(&options.from), "first position")("to", po::value(&options.to), "behind the last position")(
        "step", po::value(&options.step), "between positions")(
        "how", po::value(&how), "rst, fin or either (the default)")("parallel", po::value(&options.parallel),
                                                                    "conversations at once");
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, known), values);
    po::notify(values);
    options.proxy = endpoint_of(proxy);
    options.server = endpoint_of(server);
    options.entry = endpoint_of(entry);
    options.target = endpoint_of(target);
    if (direction != "up" && direction != "down") throw std::runtime_error("--direction is up or down");
    if (options.step == 0) throw std::runtime_error("--step is at least 1");
    options.direction = direction == "up" ? Direction::up : Direction::down;
    options.how = how == "rst" ? How::rst : how == "fin" ? How::fin : How::either;
    return options;
}

}  // namespace

int main(int argc, char** argv) try {
    asio::io_context io(1);
    Cutter cutter(io, read_options(argc, argv));
    asio::co_spawn(io, cutter.run(), asio::detached);
    io.run();
    return cutter.report();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 64;
}
