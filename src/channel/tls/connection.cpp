#include "channel/tls/connection.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "channel/tls/failure.hpp"
#include "channel/tls/pem.hpp"

namespace sallyport::channel::tls {
namespace {

constexpr std::uint8_t first_content_type = 20;  // change_cipher_spec, alert, handshake,
constexpr std::uint8_t last_content_type = 23;   // application_data
constexpr std::uint8_t major_version = 3;

// What a record has beside its plaintext is 22 bytes in TLS 1.3 and 29 in 1.2 with AES-GCM. We chose 64, and one more
// for each batch, in which a key update fits (27 bytes): ours, or the answer to the peer's, which waits for data.
constexpr std::size_t record_overhead = 64;

struct Whole {
    std::size_t size = 0;       // of the whole records at the front
    std::optional<Error> next;  // what is already known to be wrong with the one after them
};

/// OpenSSL is given whole records alone, so it never keeps part of one, nor a buffer for it.
Whole whole_records(Bytes arrived) {
    Whole whole;
    for (auto rest = arrived; rest.size() >= record_header_size; rest = arrived.subspan(whole.size)) {
        if (rest[0] < first_content_type || rest[0] > last_content_type || rest[1] != major_version) {
            whole.next = Error::unexpected_record;
            break;
        }
        const std::size_t length = get_u16(rest.subspan(3));
        if (length > max_record) {
            whole.next = Error::record_too_long;
            break;
        }
        if (rest.size() < record_header_size + length) break;
        whole.size += record_header_size + length;
    }
    return whole;
}

/// The size of the records that the client asked for (RFC 6066, 4), if it did: OpenSSL obeys without a word.
std::size_t negotiated_fragment(const SSL& ssl) {
    const auto mode = SSL_SESSION_get_max_fragment_length(SSL_get_session(&ssl));
    return mode == TLSEXT_max_fragment_length_DISABLED ? max_fragment : std::size_t{256} << mode;
}

/// What the peer is told, in the layer's records, of what OpenSSL has found.
std::optional<Alert> alert_of(Error error) {
    switch (error) {
        case Error::peer_aborted:
            return std::nullopt;
        case Error::bad_record:
            return Alert::bad_record_mac;
        case Error::record_too_long:
            return Alert::record_overflow;
        default:
            return Alert::unexpected_message;
    }
}

/// Without a word to the peer. Otherwise OpenSSL takes the session out of use when its connection was cut; RFC 5246,
/// 7.2.1 and RFC 8446 do not ask for that, and what is resumed next needs it.
void release(SslPtr ssl) {
    if (ssl) SSL_set_shutdown(ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

}  // namespace

Connection::Connection(std::shared_ptr<const Context> context, SslPtr ssl, Bond bond, std::uint64_t records_per_key)
    : context_(std::move(context)),
      records_per_key_(records_per_key),
      fragment_size_(max_fragment),
      attached_{std::move(bond)},
      ssl_(std::move(ssl)) {
    if (!ssl_ || !attach(*ssl_, *context_->wire_method, wire_)) throw std::bad_alloc();
    // A control connection needs OpenSSL to its end, for tickets.
    if (attached_.bond.role != Role::control) attached_.handover = std::make_unique<Handover>();
    SSL_set_app_data(ssl_.get(), &attached_);
}

Connection::~Connection() { release(std::move(ssl_)); }

error_code Connection::open(MutableBytes arrived, Opened& opened) {
    opened.clear();
    if (error_) return error_;
    if (peer_ended_) {  // RFC 8446, 6.1: what follows the end is to be ignored
        opened.consumed = arrived.size();
        return {};
    }
    const auto whole = whole_records(arrived);
    wire_.arrived = arrived.first(whole.size);
    if (!established_) shake_hands();
    if (established_ && !error_ && !opens_itself()) {
        if (const auto size = open_data(arrived); size > 0) opened.plaintext.push_back(arrived.first(size));
    }
    if (established_ && !error_ && !peer_ended_ && opens_itself()) {
        open_records(arrived.subspan(whole.size - wire_.arrived.size(), wire_.arrived.size()), opened);
    }
    wire_.arrived = {};
    if (ssl_) SSL_free_buffers(ssl_.get());  // here, not by SSL_MODE_RELEASE_BUFFERS, which does it after each record
    opened.consumed = peer_ended_ ? arrived.size() : whole.size;
    if (!error_ && !peer_ended_ && whole.next) return fail(make_error_code(*whole.next), {});
    return error_;
}

// In place: OpenSSL copies a record out of `arrived` before it opens it, and SSL_read yields the plaintext of one
// record at most, which is shorter than the record. So what is written to the front never passes what has been read,
// and the room given to SSL_read is never the limit.
std::size_t Connection::open_data(MutableBytes arrived) {
    std::size_t size = 0;
    while (true) {
        std::size_t read = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(ssl_.get(), arrived.data() + size, arrived.size() - size, &read);
        if (result != 1) {
            settle(result);
            return size;
        }
        size += read;
        assert(size <= arrived.size() - wire_.arrived.size());
        if (layer_ && SSL_has_pending(ssl_.get()) == 0) {
            hand_over_reading();
            return size;
        }
    }
}

void Connection::open_records(MutableBytes records, Opened& opened) {
    const auto error = layer_->open(records, opened);
    peer_ended_ = layer_->peer_ended();
    if (!error) return;
    if (layer_->alert() && !ended_ && !aborted_) append(wire_.pending, layer_->seal_alert(*layer_->alert()));
    fail(error, layer_->detail());
}

error_code Connection::shake_hands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? establish() : settle(result);
}

/// A session that is taken up again was verified when it was made, by this same context; its certificate came with it.
/// Only the day may have changed since.
error_code Connection::establish() {
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (SSL_session_reused(ssl_.get()) == 1 && context_->proof == Proof::certificate) {
        if (certificate == nullptr) return fail(Error::certificate_unknown, "a resumed session without a certificate");
        if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
            return fail(Error::certificate_expired, X509_verify_cert_error_string(X509_V_ERR_CERT_HAS_EXPIRED));
        }
    }
    if (certificate != nullptr && SSL_is_server(ssl_.get()) == 0 && attached_.seen.key.empty())
        attached_.seen.key = pin_of(*certificate);
    if (attached_.bond.role == Role::control) take_over_mark(*ssl_, attached_.bond);
    fragment_size_ = negotiated_fragment(*ssl_);
    established_ = true;
    hand_over();
    if (ended_) send_end();
    return {};
}

/// From here on OpenSSL writes nothing any more. It goes on reading at a client's end until the server's first data,
/// since that is where the tickets are: before it.
void Connection::hand_over() {
    const auto suite = record_suite_of(*ssl_);
    const auto& handover = attached_.handover;
    if (!handover || !suite || !handover->writing.known || !handover->reading.known || fragment_size_ != max_fragment) {
        attached_.handover.reset();
        return;
    }
    const bool client = SSL_is_server(ssl_.get()) == 0;
    layer_ = std::make_unique<RecordLayer>(*suite, client, std::move(handover->writing), records_per_key_);
    wire_.silent = true;
    if (!client) hand_over_reading();
}

/// A data connection keeps OpenSSL's objects for binding(), all others are done with them: 14 KiB.
void Connection::hand_over_reading() {
    layer_->start_opening(std::move(attached_.handover->reading));
    attached_.handover.reset();
    if (attached_.bond.role == Role::data) return;
    info_ = std::make_unique<const Info>(info());
    release(std::move(ssl_));
}

error_code Connection::transport_ended() {
    if (peer_ended_) return {};
    if (!error_) fail(Error::truncated, {});
    return error_;
}

// Sealing in place: plaintext waits behind room for all overheads, records are written to the front. When record n is
// written, OpenSSL has copied the plaintext of n records, so it ends at n * (fragment + overhead) at most, and the
// plaintext that is still needed begins at room + n * fragment, which is not before it as room >= n * overhead.
std::size_t Connection::overhead_of(MutableBytes buffer) const {
    return (records_of(buffer.size()) + 1) * record_overhead;
}

void Connection::slots(MutableBytes buffer, Slots& slots) {
    assert(buffer.size() >= min_buffer_size);
    if (layer_) return layer_->slots(buffer, slots);
    slots.assign(1, buffer.subspan(overhead_of(buffer)));
}

Result<Bytes> Connection::seal(MutableBytes buffer, std::size_t filled) {
    if (error_) return error_;
    if (!established_ || ended_ || aborted_) return make_error_code(Error::not_established);
    if (filled == 0) return Bytes{};
    if (layer_) return layer_->seal(buffer, filled);
    ERR_clear_error();
    renew_key(records_of(filled));
    wire_.sealed = buffer;
    wire_.sealed_size = 0;
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), buffer.data() + overhead_of(buffer), filled, &written);
    wire_.sealed = {};
    SSL_free_buffers(ssl_.get());
    if (result != 1) {
        const auto failure = take_failure(*ssl_, true);
        return fail(failure.error, failure.detail);
    }
    return Bytes(buffer.first(wire_.sealed_size));
}

