#include "channel/native/data_channel.hpp"

#include <algorithm>

#include "channel/native/record_channel.hpp"

namespace sallyport::channel::native {
namespace {

class DataClient final : public RecordChannel {
public:
    DataClient(DataOpen open, Cipher cipher, Info session)
        : RecordChannel(Role::data, std::move(session)), open_(std::move(open)), cipher_(cipher) {
        make_pending(open_->message());
    }

    /// Silence is the server's only answer to a token that it does not know (11.1).
    error_code transport_ended() override {
        if (open_ && !failed()) explain("the host did not accept the token of this data channel");
        return RecordChannel::transport_ended();
    }

private:
    Result<std::size_t> take_handshake(MutableBytes arrived) override {
        if (arrived.size() < header_size) return 0;
        if (arrived[0] != static_cast<std::uint8_t>(Type::data_answer) ||
            get_u16(arrived.subspan(1)) != data_answer_size - header_size) {
            return make_error_code(Error::bad_answer);
        }
        if (arrived.size() < data_answer_size) return 0;
        auto keys = open_->take_answer(arrived.first(data_answer_size));
        if (!keys) return keys.error();
        open_records(cipher_, std::move(keys->sealer), std::move(keys->opener));
        open_.reset();
        if (const auto error = queue(Type::ready, {})) return error;
        return data_answer_size;
    }

    std::optional<DataOpen> open_;  // until D2
    Cipher cipher_;
};

class DataServer final : public RecordChannel {
public:
    explicit DataServer(TokenStore::Accepted accepted)
        : RecordChannel(Role::data, std::move(accepted.session)),
          cipher_(accepted.cipher),
          keys_(std::move(accepted.keys)) {
        make_pending(accepted.answer);
    }

private:
    /// READY, made with keys of this very D2: the client is there now, and D1 was not only repeated by someone.
    Result<std::size_t> take_handshake(MutableBytes arrived) override {
        if (arrived.size() < header_size) return 0;
        if (arrived[0] != static_cast<std::uint8_t>(Type::ready)) return make_error_code(Error::unexpected_record);
        if (get_u16(arrived.subspan(1)) != record_tag_size) return make_error_code(Error::record_too_long);
        if (arrived.size() < record_overhead) return 0;
        const auto opened = keys_->opener.open(arrived.first(record_overhead));
        if (!opened) return opened.error();
        open_records(cipher_, std::move(keys_->sealer), std::move(keys_->opener));
        keys_.reset();
        return record_overhead;
    }

    Cipher cipher_;
    std::optional<DataKeys> keys_;  // until READY
};

}  // namespace

std::optional<bool> begins_data_channel(Bytes start) {
    const auto present = std::min(start.size(), magic.size());
    if (!std::equal(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(present), magic.begin())) return false;
    if (start.size() <= magic.size()) return std::nullopt;
    return start[magic.size()] == static_cast<std::uint8_t>(Type::data_open);
}

std::unique_ptr<Channel> make_data_client(DataOpen open, Cipher cipher, Info session) {
    return std::make_unique<DataClient>(std::move(open), cipher, std::move(session));
}

std::unique_ptr<Channel> make_data_server(TokenStore::Accepted accepted) {
    return std::make_unique<DataServer>(std::move(accepted));
}

}  // namespace sallyport::channel::native
