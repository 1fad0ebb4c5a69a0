#include "channel/native/record_channel.hpp"

#include <algorithm>
#include <cassert>

#include "channel/native/data_channel.hpp"

namespace sallyport::channel::native {
namespace {

/// What each record type may hold (section 9). READY is a data channel's first record and refused here.
struct ContentSize {
    std::size_t least, most;
};
std::optional<ContentSize> content_size(std::uint8_t type, Role role) {
    switch (static_cast<Type>(type)) {
        case Type::data:
            return ContentSize{1, max_content};
        case Type::close:
        case Type::ping:
            return ContentSize{0, 0};
        case Type::abort:
            return ContentSize{1, 1};
        case Type::control:
            if (role != Role::control_client && role != Role::control_server) return std::nullopt;
            return ContentSize{control_content_least, control_content_most};
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

}  // namespace

error_code RecordChannel::open(MutableBytes arrived, Opened& opened) {
    opened.clear();
    if (failed_) return failed_;
    while (!keys_) {
        const auto taken = take_handshake(arrived.subspan(opened.consumed));
        if (!taken) return fail(taken.error());
        if (*taken == 0) return {};
        opened.consumed += *taken;
    }
    ReadyKey ready;
    while (true) {
        if (peer_ended_ && ended_) {  // 16: frames after both ends are discarded unread
            opened.consumed = arrived.size();
            return {};
        }
        const auto taken = take_record(arrived.subspan(opened.consumed), ready, opened);
        if (!taken) return fail(taken.error());
        if (*taken == 0) return {};
        opened.consumed += *taken;
    }
}

Result<std::size_t> RecordChannel::take_record(MutableBytes arrived, ReadyKey& ready, Opened& opened) {
    if (arrived.size() < header_size) return 0;
    const auto limits = content_size(arrived[0], role_);
    if (!limits) return make_error_code(Error::unexpected_record);
    const std::size_t length = get_u16(arrived.subspan(1));
    if (length < limits->least + record_tag_size || length > limits->most + record_tag_size) {
        return make_error_code(Error::record_too_long);
    }
    if (arrived.size() < header_size + length) return 0;
    const auto content = keys_->opener.open(arrived.first(header_size + length), ready);
    if (!content) return content.error();
    const auto type = static_cast<Type>(arrived[0]);
    if (type == Type::abort) {
        explain(abort_text((*content)[0]));
        return make_error_code(Error::peer_aborted);
    }
    if (peer_ended_ && type != Type::ping) return make_error_code(Error::unexpected_record);
    if (type == Type::data) opened.plaintext.push_back(*content);
    if (type == Type::control) {
        if (!may_be_told(*content)) return make_error_code(Error::unexpected_record);
        opened.controls.push_back({opened.plaintext.size(), *content});
    }
    if (type == Type::close) peer_ended_ = true;
    return header_size + length;
}

/// 11: SETUP is the client's word, the others are the server's.
bool RecordChannel::may_be_told(Bytes control) const {
    const auto message = read_control(control);
    return message && std::holds_alternative<Setup>(*message) == (role_ == Role::control_server);
}

error_code RecordChannel::transport_ended() {
    if (failed_) return failed_;
    return peer_ended_ ? error_code{} : Error::truncated;
}

void RecordChannel::slots(MutableBytes buffer, Slots& slots) {
    slots.clear();
    while (buffer.size() > record_overhead) {
        const auto room = std::min(buffer.size(), max_record);
        slots.push_back(buffer.subspan(header_size, room - record_overhead));
        buffer = buffer.subspan(room);
    }
}

Result<Bytes> RecordChannel::seal(MutableBytes buffer, std::size_t filled) {
    if (!established() || ended_) return make_error_code(Error::not_established);
    const auto sealed = keys_->sealer.seal_data(buffer, filled);
    if (!sealed) abort(AbortCode::limit);
    return sealed;
}

void RecordChannel::end() {
    if (!established() || ended_) return;
    if (queue(Type::close, {})) abort(AbortCode::limit);
    ended_ = true;
}

void RecordChannel::abort(AbortCode code) {
    if (established() && !(ended_ && peer_ended_)) {
        const std::array<std::uint8_t, 1> content{static_cast<std::uint8_t>(code)};
        error_code ignored = queue(Type::abort, content);  // not even this fits: the end without CLOSE says it
        (void)ignored;
    }
    aborted_ = true;
}

bool RecordChannel::ping() {
    if (!established() || (ended_ && peer_ended_)) return false;
    return !queue(Type::ping, {});
}

bool RecordChannel::near_limit() const { return keys_ && keys_->sealer.left() <= record_limit(keys_->cipher) / 10; }

void RecordChannel::send_control(Bytes content) {
    assert(role_ == Role::control_client || role_ == Role::control_server);
    if (!established() || ended_) return;
    if (queue(Type::control, content)) abort(AbortCode::limit);
}

Token RecordChannel::grant(TokenStore& store, std::uint64_t owner, crypto::Random& random) const {
    assert(role_ == Role::control_server && exporter_);
    return store.add({exporter_->duplicate(), keys_->cipher, owner, session_info()}, random);
}

std::unique_ptr<Channel> RecordChannel::open_data(const Token& token, crypto::Random& random) const {
    assert(role_ == Role::control_client && exporter_);
    return make_data_client(DataOpen(*exporter_, keys_->cipher, token, random), keys_->cipher, session_info());
}

/// What is known of this session and of its data channels.
Info RecordChannel::session_info() const {
    Info info = info_;
    info.detail.clear();
    return info;
}

void RecordChannel::open_records(Cipher cipher, Sealer sealer, Opener opener) {
    keys_.emplace(Keys{cipher, std::move(sealer), std::move(opener)});
}

void RecordChannel::open_records(Outcome outcome) {
    info_.suite = outcome.suite.text();
    info_.legacy = outcome.suite.legacy();
    info_.peer = std::move(outcome.peer);
    const bool control = role_ == Role::control_client || role_ == Role::control_server;
    if (control) exporter_.emplace(std::move(outcome.exporter));
    open_records(outcome.suite.cipher(), std::move(outcome.sealer), std::move(outcome.opener));
}

error_code RecordChannel::queue(Type type, Bytes content) {
    const auto record = keys_->sealer.seal(type, content);
    if (!record) return record.error();
    append(pending_, *record);
    return {};
}

/// 8.8: any failure ends the session; the peer is told as far as the format has words for it.
error_code RecordChannel::fail(error_code error) {
    failed_ = error;
    if (error == Error::client_key_refused) {
        abort(AbortCode::client_key);
    } else if (error != Error::peer_aborted) {
        abort(AbortCode::protocol);
    }
    aborted_ = true;
    return error;
}

}  // namespace sallyport::channel::native
