// FTP's control messages and data channels: docs/native-channel.md, 11. Messages are read as they are written or not at
// all; a token opens its data channel to nothing but the right D1; and an end that takes any records in any order, with
// any bytes between, accepts what section 9 has for its place and nothing else.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <string>

#include "channel/native/control.hpp"
#include "channel/native/data_channel.hpp"
#include "native_ends.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::channel;
using namespace sallyport::channel::native;
using fuzz::require;

/// One end under test, the keys of the other, and what section 9 says of what was sent to it.
class End {
public:
    End(std::unique_ptr<Channel> channel, Sealer sealer, bool is_data)
        : channel_(std::move(channel)), sealer_(std::move(sealer)), is_data_(is_data), waits_(is_data) {
        channel_->take_pending();
    }

    void send(std::uint8_t type, Bytes content) {
        auto wire = sealer_.seal(static_cast<Type>(type), content);
        require(wire.has_value());
        if (!touched_ && !over_) judge(static_cast<Type>(type), content);
        arrive(*wire);
    }
    /// Bytes that no key made.
    void send_raw(Bytes bytes) {
        touched_ = touched_ || !bytes.empty();
        arrive(bytes);
    }
    void set_chunk(std::size_t size) { chunk_ = size; }

    void check() const {
        require(expected_.starts_with(received_));
        require(touched_ || received_ == expected_);
        require(touched_ || error_.failed() == over_);
        require(touched_ || channel_->peer_ended() == ended_);
        require(!channel_->peer_ended() || ended_);
        require(!waits_ || !channel_->established());
        require(channel_->peer_ended() || channel_->transport_ended().failed());
        require(!waits_ || !channel_->has_pending());  // D2 alone leaves before READY
    }

private:
    void judge(Type type, Bytes content) {
        const auto size = content.size();
        if (waits_) {
            over_ = type != Type::ready || size != 0;
            waits_ = over_;
        } else if (type == Type::ping && size == 0) {
            return;
        } else if (ended_) {
            over_ = true;
        } else if (type == Type::data && size > 0) {
            expected_ += as_text(content);
        } else if (type == Type::close && size == 0) {
            ended_ = true;
        } else if (type == Type::control && !is_data_ && size == 1 && content[0] == 1) {
            expected_ += "[SETUP]";
        } else {
            over_ = true;
        }
    }

    void arrive(Bytes bytes) {
        while (!bytes.empty()) {
            const auto size = std::min(chunk_, bytes.size());
            append(unopened_, bytes.first(size));
            bytes = bytes.subspan(size);
            open();
        }
    }

    void open() {
        fuzz::Exact exact(unopened_);
        const auto error = channel_->open(exact.bytes(), opened_);
        require(!error_ || error == error_);
        error_ = error;
        require(opened_.consumed <= unopened_.size());
        std::size_t slice = 0;
        for (const auto& control : opened_.controls) {
            require(control.before >= slice && control.before <= opened_.plaintext.size());
            while (slice < control.before) received_ += as_text(opened_.plaintext[slice++]);
            const auto message = read_control(control.content);
            require(message && std::holds_alternative<native::Setup>(*message));
            received_ += "[SETUP]";
        }
        while (slice < opened_.plaintext.size()) received_ += as_text(opened_.plaintext[slice++]);
        unopened_.erase(unopened_.begin(), unopened_.begin() + static_cast<std::ptrdiff_t>(opened_.consumed));
    }

    std::unique_ptr<Channel> channel_;
    Sealer sealer_;
    Opened opened_;
    ByteVector unopened_;
    std::size_t chunk_ = SIZE_MAX;
    std::string expected_, received_;
    error_code error_;
    bool is_data_;
    bool waits_;            // for READY
    bool ended_ = false;    // a CLOSE was sent to it
    bool over_ = false;     // something was sent to it that ends it
    bool touched_ = false;  // bytes were sent to it that nobody sealed
};

constexpr auto cipher = Cipher::aes256;

