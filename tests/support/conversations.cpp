// Many conversations at once through a relay: this program is every client and the target. Each client says its number
// of bytes, the target answers each of them, altered in a known way; both ends half-close. Every byte is compared.
// With --hold-after N all conversations stop once N bytes have come back on each, "holding" is printed, and they go on
// when a line arrives on standard input: so sessions can be counted, and held idle. Exit 1 unless all were exact.
#include <boost/program_options.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>

#include "tests/support/loopback.hpp"

namespace {

using namespace sallyport::support;
using Clock = std::chrono::steady_clock;
namespace po = boost::program_options;

struct Options {
    tcp::endpoint entry, target;
    std::vector<std::uint64_t> sizes;
    std::uint64_t hold_after = 0;
    std::size_t opening = 200;
    std::size_t buffer = 64 * 1024;
    std::chrono::seconds patience{120};
};

class Conversations {
public:
    Conversations(asio::io_context& io, Options options)
        : io_(io), options_(std::move(options)), gate_(io, Clock::time_point::max()), input_(io, ::dup(0)) {}

    /// 0 when every conversation was exact.
    int run();

private:
    struct Conversation {
        Conversation(asio::io_context& io, std::size_t n, std::uint64_t bytes) : socket(io), number(n), size(bytes) {}
        tcp::socket socket;
        std::size_t number;
        std::uint64_t size;
        std::uint64_t said = 0, heard = 0;
        bool over = false;
        std::uint64_t offset() const { return number * 7919; }
    };
    using Shared = std::shared_ptr<Conversation>;  // its reader and its writer both hold it

    awaitable<void> accept();
    awaitable<void> answer(tcp::socket socket);
    awaitable<void> open_some();
    awaitable<bool> say(Shared c, std::uint64_t until);
    awaitable<bool> hear(Shared c, std::uint64_t until);
    awaitable<void> say_rest(Shared c);
    awaitable<void> hear_rest(Shared c);
    awaitable<void> hold();
    void fail(Conversation& c, const std::string& what);
    void finish(Conversation& c);

