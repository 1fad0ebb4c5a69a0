#include "channel/native/native.hpp"

#include <algorithm>

#include "channel/native/card.hpp"
#include "channel/native/record_channel.hpp"

namespace sallyport::channel::native {
namespace {

class NativeClient final : public RecordChannel {
public:
    NativeClient(Role role, std::shared_ptr<const ClientSettings> settings, crypto::Random& random)
        : RecordChannel(role, {}),
          settings_(std::move(settings)),
          handshake_(std::make_unique<ClientHandshake>(settings_, random)) {
        make_pending(handshake_->hello());
    }

    error_code transport_ended() override {
        if (!answered_ && !failed()) return Error::no_answer;
        return RecordChannel::transport_ended();
    }

private:
    Result<std::size_t> take_handshake(MutableBytes arrived) override {
        return answered_ ? take_server(arrived) : take_answer(arrived);
    }

    Result<std::size_t> take_answer(MutableBytes arrived) {
        if (arrived.size() < header_size + 1) return 0;
        const auto size = ClientHandshake::answer_size(arrived.first(header_size + 1));
        if (!size) {
            if (as_text(arrived).starts_with("220")) explain("the server speaks FTP here, not the native channel");
            return make_error_code(Error::bad_answer);
        }
        if (arrived.size() < *size) return 0;
        if (const auto error = handshake_->take_answer(arrived.first(*size))) return error;
        answered_ = true;
        return *size;
    }

    Result<std::size_t> take_server(MutableBytes arrived) {
        if (arrived.size() < header_size) return 0;
        if (arrived[0] != static_cast<std::uint8_t>(Type::server) ||
            get_u16(arrived.subspan(1)) != server_frame_size - header_size) {
            return make_error_code(Error::bad_answer);
        }
        if (arrived.size() < server_frame_size) return 0;
        const auto m4 = handshake_->take_server(arrived.first(server_frame_size));
        if (m4.error() == Error::wrong_host_key) {
            explain("the host shows " + fingerprint(handshake_->shown_key()) + ", the card says " +
                    fingerprint(*settings_->pin));
        }
        if (!m4) return m4.error();
        make_pending(*m4);
        open_records(handshake_->outcome());
        handshake_.reset();
        return server_frame_size;
    }

    std::shared_ptr<const ClientSettings> settings_;
    std::unique_ptr<ClientHandshake> handshake_;
    bool answered_ = false;
};

class NativeServer final : public RecordChannel {
public:
    NativeServer(Role role, std::shared_ptr<const ServerContext> context, Admission admission, crypto::Random& random)
        : RecordChannel(role, {}),
          context_(std::move(context)),
          admission_(std::move(admission)),
          handshake_(std::make_unique<ServerHandshake>(context_, random)) {}

private:
    Result<std::size_t> take_handshake(MutableBytes arrived) override {
        return greeted_ ? take_client(arrived) : take_first(arrived);
    }

    /// 7.1 and 12.1. The magic, type and length are judged as they arrive; nothing is said to a stranger.
    Result<std::size_t> take_first(MutableBytes arrived) {
        const auto present = std::min(arrived.size(), magic.size());
        if (!std::equal(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(present), arrived.begin())) {
            return make_error_code(Error::stranger);
        }
        constexpr std::size_t head = magic.size() + header_size;
        if (arrived.size() < head) return 0;
        const std::size_t length = get_u16(arrived.subspan(magic.size() + 1));
        switch (static_cast<Type>(arrived[magic.size()])) {
            case Type::enrol:
                return enrol(length);
            case Type::hello:
                break;
            default:
                return make_error_code(Error::stranger);
        }
        const auto fits = [&](std::size_t shares) { return length == hello_body_least + shares; };
        if (!fits(0) && !fits(modp1024_size) && !fits(ffdhe2048_size) && !fits(modp1024_size + ffdhe2048_size)) {
            return make_error_code(Error::stranger);
        }
        if (arrived.size() < head + length) return 0;
        const auto reply = handshake_->take_hello(arrived.first(head + length), admission_);
        if (!reply) {
            if (const auto refusal = refusal_of(reply.error())) {
                const std::array<std::uint8_t, 4> refuse{static_cast<std::uint8_t>(Type::refuse), 0, 1,
                                                         static_cast<std::uint8_t>(*refusal)};
                make_pending(refuse);
            }
            return reply.error();
        }
        make_pending(*reply);
        greeted_ = true;
        return head + length;
    }

    Result<std::size_t> enrol(std::size_t length) {
        const auto& card = context_->settings().card;
        if (length != 0 || card.empty() || !admission_.may_enrol || !admission_.may_enrol()) {
            return make_error_code(Error::stranger);
        }
        make_pending(card_frame(card));
        return make_error_code(Error::card_sent);
    }

    Result<std::size_t> take_client(MutableBytes arrived) {
        if (arrived.size() < header_size) return 0;
        if (arrived[0] != static_cast<std::uint8_t>(Type::client) ||
            get_u16(arrived.subspan(1)) != client_frame_size - header_size) {
            return make_error_code(Error::unexpected_record);
        }
        if (arrived.size() < client_frame_size) return 0;
        const auto error = handshake_->take_client(arrived.first(client_frame_size));
        if (error && error != Error::client_key_refused) return error;
        open_records(handshake_->outcome());
        handshake_.reset();
        if (error) return error;
        return client_frame_size;
    }

    std::shared_ptr<const ServerContext> context_;
    Admission admission_;
    std::unique_ptr<ServerHandshake> handshake_;
    bool greeted_ = false;
};

}  // namespace

bool looks_like_native(Bytes start) { return !start.empty() && start[0] == magic[0]; }

std::unique_ptr<Channel> make_server(std::shared_ptr<const ServerContext> context, Admission admission,
                                     crypto::Random& random) {
    return std::make_unique<NativeServer>(Role::session, std::move(context), std::move(admission), random);
}

std::unique_ptr<Channel> make_client(std::shared_ptr<const ClientSettings> settings, crypto::Random& random) {
    return std::make_unique<NativeClient>(Role::session, std::move(settings), random);
}

std::unique_ptr<ControlChannel> make_control_server(std::shared_ptr<const ServerContext> context, Admission admission,
                                                    crypto::Random& random) {
    return std::make_unique<NativeServer>(Role::control_server, std::move(context), std::move(admission), random);
}

std::unique_ptr<ControlChannel> make_control_client(std::shared_ptr<const ClientSettings> settings,
                                                    crypto::Random& random) {
    return std::make_unique<NativeClient>(Role::control_client, std::move(settings), random);
}

}  // namespace sallyport::channel::native
