/// TLS 1.3 behind the handshake (RFC 8446, 4.6, 5 and 6): records sealed and opened in place, in batches, by
/// crypto::Aead. OpenSSL does it too, a record at a time through buffers of its own. Internal to channel/tls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "channel/channel.hpp"
#include "channel/tls/handover.hpp"
#include "channel/tls/traffic_keys.hpp"

namespace sallyport::channel::tls {

// The format says (RFC 8446, 5.1 and 5.2; RFC 5246, 6.2.3 allows more, which AEAD suites never need).
inline constexpr std::size_t record_header_size = 5;
inline constexpr std::size_t max_fragment = 16384;
inline constexpr std::size_t max_record = max_fragment + 256;  // behind its header

/// RFC 8446, 6.
enum class Alert : std::uint8_t {
    close_notify = 0,
    unexpected_message = 10,
    bad_record_mac = 20,
    record_overflow = 22,
    decode_error = 50,
    user_canceled = 90,
};

/// Seals from the end of the handshake on, and opens from start_opening() on.
class RecordLayer {
public:
    /// A key is changed when it has sealed `records_per_key`.
    RecordLayer(const RecordSuite& suite, bool client, HandoverKeys writing, std::uint64_t records_per_key);

    /// Takes over the peer's direction where OpenSSL has left it.
    void start_opening(HandoverKeys reading);
    bool opens() const { return opening_.has_value(); }

    /// As Channel::slots() and seal().
    void slots(MutableBytes buffer, Slots& slots) const;
    Bytes seal(MutableBytes buffer, std::size_t filled);
    ByteVector seal_alert(Alert alert);

    /// Opens whole records. Of an error, alert() is what to tell the peer, if anything, and detail() says more.
    error_code open(MutableBytes records, Opened& opened);
    bool peer_ended() const { return peer_ended_; }
    std::optional<Alert> alert() const { return alert_; }
    const std::string& detail() const { return detail_; }

private:
    class Batch;
    error_code open_record(Batch& batch, MutableBytes record, Opened& opened);
    error_code take_alert(Bytes content);
    error_code take_handshake(Batch& batch, Bytes content);
    /// `message` begins with one of `size` bytes.
    error_code take_key_update(Batch& batch, Bytes message, std::size_t size);
    error_code fail(Error error, std::optional<Alert> alert, std::string detail);

    bool client_;
    bool update_due_ = false;  // before our next data
    bool peer_ended_ = false;
    std::uint64_t records_per_key_;
    TrafficKeys sealing_;
    std::optional<TrafficKeys> opening_;
    ByteVector handshake_;  // the beginning of a message whose other records are still to come
    std::optional<Alert> alert_;
    std::string detail_;
};

}  // namespace sallyport::channel::tls
