#include "channel/tls/record_layer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sallyport::channel::tls {
namespace {

// RFC 8446, B.1 and B.3
enum class ContentType : std::uint8_t { alert = 21, handshake = 22, application_data = 23 };
constexpr std::uint8_t new_session_ticket = 4;
constexpr std::uint8_t key_update = 24;
constexpr std::uint8_t update_not_requested = 0;
constexpr std::uint8_t update_requested = 1;
constexpr std::uint8_t warning = 1;
constexpr std::uint8_t fatal = 2;

constexpr std::size_t message_header_size = 4;
constexpr std::size_t max_message = 131'338;  // a ticket with the largest fields that it may have (RFC 8446, 4.6.1)
constexpr std::size_t type_size = 1;          // behind the content
constexpr std::size_t overhead = record_header_size + type_size + crypto::tag_size;
constexpr std::size_t update_size = overhead + message_header_size + 1;

/// `record` has its content behind room for the header and before room for the type and the tag.
void seal_record(crypto::Aead& aead, TrafficKeys& keys, ContentType type, MutableBytes record) {
    const auto length = record.size() - record_header_size;
    const auto header = record.first(record_header_size);
    header[0] = static_cast<std::uint8_t>(ContentType::application_data);
    header[1] = 3;  // as TLS 1.2 (5.1)
    header[2] = 3;
    header[3] = static_cast<std::uint8_t>(length >> 8);
    header[4] = static_cast<std::uint8_t>(length);
    const auto content = record.subspan(record_header_size, length - crypto::tag_size);
    content.back() = static_cast<std::uint8_t>(type);
    aead.seal(keys.next_nonce(), header, content, record.last(crypto::tag_size));
}

void seal_key_update(TrafficKeys& keys, MutableBytes record) {
    const auto message = record.subspan(record_header_size);
    const std::uint8_t words[] = {key_update, 0, 0, 1, update_not_requested};
    std::copy(std::begin(words), std::end(words), message.begin());
    crypto::Aead aead(keys.cipher(), crypto::Aead::Use::seal, keys.key());
    seal_record(aead, keys, ContentType::handshake, record);
    keys.update();
}

TrafficKeys keys_of(const RecordSuite& suite, HandoverKeys handover) {
    return {suite, std::move(handover.secret), handover.updates, handover.sequence};
}

}  // namespace

/// The keys of one call, made ready for its first record.
class RecordLayer::Batch {
public:
    explicit Batch(TrafficKeys& keys) : keys_(keys) {}
    bool open(Bytes header, MutableBytes content, Bytes tag) {
        if (!aead_) aead_.emplace(keys_.cipher(), crypto::Aead::Use::open, keys_.key());
        return aead_->open(keys_.next_nonce(), header, content, tag);
    }
    void update() {
        aead_.reset();
        keys_.update();
    }

private:
    TrafficKeys& keys_;
    std::optional<crypto::Aead> aead_;
};

RecordLayer::RecordLayer(const RecordSuite& suite, bool client, HandoverKeys writing, std::uint64_t records_per_key)
    : client_(client), records_per_key_(records_per_key), sealing_(keys_of(suite, std::move(writing))) {}

void RecordLayer::start_opening(HandoverKeys reading) {
    update_due_ = update_due_ || reading.answer_due;
    opening_.emplace(keys_of(sealing_.suite(), std::move(reading)));
}

// Records lie behind each other, after room for an update of the key, which only some batches need.
void RecordLayer::slots(MutableBytes buffer, Slots& slots) const {
    slots.clear();
    for (auto rest = buffer.subspan(update_size); rest.size() > overhead;) {
        const auto size = std::min(rest.size() - overhead, max_fragment);
        slots.push_back(rest.subspan(record_header_size, size));
        rest = rest.subspan(size + overhead);
    }
}

Bytes RecordLayer::seal(MutableBytes buffer, std::size_t filled) {
    const auto records = (filled + max_fragment - 1) / max_fragment;
    const bool updates = update_due_ || sealing_.sequence() + records > records_per_key_;
    if (updates) seal_key_update(sealing_, buffer.first(update_size));
    update_due_ = false;
    crypto::Aead aead(sealing_.cipher(), crypto::Aead::Use::seal, sealing_.key());
    const auto size = filled + records * overhead;
    for (auto rest = buffer.subspan(update_size, size); !rest.empty();) {
        const auto record = rest.first(std::min(rest.size(), max_fragment + overhead));
        seal_record(aead, sealing_, ContentType::application_data, record);
        rest = rest.subspan(record.size());
    }
    return updates ? buffer.first(update_size + size) : buffer.subspan(update_size, size);
}