/// The update itself leaves in front of the records of the seal that asked for it.
void Connection::renew_key(std::size_t records) {
    records_ += records;
    if (records_ <= records_per_key_ || SSL_version(ssl_.get()) != TLS1_3_VERSION) return;
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    records_ = records;
}

ByteVector Connection::take_pending() { return std::exchange(wire_.pending, {}); }

void Connection::end() {
    if (std::exchange(ended_, true) || aborted_ || error_) return;
    if (established_) send_end();
}

void Connection::send_end() {
    if (layer_) return append(wire_.pending, layer_->seal_alert(Alert::close_notify));
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // makes close_notify; whether the peer has ended is no matter here
    ERR_clear_error();
}

/// TLS has no word for "incomplete" beside the absence of close_notify, so one that has not left yet must not.
void Connection::abort(AbortCode) {
    if (ended_) wire_.pending.clear();
    aborted_ = true;
}

void Connection::renew_ticket() {
    if (!established_ || error_ || ended_ || aborted_ || layer_ || context_->proof == Proof::psk) return;
    ERR_clear_error();
    if (SSL_new_session_ticket(ssl_.get()) != 1) return;  // TLS 1.2, or a client
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1) settle(result);
    SSL_free_buffers(ssl_.get());
}

/// What the failed call on ssl_ means: more bytes are needed, the peer has ended, or nothing works any more.
error_code Connection::settle(int result) {
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_READ) return {};
    if (reason == SSL_ERROR_ZERO_RETURN && established_) {
        peer_ended_ = true;
        return {};
    }
    auto failure = take_failure(*ssl_, established_);
    const auto alert = alert_of(failure.error);
    if (layer_ && alert && !ended_ && !aborted_) append(wire_.pending, layer_->seal_alert(*alert));
    return fail(failure.error, std::move(failure.detail));
}

error_code Connection::fail(error_code error, std::string detail) {
    error_ = error;
    detail_ = std::move(detail);
    return error_;
}

}  // namespace sallyport::channel::tls
