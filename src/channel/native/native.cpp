#include "channel/native/native.hpp"

#include <algorithm>
#include <cassert>

#include "channel/native/card.hpp"

namespace sallyport::channel::native {
namespace {

/// What each record type may hold (section 9). CTRL and READY belong to FTP's data channels and are refused here.
struct ContentSize {
    std::size_t least, most;
};
std::optional<ContentSize> content_size(std::uint8_t type) {
    switch (static_cast<Type>(type)) {
        case Type::data:
            return ContentSize{1, max_content};
        case Type::close:
        case Type::ping:
            return ContentSize{0, 0};
        case Type::abort:
            return ContentSize{1, 1};
        default:
            return std::nullopt;
    }
}

/// Our words for a code of the format: the peer's own text is never shown.
std::string abort_text(std::uint8_t code) {
    switch (static_cast<AbortCode>(code)) {
        case AbortCode::protocol:
            return "the other end could not make sense of our records";
        case AbortCode::timeout:
            return "the other end heard nothing from us for too long";
        case AbortCode::plain_side:
            return "the other end's plain connection was reset";
        case AbortCode::target_unreachable:
            return "the host cannot reach the target of its entry";
        case AbortCode::client_key:
            return "the host refuses our client key";
        case AbortCode::limit:
            return "the keys of the session are used up";
        case AbortCode::going_down:
            return "the other end is going down";
    }
    return "code " + std::to_string(code);
}

/// Records after the handshake, the same for both sides.
class NativeChannel : public Channel {
public:
    error_code open(MutableBytes arrived, Opened& opened) override {
        opened.clear();
        if (failed_) return failed_;
        while (!outcome_) {
            const auto taken = take_handshake(arrived.subspan(opened.consumed));
            if (!taken) return fail(taken.error());
            if (*taken == 0) return {};
            opened.consumed += *taken;
        }
        while (true) {
            if (peer_ended_ && ended_) {  // 16: frames after both ends are discarded unread
                opened.consumed = arrived.size();
                return {};
            }
            const auto taken = take_record(arrived.subspan(opened.consumed), opened);
            if (!taken) return fail(taken.error());
            if (*taken == 0) return {};
            opened.consumed += *taken;
        }
    }

    error_code transport_ended() override {
        if (failed_) return failed_;
        return peer_ended_ ? error_code{} : Error::truncated;
    }

    void slots(MutableBytes buffer, Slots& slots) override {
        slots.clear();
        while (buffer.size() > record_overhead) {
            const auto room = std::min(buffer.size(), max_record);
            slots.push_back(buffer.subspan(header_size, room - record_overhead));
            buffer = buffer.subspan(room);
        }
    }

    Result<Bytes> seal(MutableBytes buffer, std::size_t filled) override {
        if (!established() || ended_) return make_error_code(Error::not_established);
        const auto sealed = outcome_->sealer.seal_data(buffer, filled);
        if (!sealed) abort(AbortCode::limit);
        return sealed;
    }

    bool has_pending() const override { return !pending_.empty(); }
    ByteVector take_pending() override { return std::exchange(pending_, {}); }

    void end() override {
        if (!established() || ended_) return;
        if (queue(Type::close, {})) abort(AbortCode::limit);
        ended_ = true;
    }

    void abort(AbortCode code) override {
        if (established() && !(ended_ && peer_ended_)) {
            const std::array<std::uint8_t, 1> content{static_cast<std::uint8_t>(code)};
            error_code ignored = queue(Type::abort, content);  // not even this fits: the end without CLOSE says it
            (void)ignored;
        }
        aborted_ = true;
    }

    bool ping() override {
        if (!established() || (ended_ && peer_ended_)) return false;
        return !queue(Type::ping, {});
    }

    bool established() const override { return outcome_ && !aborted_; }
    bool peer_ended() const override { return peer_ended_; }
    bool ended() const override { return ended_; }

    bool near_limit() const override {
        return outcome_ && outcome_->sealer.left() <= record_limit(outcome_->suite.cipher()) / 10;
    }

