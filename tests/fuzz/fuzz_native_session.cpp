// Whole sessions of two native channels, with what passes between them delivered in pieces, altered, lost and repeated.
// Neither side ever gets a plaintext that was not sent, in another order or with a hole, and no end that nobody made;
// and what nobody touched arrives.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <string>

#include "channel/native/native.hpp"
#include "native_ends.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::channel;
using namespace sallyport::channel::native;
using fuzz::require;

struct End {
    std::unique_ptr<Channel> channel;
    ByteVector in_flight;  // towards this end
    ByteVector unopened;   // arrived at this end, the beginning of a record
    std::string sent;      // by this end
    std::string received;  // by this end
    bool ended = false;    // by this end
    error_code error;
};

class Session {
public:
    Session(FuzzedDataProvider& input) : input_(input) {
        const bool fixed = input.ConsumeBool(), pinned = !fixed || input.ConsumeBool(), key = input.ConsumeBool();
        const auto suite = *Suite::from_number(input.PickValueInArray({1u, 2u, 5u}));  // X25519: many sessions a second
        SuiteSet offers;
        offers.insert(suite);
        auto client = fuzz::client_settings(pinned, fixed, offers);
        auto server = fuzz::server_settings(fixed);
        if (key) {
            client.client_key = fuzz::client_key();
            server.client_keys = {{"ann", fuzz::client_key().public_key()}};
        }
        client_.channel = make_client(std::make_shared<const ClientSettings>(std::move(client)), random_);
        server_.channel =
            make_server(std::make_shared<const ServerContext>(std::move(server)), {offers, true, {}}, random_);
        if (input.ConsumeBool()) settle();
    }

    void run() {
        while (input_.remaining_bytes() > 0) step();
        if (touched_ || stopped_) return;
        settle();
        require(client_.channel->established() && server_.channel->established());
        for (End* end : {&client_, &server_}) {
            const End& peer = other(*end);
            require(!end->error && end->received == peer.sent && end->channel->peer_ended() == peer.ended);
        }
    }

private:
    End& other(const End& end) { return &end == &client_ ? server_ : client_; }

    /// What the end has to say goes on its way.
    void flush(End& end) { append(other(end).in_flight, end.channel->take_pending()); }

    void deliver(End& end, std::size_t size) {
        size = std::min(size, end.in_flight.size());
        append(end.unopened, Bytes(end.in_flight).first(size));
        end.in_flight.erase(end.in_flight.begin(), end.in_flight.begin() + static_cast<std::ptrdiff_t>(size));
        fuzz::Exact arrived(end.unopened);
        const bool had_failed = end.error.failed();
        const auto error = end.channel->open(arrived.bytes(), opened_);
        require(!had_failed || (error == end.error && opened_.plaintext.empty()));
        end.error = error;
        require(opened_.consumed <= end.unopened.size());
        for (const auto slice : opened_.plaintext) end.received.append(as_text(slice));
        end.unopened.erase(end.unopened.begin(), end.unopened.begin() + static_cast<std::ptrdiff_t>(opened_.consumed));
        check(end);
    }

    void check(const End& end) {
        const End& peer = other(end);
        require(peer.sent.starts_with(end.received));
        require(!end.channel->peer_ended() || (peer.ended && end.received == peer.sent));
        require(end.channel->peer_ended() || end.channel->transport_ended().failed());
        require(!end.error || !end.channel->established());
        require(touched_ || stopped_ || !end.error);
    }

    void settle() {
        do {
            flush(client_);
            flush(server_);
            deliver(server_, server_.in_flight.size());
            deliver(client_, client_.in_flight.size());
        } while (client_.channel->has_pending() || server_.channel->has_pending());
    }

    void send(End& end) {
        flush(end);
        ByteVector buffer(input_.ConsumeBool() ? 40 * 1024 : min_buffer_size);
        Slots slots;
        end.channel->slots(buffer, slots);
        auto wanted = input_.ConsumeIntegralInRange<std::size_t>(0, input_.ConsumeBool() ? 18'000 : 60);
        std::string text;
        for (const auto slot : slots) {
            for (auto& byte : slot.first(std::min(wanted, slot.size()))) {
                byte = static_cast<std::uint8_t>(counter_++ * 167 >> 3);
                text += static_cast<char>(byte);
            }
            wanted -= std::min(wanted, slot.size());
        }
        const auto sealed = end.channel->seal(buffer, text.size());
        require(sealed.has_value() == (end.channel->established() && !end.ended));
        if (!sealed) return;
        end.sent += text;
        append(other(end).in_flight, *sealed);
    }

    void touch(End& end) {
        auto& bytes = end.in_flight;
        if (bytes.empty()) return;
        touched_ = true;
        const bool all = input_.ConsumeBool();  // whole records, most of the time
        const auto at = all ? 0 : input_.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - 1);
        const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const auto most = bytes.size() - at;
        const auto size = static_cast<std::ptrdiff_t>(all ? most : input_.ConsumeIntegralInRange<std::size_t>(1, most));
        switch (input_.ConsumeIntegralInRange(0, 4)) {
            case 0:
                *from ^= input_.ConsumeIntegralInRange<std::uint8_t>(1, 255);
                break;
            case 1:
                bytes.erase(from, from + size);
                break;
            case 2: {
                const ByteVector copy(from, from + size);
                bytes.insert(bytes.end(), copy.begin(), copy.end());
                break;
            }
            case 3: {
                const auto alien = input_.ConsumeBytes<std::uint8_t>(100);
                bytes.insert(from, alien.begin(), alien.end());
                break;
            }
            default:  // sent back to where it came from
                other(end).in_flight.insert(other(end).in_flight.end(), from, from + size);
        }
    }

    void step() {
        End& end = input_.ConsumeBool() ? client_ : server_;
        switch (input_.ConsumeIntegralInRange(0, 9)) {
            case 0:
            case 1:
                return send(end);
            case 2:
                flush(end);
                return deliver(end, input_.ConsumeIntegralInRange<std::size_t>(0, 400));
            case 3:
                return deliver(end, end.in_flight.size());
            case 4:
                return settle();
            case 5:
                return touch(end);
            case 6:
                flush(end);
                end.channel->end();
                end.ended = end.ended || end.channel->ended();
                return flush(end);
            case 7:
                end.channel->ping();
                return flush(end);
            case 8:
                if (input_.ConsumeIntegralInRange(0, 3) != 0) return;
                stopped_ = true;
                end.channel->abort(input_.PickValueInArray({AbortCode::timeout, AbortCode::plain_side}));
                return flush(end);
            default:
                return check(end);
        }
    }

    FuzzedDataProvider& input_;
    fuzz::SeededRandom random_{1};
    End client_, server_;
    Opened opened_;
    unsigned counter_ = 0;
    bool touched_ = false;  // what passes was altered
    bool stopped_ = false;  // one side gave up
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input(data, size);
    Session(input).run();
    return 0;
}
