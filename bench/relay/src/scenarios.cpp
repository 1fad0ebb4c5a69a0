/// What each scenario does with the client's connections.
#include <algorithm>
#include <cstring>

#include "client.hpp"

namespace sallyport::bench {
namespace {

/// A request with its header, at least the header long; the same for all connections.
std::vector<std::uint8_t> make_request(std::uint32_t request, std::uint32_t response) {
    std::vector<std::uint8_t> bytes(std::max<std::size_t>(request, sizeof(Header)), 'q');
    const Header header{Kind::request, static_cast<std::uint32_t>(bytes.size() - sizeof(Header)), response, 0};
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

/// Data for ever, in one direction or both.
class Bulk final : public Client {
public:
    using Client::Client;

private:
    static constexpr int calls_a_turn = 4;

    void on_open(Connection& connection) override {
        const Header header{kind(), 0, 0, 0};
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&header);
        if (connection.stream.write({bytes, sizeof header}).bytes != sizeof header) return fail(connection, "header");
        ++counters_.ready;
        await(connection, options_.flow == Flow::down ? EPOLLIN : EPOLLIN | EPOLLOUT);
    }

    Kind kind() const {
        switch (options_.flow) {
            case Flow::up:
                return Kind::up;
            case Flow::down:
                return Kind::down;
            case Flow::both:
                break;
        }
        return Kind::both;
    }

    void on_ready(Connection& connection, std::uint32_t events) override {
        if ((events & EPOLLOUT) != 0 && !send_some(connection)) return fail(connection, "broken while sending");
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
        if (!receive_some(connection)) fail(connection, "broken while receiving");
    }

    bool send_some(Connection& connection) {
        for (int i = 0; i < calls_a_turn; ++i) {
            const auto sent = connection.stream.write(std::span(buffer_).first(chunk_size));
            if (sent.outcome != Outcome::moved) return sent.outcome == Outcome::wait;
        }
        return true;
    }

    bool receive_some(Connection& connection) {
        for (int i = 0; i < 2 * calls_a_turn || connection.stream.has_pending(); ++i) {
            const auto received = connection.stream.discard(buffer_);
            if (received.outcome != Outcome::moved) return received.outcome == Outcome::wait;
            counters_.down += received.bytes;
        }
        return true;
    }
};

/// Requests and answers; the first one goes out as soon as a connection is open.
class Exchanges : public Client {
public:
    Exchanges(const Options& options, Counters& counters)
        : Client(options, counters), request_(make_request(options.request, options.response)) {}

protected:
    virtual void on_answer(Connection& connection) = 0;

    void begin(Connection& connection, std::span<const std::uint8_t> request, std::uint64_t response) {
        connection.to_send = request;
        connection.to_receive = response;
        connection.busy = true;
        send(connection);
    }
    void begin(Connection& connection, Clock::time_point since) {
        connection.since = since;
        begin(connection, request_, options_.response);
    }

private:
    void on_open(Connection& connection) override { begin(connection, request_, options_.response); }

    void send(Connection& connection) {
        while (!connection.to_send.empty()) {
            const auto sent = connection.stream.write(connection.to_send);
            if (sent.outcome == Outcome::wait) return await(connection, EPOLLIN | EPOLLOUT);
            if (sent.outcome == Outcome::over) return fail(connection, "broken while sending");
            connection.to_send = connection.to_send.subspan(sent.bytes);
        }
        await(connection, EPOLLIN);
    }

    void on_ready(Connection& connection, std::uint32_t events) override {
        if ((events & EPOLLOUT) != 0) send(connection);
        while (connection.phase == Connection::Phase::open) {
            const auto received = connection.stream.read(buffer_);
            if (received.outcome == Outcome::wait) return;
            if (received.outcome == Outcome::over) {
                return fail(connection, connection.busy ? "ended before its answer" : "ended while idle");
            }
            connection.to_receive -= std::min<std::uint64_t>(connection.to_receive, received.bytes);
            if (!connection.busy || connection.to_receive > 0) continue;
            connection.busy = false;
            on_answer(connection);
            connection.answered = true;
            return;
        }
    }