End data_server() {
    fuzz::SeededRandom random(1);
    TokenStore tokens;
    const auto token = tokens.add({fuzz::secret_of(9), cipher, 1}, random);
    const DataOpen open(fuzz::secret_of(9), cipher, token, random);
    auto accepted = tokens.take(open.message(), random);
    auto keys = open.take_answer(accepted->answer);
    return {make_data_server(std::move(*accepted)), std::move(keys->sealer), true};
}

End control_server() {
    fuzz::SeededRandom random(1);
    SuiteSet suites;
    suites.insert(*Suite::from_number(1));
    ClientHandshake client(std::make_shared<const ClientSettings>(fuzz::client_settings(true, false, suites)), random);
    auto server = make_control_server(std::make_shared<const ServerContext>(fuzz::server_settings(false)),
                                      {suites, true, {}}, random);
    Opened opened;
    ByteVector hello = client.hello();
    require(!server->open(hello, opened));
    auto reply = server->take_pending();
    const auto m2_size = reply.size() - server_frame_size;
    require(!client.take_answer(Bytes(reply).first(m2_size)));
    auto m4 = client.take_server(MutableBytes(reply).subspan(m2_size));
    require(m4.has_value() && !server->open(*m4, opened) && server->established());
    return {std::move(server), client.outcome().sealer, false};
}

void records(FuzzedDataProvider& input, End end) {
    while (input.remaining_bytes() > 0) {
        switch (input.ConsumeIntegralInRange(0, 4)) {
            case 0:
                end.set_chunk(input.ConsumeIntegralInRange<std::size_t>(1, 40));
                break;
            case 1:
                if (!input.ConsumeBool()) break;  // not often: nothing is certain after it
                end.send_raw(input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 60)));
                break;
            default: {
                const auto type = input.ConsumeBool() ? input.ConsumeIntegralInRange<std::uint8_t>(0x10, 0x15)
                                                      : input.ConsumeIntegral<std::uint8_t>();
                const auto size = input.PickValueInArray<std::size_t>({0, 0, 1, 1, 3, 17, 18, 100});
                end.send(type, input.ConsumeBytes<std::uint8_t>(size));
            }
        }
        end.check();
    }
}

void message(Bytes content) {
    const auto read = read_control(content);
    if (read) {
        require(std::ranges::equal(write_control(*read), content));
    } else {
        require(read.error() == channel::Error::unexpected_record);
    }
}

/// Whatever opens no data channel leaves the token as it was.
void opening(Bytes start) {
    fuzz::SeededRandom random(1);
    TokenStore tokens;
    const auto token = tokens.add({fuzz::secret_of(9), cipher, 1}, random);
    const DataOpen open(fuzz::secret_of(9), cipher, token, random);
    ByteVector d1 = open.message();
    for (std::size_t i = 0; i < start.size() && i < d1.size(); ++i) d1[i] ^= start[i];
    const bool same = d1 == open.message();
    require(begins_data_channel(d1) == std::equal(d1.begin(), d1.begin() + 5, open.message().begin()));
    require(tokens.take(d1, random).has_value() == same);
    require(tokens.size() == (same ? 0 : 1));
}

/// Nothing but the right D2 makes a client's end say READY.
void answer(Bytes arrived) {
    fuzz::SeededRandom random(1);
    const Token token{1, 2, 3};
    const auto client = make_data_client(DataOpen(fuzz::secret_of(9), cipher, token, random), cipher, {});
    client->take_pending();
    Opened opened;
    fuzz::Exact exact(arrived);
    require(client->open(exact.bytes(), opened).failed() || opened.consumed == 0);
    require(!client->established() && !client->has_pending());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input(data, size);
    switch (input.ConsumeIntegralInRange(0, 4)) {
        case 0:
            message(input.ConsumeRemainingBytes<std::uint8_t>());
            break;
        case 1:
            opening(input.ConsumeRemainingBytes<std::uint8_t>());
            break;
        case 2:
            answer(input.ConsumeRemainingBytes<std::uint8_t>());
            break;
        case 3:
            records(input, data_server());
            break;
        default:
            records(input, control_server());
    }
    return 0;
}