    asio::io_context& io_;
    Options options_;
    Stream saying_, answering_{Stream::answer_mask};
    Sources sources_;
    asio::steady_timer gate_;
    asio::posix::stream_descriptor input_;
    std::size_t next_ = 0, held_ = 0, done_ = 0, failures_ = 0;
};

awaitable<void> Conversations::accept() {
    tcp::acceptor acceptor(io_, options_.target);
    acceptor.listen(4096);
    for (;;) {
        auto [ec, socket] = co_await acceptor.async_accept(as_result);
        if (ec) {
            std::cerr << "accept: " << ec.message() << '\n';
            co_return;
        }
        asio::co_spawn(io_, answer(std::move(socket)), asio::detached);
    }
}

awaitable<void> Conversations::answer(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    std::vector<std::uint8_t> buffer(options_.buffer);
    for (;;) {
        const auto [ec, size] = co_await socket.async_read_some(asio::buffer(buffer), as_result);
        if (ec == asio::error::eof) break;
        if (ec) co_return reset(socket);
        for (std::size_t i = 0; i < size; ++i) buffer[i] ^= Stream::answer_mask;
        const auto [failed, sent] = co_await asio::async_write(socket, asio::buffer(buffer, size), as_result);
        if (failed) co_return reset(socket);
    }
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

awaitable<void> Conversations::open_some() {
    while (next_ < options_.sizes.size()) {
        const auto number = next_++;
        auto c = std::make_shared<Conversation>(io_, number, options_.sizes[number]);
        if (const auto ec = co_await connect(c->socket, sources_.next(), options_.entry); ec) {
            fail(*c, "connect: " + ec.message());
            continue;
        }
        if (options_.hold_after > 0) {
            const auto first = std::min(options_.hold_after, c->size);
            if (!co_await say(c, first) || !co_await hear(c, first)) continue;
            if (++held_ == options_.sizes.size()) asio::co_spawn(io_, hold(), asio::detached);
        }
        asio::co_spawn(io_, say_rest(c), asio::detached);
        asio::co_spawn(io_, hear_rest(c), asio::detached);
    }
}

awaitable<bool> Conversations::say(Shared c, std::uint64_t until) {
    std::vector<std::uint8_t> buffer(std::min<std::uint64_t>(options_.buffer, until - c->said));
    while (c->said < until) {
        const std::span piece(buffer.data(), std::min<std::uint64_t>(buffer.size(), until - c->said));
        saying_.fill(piece, c->offset() + c->said);
        const auto [ec, size] =
            co_await asio::async_write(c->socket, asio::buffer(piece.data(), piece.size()), as_result);
        c->said += size;
        if (ec) {
            fail(*c, "sending: " + ec.message());
            co_return false;
        }
    }
    co_return true;
}

awaitable<bool> Conversations::hear(Shared c, std::uint64_t until) {
    std::vector<std::uint8_t> buffer(std::min<std::uint64_t>(options_.buffer, until - c->heard + 1));
    while (c->heard < until) {
        const auto [ec, size] = co_await c->socket.async_read_some(asio::buffer(buffer), as_result);
        if (ec) {
            fail(*c, "receiving: " + ec.message());
            co_return false;
        }
        if (c->heard + size > c->size || !answering_.equals({buffer.data(), size}, c->offset() + c->heard)) {
            fail(*c, "altered bytes behind byte " + std::to_string(c->heard));
            co_return false;
        }
        c->heard += size;
    }
    co_return true;
}

awaitable<void> Conversations::say_rest(Shared c) {
    if (options_.hold_after > 0) co_await gate_.async_wait(as_result);
    if (!co_await say(c, c->size)) co_return;
    error_code ignored;  // a reset is the reader's to report
    c->socket.shutdown(tcp::socket::shutdown_send, ignored);
}

awaitable<void> Conversations::hear_rest(Shared c) {
    if (!co_await hear(c, c->size)) co_return;
    std::uint8_t more = 0;
    const auto [ec, size] = co_await c->socket.async_read_some(asio::buffer(&more, 1), as_result);
    if (ec == asio::error::eof) {
        finish(*c);
    } else {
        fail(*c, ec ? "at the end: " + ec.message() : "more bytes than were said");
    }
}

awaitable<void> Conversations::hold() {
    std::cout << "holding" << std::endl;
    std::string line;
    co_await asio::async_read_until(input_, asio::dynamic_buffer(line), '\n', as_result);
    gate_.cancel();
}

void Conversations::fail(Conversation& c, const std::string& what) {
    if (c.over) return;  // its reader and its writer may both fail
    if (++failures_ <= 10) {
        std::cerr << "conversation " << c.number << " of " << c.size << " bytes, " << c.said << " said, " << c.heard
                  << " heard: " << what << '\n';
    }
    finish(c);
}

void Conversations::finish(Conversation& c) {
    c.over = true;
    if (++done_ >= options_.sizes.size()) io_.stop();
}

int Conversations::run() {
    const auto start = Clock::now();
    asio::co_spawn(io_, accept(), asio::detached);
    for (std::size_t i = 0; i < options_.opening; ++i) asio::co_spawn(io_, open_some(), asio::detached);
    io_.run_for(options_.patience);
    const auto unfinished = options_.sizes.size() - std::min(done_, options_.sizes.size());
    std::uint64_t bytes = 0;
    for (const auto size : options_.sizes) bytes += size;
    std::cout << "{\"conversations\":" << options_.sizes.size() << ",\"bytes\":" << bytes << ",\"failed\":" << failures_
              << ",\"unfinished\":" << unfinished
              << ",\"seconds\":" << std::chrono::duration<double>(Clock::now() - start).count() << "}" << std::endl;
    return failures_ + unfinished == 0 ? 0 : 1;
}

Options read_options(int argc, char** argv) {
    Options options;
    unsigned patience = 120;
    std::string entry, target, sizes;
    po::options_description known;
    known.add_options()("entry", po::value(&entry)->required(), "where clients connect")(
        "target", po::value(&target)->required(), "where the target listens")("sizes", po::value(&sizes)->required(),
                                                                              "file of sizes, one a conversation")(
        "hold-after", po::value(&options.hold_after), "bytes")("opening", po::value(&options.opening), "at once")(
        "patience", po::value(&patience), "seconds")("buffer", po::value(&options.buffer), "bytes");
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, known), values);
    po::notify(values);
    options.entry = endpoint_of(entry);
    options.target = endpoint_of(target);
    options.patience = std::chrono::seconds(patience);
    std::ifstream file(sizes);
    for (std::uint64_t size = 0; file >> size;) options.sizes.push_back(size);
    if (options.sizes.empty()) throw std::runtime_error("no sizes in " + sizes);
    return options;
}

}  // namespace

int main(int argc, char** argv) try {
    asio::io_context io(1);
    return Conversations(io, read_options(argc, argv)).run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 64;
}