    std::vector<std::uint8_t> request_;
};

/// Connect, one exchange, close, again: measured from the connect.
class Rate final : public Exchanges {
public:
    using Exchanges::Exchanges;

private:
    bool reopens() const override { return true; }
    void on_answer(Connection& connection) override {
        record(connection);
        close(connection);
    }
};

/// Each connection sends again when it has its answer.
class ClosedLoop final : public Exchanges {
public:
    using Exchanges::Exchanges;

private:
    void on_answer(Connection& connection) override {
        if (!connection.answered) ++counters_.ready;
        record(connection);
        begin(connection, Clock::now());
    }
};

/// Requests at fixed times, over all connections in turn. Latency counts from the intended time, so that a relay that
/// stalls cannot hide the requests it delayed.
class Paced final : public Exchanges {
public:
    Paced(const Options& options, Counters& counters)
        : Exchanges(options, counters), gap_(std::chrono::duration_cast<Clock::duration>(Seconds(1 / options.paced))) {}

private:
    std::chrono::nanoseconds on_turn() override {
        if (counters_.wanted == 0 || !all_answered()) return Exchanges::on_turn();
        if (next_ == Clock::time_point{}) next_ = Clock::now();
        for (const auto now = Clock::now(); next_ <= now; next_ += gap_) {
            auto& connection = *connections_[turn_++ % connections_.size()];
            if (connection.phase != Connection::Phase::open) continue;
            if (connection.busy) {
                connection.overdue.push_back(next_);
            } else {
                begin(connection, next_);
            }
        }
        return std::max<Clock::duration>(next_ - Clock::now(), {});
    }

    void on_answer(Connection& connection) override {
        if (connection.answered)
            record(connection);
        else
            ++counters_.ready;
        if (connection.overdue.empty()) return;
        const auto since = connection.overdue.front();
        connection.overdue.pop_front();
        begin(connection, since);
    }

    Clock::duration gap_;
    Clock::time_point next_{};
    std::size_t turn_ = 0;
};

/// All connections at once, one exchange each.
class Burst final : public Exchanges {
public:
    using Exchanges::Exchanges;

private:
    std::size_t most_under_way() const override { return options_.connections; }
    void on_answer(Connection& connection) override {
        record(connection);
        ++counters_.ready;
    }
};

/// Connections that are held open; now and then a wave of traffic over each.
class Hold final : public Exchanges {
public:
    using Exchanges::Exchanges;

private:
    static constexpr std::uint32_t wave_bytes = 64 * 1024;  // each way
    static constexpr std::size_t busy_at_once = 32;         // a few at a time, as in real use

    std::size_t most_under_way() const override { return busy_at_once; }

    std::chrono::nanoseconds on_turn() override {
        if (wave_ != counters_.wave) {
            wave_ = counters_.wave;
            sent_ = 0;
        }
        while (wave_ != 0 && sent_ < connections_.size() && sent_ < counters_.exchanged + busy_at_once) {
            auto& connection = *connections_[sent_++];
            if (connection.phase == Connection::Phase::open) {
                begin(connection, large_, wave_bytes);
            } else {
                ++counters_.exchanged;
            }
        }
        return std::chrono::milliseconds(2);
    }

    void on_answer(Connection& connection) override { ++(connection.answered ? counters_.exchanged : counters_.ready); }

    std::vector<std::uint8_t> large_ = make_request(wave_bytes, wave_bytes);
    unsigned wave_ = 0;
    std::size_t sent_ = 0;
};

}  // namespace

std::unique_ptr<Client> make_client(const Options& options, Counters& counters) {
    switch (options.scenario) {
        case Scenario::bulk:
            return std::make_unique<Bulk>(options, counters);
        case Scenario::rate:
            return std::make_unique<Rate>(options, counters);
        case Scenario::burst:
            return std::make_unique<Burst>(options, counters);
        case Scenario::hold:
            return std::make_unique<Hold>(options, counters);
        case Scenario::latency:
            break;
    }
    if (options.paced > 0) return std::make_unique<Paced>(options, counters);
    return std::make_unique<ClosedLoop>(options, counters);
}

}  // namespace sallyport::bench
