/// The channel contract: one end of a secure leg, without sockets, clocks or threads.
///
/// The driver (relay) moves bytes; a channel opens what arrived, seals what is to leave, and knows the truth about how
/// a stream ended. Native, TLS and plain channels run under the same driver and the same contract tests.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace sallyport::channel {

/// Why a channel can go no further. Every one is final: after it only pending() is of use.
enum class Error {
    // Said by both kinds
    truncated = 1,      // the connection ended without an authenticated end
    bad_record,         // a tag or MAC that does not fit; the peer is told nothing more
    record_too_long,    // a length that no record of this type can have
    unexpected_record,  // a type that is not allowed at this moment
    record_limit,       // one key has sealed all that it may; start a new connection
    peer_aborted,       // the peer says the stream is incomplete (Info::detail says why)
    not_established,    // data was to be sealed before the handshake was complete (a bug of the driver)
    // Handshake, said by a server about its peer
    stranger,               // no valid first message: say nothing, discard, close later (docs/native-channel.md, 18.1)
    card_sent,              // not a failure: the peer asked for the host card and has it; close
    wrong_label,            // the peer wants another service than this entry's
    no_common_suite,        // the peer offers nothing that this entry allows
    legacy_suites_refused,  // the peer offers legacy suites alone, and this entry does not allow them
    busy,                   // no capacity for another session
    client_key_refused,     // the client key is missing or not on the list
    // Handshake, said by a client about its peer
    refused_suite,    // the host says: no common suite
    refused_label,    // the host says: wrong label
    refused_busy,     // the host says: busy
    refused_legacy,   // the host says: legacy suites are not allowed here
    refused_unknown,  // the host says: a reason that this version does not know
    no_answer,        // the host closed without a word, as it does to strangers
    bad_answer,       // the answer does not fit what was offered
    bad_share,        // a key share that no honest peer sends
    wrong_host_key,   // the host has another key than the pinned one
    own_host_key,     // the host answered with this computer's own host key
    bad_signature,    // the host does not hold the key that it shows
    bad_finish,       // the handshake was altered on the way, or the fixed keys differ
    // TLS
    handshake_failed,     // Info::detail has the library's words
    certificate_unknown,  // no CA, pin or PSK vouches for the peer; Info::offered_key is its key
    certificate_name,     // the certificate is for another name
    certificate_expired,  // the certificate's dates do not include today
    old_tls_version,      // the peer offers nothing from TLS 1.2 on
    weak_certificate,     // the peer's key or signature is too weak to be believed
};

ErrorText describe(Error error);
const char* area_of(Error);
inline error_code make_error_code(Error error) { return make_named_error(error); }

/// What one end tells the other when a stream is over before its end. Numbers are the format's
/// (docs/native-channel.md, 15); TLS and plain channels have no such message and end without a signed end instead.
enum class AbortCode : std::uint8_t {
    protocol = 1,
    timeout = 2,
    plain_side = 3,
    target_unreachable = 4,
    client_key = 5,
    limit = 6,
    going_down = 7,
};

/// A message of FTP's control session to the program at the other end (docs/native-channel.md, 11), beside the stream.
struct Control {
    std::size_t before;  // how many slices of plaintext came before it: its place in the stream
    Bytes content;       // as valid as those slices; native/control.hpp reads it
};

/// What `open` found. The driver keeps one and reuses it, so that bulk data allocates nothing.
struct Opened {
    /// Bytes at the front of `arrived` that are done with; the rest is the beginning of a record still arriving.
    std::size_t consumed = 0;
    /// Plaintext in stream order: slices of `arrived`, valid until that buffer is used again.
    boost::container::small_vector<Bytes, 16> plaintext;
    /// Found on control sessions of native channels alone, in stream order.
    boost::container::small_vector<Control, 2> controls;

    void clear() {
        consumed = 0;
        plaintext.clear();
        controls.clear();
    }
};

/// Where plaintext may be read into so that sealing moves none of it; in the order in which they fill. The driver's
/// buffers have room for 17 native records, the last of them a small one.
using Slots = boost::container::small_vector<MutableBytes, 17>;

/// What is known of the secure leg, for status, sessions and logs.
struct Info {
    std::string kind;         // "native", "tls" or "plain"
    std::string suite;        // "AES256,X25519"; "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty while unknown
    bool legacy = false;      // a native suite with DES168 or DH1024
    bool resumed = false;     // TLS: an earlier session was taken up again
    std::string peer;         // who the peer has proven to be; empty: anonymous
    std::string offered_key;  // TLS client: "sha256//BASE64" of the key the server showed, also when it was refused
    std::string asked_name;   // TLS server: the name (SNI) that the client asked for, made safe to show
    std::string detail;       // more about an error, in the library's or the format's words; never the peer's text
};

/// Bytes that the driver may read at once into a buffer, and that a buffer must hold at least: a full record of either
/// kind with what belongs to it.
inline constexpr std::size_t min_buffer_size = 18 * 1024;

class Channel {
public:
    virtual ~Channel() = default;

    /// Opens every whole record at the front of `arrived`, in place; cut anywhere. During the handshake it takes
    /// handshake messages the same way. `opened` is cleared first. On an error, plaintext that was opened before it
    /// stands in `opened` and may still be delivered. Afterwards look at pending(): it may have answered.
    virtual error_code open(MutableBytes arrived, Opened& opened) = 0;

    /// The transport ended (FIN). Success only if an authenticated end came first (or the channel is plain, where FIN
    /// is all there is); otherwise truncated.
    virtual error_code transport_ended() = 0;

    /// Divides `buffer` (min_buffer_size or more) into slots for plaintext. Read into them in order, then seal.
    virtual void slots(MutableBytes buffer, Slots& slots) = 0;

    /// Seals the first `filled` bytes of plaintext that lie in the slots of `buffer`; yields what to send, a part of
    /// `buffer`. Send pending() first: it was made earlier. Fails before established() and after end().
    virtual Result<Bytes> seal(MutableBytes buffer, std::size_t filled) = 0;

    /// True when there is something to send that did not come from seal: handshake messages, alerts, pings, ends.
    virtual bool has_pending() const = 0;
    /// Hands it over. Send it before anything sealed later; also after an error (it tells the peer what it may know).
    virtual ByteVector take_pending() = 0;

    /// Our direction is complete, and the peer will be able to prove it: makes CLOSE or close_notify pending.
    virtual void end() = 0;
    /// The session is over and incomplete: makes what the format has for it pending. Nothing can be sealed afterwards.
    virtual void abort(AbortCode code) = 0;
    /// "I am alive": makes a PING pending where the format has one (native). False where it has none.
    virtual bool ping() = 0;

    /// The handshake is complete and the peer is who it should be.
    virtual bool established() const = 0;
    /// The peer's direction is complete, by an authenticated end and nothing else.
    virtual bool peer_ended() const = 0;
    /// end() was called.
    virtual bool ended() const = 0;

    /// True when the end of our direction is the transport's own FIN, because there is no other (plain).
    virtual bool ends_with_transport() const { return false; }

    /// Native: nine tenths of the records that the keys may seal are used up.
    virtual bool near_limit() const { return false; }

    virtual Info info() const = 0;
};

/// A channel that does nothing: bytes pass as they are. Used where an entry says `plain` in so many words.
std::unique_ptr<Channel> make_plain();

}  // namespace sallyport::channel
