#include "tests/relay/transfer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "relay/worker.hpp"

namespace sallyport::relay::tests {
namespace {

tcp::endpoint endpoint_of(const HostPort& target) { return {asio::ip::make_address(target.host), target.port}; }

class TransferSession final : public Session, private StreamOwner {
public:
    TransferSession(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service, Leg accepted,
                    TransferOptions options, Reports& events)
        : Session(worker, id, std::move(service)),
          options_(std::move(options)),
          events_(events),
          stream_(worker, *this, id, host() ? Leg(worker.executor()) : std::move(accepted),
                  host() ? std::move(accepted) : Leg(worker.executor()), options_.stream) {}

    void start() override {
        asio::co_spawn(worker().executor(), run(), [keeper = shared_from_this()](const std::exception_ptr& failure) {
            EXPECT_EQ(failure, nullptr);
        });
    }
    void stop(error_code why) override { stream_.stop(why); }
    void tick(Clock::time_point now) override { stream_.tick(now); }
    SessionView view() const override {
        SessionView view;
        view.id = id();
        return view;
    }

private:
    std::shared_ptr<void> keeper() override { return shared_from_this(); }
    Result<std::unique_ptr<channel::Channel>> choose_channel(Bytes first) override {
        return service().make_channel(first, {});
    }
    void on_stopped(const error_code& why) override { events_.add(std::string("stopped: ") + error_name(why)); }
    void on_transferred() override {
        EXPECT_TRUE(stream_.transferred());
        events_.add("transferred");
    }
    void on_answer(bool ended) override {
        if (options_.answers) events_.add(ended ? "taken" : "not taken");
    }
    bool host() const { return service().side == Service::Side::host; }

    awaitable<void> run() {
        error_code error;
        if (host()) {
            error = co_await set_up_host();
        } else {
            error = co_await set_up_workstation();
        }
        if (error) stop(error);
        co_await stream_.relay();
        events_.add(stream_.ended_unsigned() ? "over, unsigned" : "over");
    }

    /// Both legs are there before the handshake; the stream learns of the plain one behind it.
    awaitable<error_code> set_up_host() {
        Leg plain(worker().executor());
        const std::array target{endpoint_of(service().targets.front())};
        if (const auto error = co_await plain.connect(target, worker().limits().connect)) co_return error;
        if (service().speaks_without_first_bytes) stream_.use(service().make_channel({}, {}));
        const auto error = co_await stream_.shake_hands(worker().limits().first_message);
        stream_.begin(std::move(plain), options_.stream);
        if (error) co_return error;
        events_.add("established");
        if (options_.waits) co_return co_await stream_.await_relay();
        SteadyTimer held(worker().executor(), options_.held);
        co_await held.async_wait(as_result);
        co_return error_code{};
    }

    awaitable<error_code> set_up_workstation() {
        stream_.use(service().make_channel({}, {}));
        if (const auto error = co_await stream_.connect_secure(service().targets)) co_return error;
        const auto error = co_await stream_.shake_hands(worker().limits().first_message);
        if (!error) events_.add("established");
        co_return error;
    }

    const TransferOptions options_;
    Reports& events_;
    Stream stream_;
};

}  // namespace

std::shared_ptr<Service> transfer_service(std::shared_ptr<Service> service, const TransferOptions& options,
                                          Reports& events) {
    if (options.encryption.plain()) {
        service->speaks_without_first_bytes = true;
        service->make_channel = [](Bytes, const Arrival&) { return channel::make_plain(); };
    }
    service->make_session = [options, &events](Worker& worker, std::uint64_t id, std::shared_ptr<const Service> of,
                                               Leg accepted) {
        return std::make_shared<TransferSession>(worker, id, std::move(of), std::move(accepted), options, events);
    };
    return service;
}

Transfer::Transfer(const TransferOptions& options)
    : plain_(options.encryption.plain()),
      host(transfer_service(host_service(acceptor_.endpoint()), options, events), options.limits),
      hand(client_channel(options.encryption), host.endpoint()),
      target(acceptor_.accept()) {
    EXPECT_TRUE(hand.shake_hands());
    EXPECT_TRUE(hand.socket().send(hand.pending()));
    EXPECT_EQ(event(), "established");
}

void Transfer::end() {
    hand.channel().end();
    EXPECT_TRUE(hand.socket().send(hand.pending()));
    if (plain_) hand.socket().end();
}

bool Transfer::end_is_signed() { return plain_ ? hand.end() == End::fin : hand.channel().peer_ended(); }

Limits brief() {
    Limits limits;
    limits.first_message = limits.handshake = limits.linger = std::chrono::seconds(1);
    return limits;
}

}  // namespace sallyport::relay::tests