    Info info() const override {
        Info info;
        info.kind = "native";
        info.detail = detail_;
        if (!outcome_) return info;
        info.suite = outcome_->suite.text();
        info.legacy = outcome_->suite.legacy();
        info.peer = outcome_->peer;
        return info;
    }

protected:
    /// Takes one handshake message off the front of `arrived`, if it is whole; yields its size, or 0.
    virtual Result<std::size_t> take_handshake(MutableBytes arrived) = 0;

    bool failed() const { return failed_.failed(); }
    void open_records(Outcome outcome) { outcome_.emplace(std::move(outcome)); }
    void make_pending(Bytes message) { append(pending_, message); }
    void explain(std::string detail) { detail_ = std::move(detail); }

private:
    Result<std::size_t> take_record(MutableBytes arrived, Opened& opened) {
        if (arrived.size() < header_size) return 0;
        const auto limits = content_size(arrived[0]);
        if (!limits) return make_error_code(Error::unexpected_record);
        const std::size_t length = get_u16(arrived.subspan(1));
        if (length < limits->least + record_tag_size || length > limits->most + record_tag_size) {
            return make_error_code(Error::record_too_long);
        }
        if (arrived.size() < header_size + length) return 0;
        const auto content = outcome_->opener.open(arrived.first(header_size + length));
        if (!content) return content.error();
        const auto type = static_cast<Type>(arrived[0]);
        if (type == Type::abort) {
            detail_ = abort_text((*content)[0]);
            return make_error_code(Error::peer_aborted);
        }
        if (peer_ended_ && type != Type::ping) return make_error_code(Error::unexpected_record);
        if (type == Type::data) opened.plaintext.push_back(*content);
        if (type == Type::close) peer_ended_ = true;
        return header_size + length;
    }

    error_code queue(Type type, Bytes content) {
        const auto record = outcome_->sealer.seal(type, content);
        if (!record) return record.error();
        append(pending_, *record);
        return {};
    }

    /// 8.8: any failure ends the session; the peer is told as far as the format has words for it.
    error_code fail(error_code error) {
        failed_ = error;
        if (error == Error::client_key_refused) {
            abort(AbortCode::client_key);
        } else if (error != Error::peer_aborted) {
            abort(AbortCode::protocol);
        }
        aborted_ = true;
        return error;
    }

    std::optional<Outcome> outcome_;
    ByteVector pending_;
    error_code failed_;
    std::string detail_;
    bool aborted_ = false;
    bool ended_ = false;
    bool peer_ended_ = false;
};

class NativeClient final : public NativeChannel {
public:
    NativeClient(std::shared_ptr<const ClientSettings> settings, crypto::Random& random)
        : settings_(std::move(settings)), handshake_(std::make_unique<ClientHandshake>(settings_, random)) {
        make_pending(handshake_->hello());
    }

    error_code transport_ended() override {
        if (!answered_ && !failed()) return Error::no_answer;
        return NativeChannel::transport_ended();
    }

private:
    Result<std::size_t> take_handshake(MutableBytes arrived) override {
        return answered_ ? take_server(arrived) : take_answer(arrived);
    }

    Result<std::size_t> take_answer(MutableBytes arrived) {
        if (arrived.size() < header_size + 1) return 0;
        const auto size = ClientHandshake::answer_size(arrived.first(header_size + 1));
        if (!size) return make_error_code(Error::bad_answer);
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

class NativeServer final : public NativeChannel {
public:
    NativeServer(std::shared_ptr<const ServerContext> context, Admission admission, crypto::Random& random)
        : context_(std::move(context)),
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
    return std::make_unique<NativeServer>(std::move(context), std::move(admission), random);
}

std::unique_ptr<Channel> make_client(std::shared_ptr<const ClientSettings> settings, crypto::Random& random) {
    return std::make_unique<NativeClient>(std::move(settings), random);
}

}  // namespace sallyport::channel::native