ByteVector RecordLayer::seal_alert(Alert alert) {
    ByteVector record(overhead + 2);
    record[record_header_size] = alert == Alert::close_notify ? warning : fatal;
    record[record_header_size + 1] = static_cast<std::uint8_t>(alert);
    crypto::Aead aead(sealing_.cipher(), crypto::Aead::Use::seal, sealing_.key());
    seal_record(aead, sealing_, ContentType::alert, record);
    return record;
}

error_code RecordLayer::open(MutableBytes records, Opened& opened) {
    assert(opens());
    Batch batch(*opening_);
    while (!records.empty() && !peer_ended_) {
        const auto record = records.first(record_header_size + get_u16(records.subspan(3)));
        if (const auto error = open_record(batch, record, opened)) return error;
        records = records.subspan(record.size());
    }
    return {};
}

error_code RecordLayer::open_record(Batch& batch, MutableBytes record, Opened& opened) {
    const auto header = record.first(record_header_size);
    if (header[0] != static_cast<std::uint8_t>(ContentType::application_data)) {
        return fail(Error::unexpected_record, Alert::unexpected_message, "a record in clear after the handshake");
    }
    auto content = record.subspan(record_header_size);
    if (content.size() < type_size + crypto::tag_size) {
        return fail(Error::bad_record, Alert::bad_record_mac, "a record without room for its tag");
    }
    const auto tag = content.last(crypto::tag_size);
    content = content.first(content.size() - crypto::tag_size);
    if (!batch.open(header, content, tag)) {
        return fail(Error::bad_record, Alert::bad_record_mac, "decryption failed or bad record mac");
    }
    while (!content.empty() && content.back() == 0) content = content.first(content.size() - 1);  // padding (5.4)
    if (content.empty()) return fail(Error::unexpected_record, Alert::unexpected_message, "a record without a type");
    const auto type = content.back();
    content = content.first(content.size() - 1);
    if (content.size() > max_fragment) {
        return fail(Error::record_too_long, Alert::record_overflow, "a record longer than 16384 bytes");
    }
    if (!handshake_.empty() && type != static_cast<std::uint8_t>(ContentType::handshake)) {
        return fail(Error::unexpected_record, Alert::unexpected_message, "a record within a handshake message");
    }
    switch (static_cast<ContentType>(type)) {
        case ContentType::application_data:
            if (!content.empty()) opened.plaintext.push_back(content);
            return {};
        case ContentType::alert:
            return take_alert(content);
        case ContentType::handshake:
            return take_handshake(batch, content);
    }
    return fail(Error::unexpected_record, Alert::unexpected_message, "a record of an unknown type");
}

error_code RecordLayer::take_alert(Bytes content) {
    if (content.size() != 2) return fail(Error::bad_record, Alert::decode_error, "an alert of a wrong size");
    const auto alert = static_cast<Alert>(content[1]);
    if (alert == Alert::close_notify) {
        peer_ended_ = true;
        return {};
    }
    if (alert == Alert::user_canceled) return {};  // close_notify follows (6.1)
    return fail(Error::peer_aborted, std::nullopt, SSL_alert_desc_string_long(content[1]));
}

error_code RecordLayer::take_handshake(Batch& batch, Bytes content) {
    if (content.empty()) return fail(Error::unexpected_record, Alert::unexpected_message, "an empty handshake record");
    append(handshake_, content);
    Bytes rest = handshake_;
    while (rest.size() >= message_header_size) {
        const auto size = message_header_size + (std::size_t{rest[1]} << 16 | get_u16(rest.subspan(2)));
        if (size > max_message) return fail(Error::bad_record, Alert::decode_error, "a handshake message too long");
        const bool is_update = rest[0] == key_update;
        if (!is_update && !(rest[0] == new_session_ticket && client_)) {
            return fail(Error::unexpected_record, Alert::unexpected_message, "a handshake message out of place");
        }
        if (rest.size() < size) break;
        if (is_update) {
            if (const auto error = take_key_update(batch, rest, size)) return error;
        }  // a ticket that comes behind data is left: what came before it was kept
        rest = rest.subspan(size);
    }
    handshake_ = ByteVector(rest.begin(), rest.end());
    return {};
}

error_code RecordLayer::take_key_update(Batch& batch, Bytes message, std::size_t size) {
    if (message.size() != size) {  // 5.1: nothing may stand behind it that the old key has sealed
        return fail(Error::unexpected_record, Alert::unexpected_message, "a record that goes on after KeyUpdate");
    }
    if (size != message_header_size + 1 || message.back() > update_requested) {
        return fail(Error::bad_record, Alert::decode_error, "a KeyUpdate of a wrong form");
    }
    update_due_ = update_due_ || message.back() == update_requested;
    batch.update();
    return {};
}

error_code RecordLayer::fail(Error error, std::optional<Alert> alert, std::string detail) {
    alert_ = alert;
    detail_ = std::move(detail);
    return error;
}

}  // namespace sallyport::channel::tls
