/// docs/native-channel.md, 4 to 7: the four messages, and what each side checks, in the order of section 7.
///
///     C->S  M1  hello                       S->C  M2  answer, M3  server (sealed)
///     C->S  M4  client (sealed)             then records
///
/// Each class is one side of one handshake. Messages come whole; framing is the channel's affair.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channel/native/key_schedule.hpp"
#include "channel/native/record.hpp"
#include "crypto/diffie_hellman.hpp"
#include "crypto/random.hpp"
#include "crypto/signature.hpp"

namespace sallyport::channel::native {

struct FixedKey {
    std::string name;
    Secret32 key;
};

struct ClientKey {
    std::string name;
    crypto::PublicKey key;
};

/// What a workstation's entry says; shared by its connections.
struct ClientSettings {
    std::string label;
    SuiteSet offers;
    std::optional<crypto::PublicKey> pin;  // the host key; without it a fixed key is needed
    std::optional<Secret32> fixed_key;
    std::optional<crypto::SigningKey> client_key;
    std::vector<crypto::PublicKey> own_host_keys;  // of a daemon on this computer: never accepted without a pin (7.3)
};

/// What a table's entry says; shared by its connections.
struct ServerSettings {
    std::string label;
    std::vector<std::shared_ptr<const crypto::SigningKey>> host_keys;  // shared with the other entries; the first
                                                                       // serves clients without a pin
    std::vector<FixedKey> fixed_keys;                                  // not empty: required
    std::optional<std::vector<ClientKey>> client_keys;                 // set: required
    std::string card;                                                  // what ENROL is answered with
};

/// Settings and what follows from them once and for all: the keys that a hello's MAC may be made with (18.1).
class ServerContext {
public:
    explicit ServerContext(ServerSettings settings);

    struct Candidate {
        HostId host_id;  // as the hello must carry it
        const crypto::SigningKey* host_key;
        Secret32 imported;
        Secret32 mac1_key;
        std::string fixed_key_name;  // empty without
    };
    const ServerSettings& settings() const { return settings_; }
    const std::vector<Candidate>& candidates() const { return candidates_; }

private:
    ServerSettings settings_;
    std::vector<Candidate> candidates_;
};

/// What a completed handshake leaves.
struct Outcome {
    Suite suite;
    Sealer sealer;
    Opener opener;
    Secret32 exporter;
    crypto::PublicKey host_key;
    std::string peer;  // who the peer has proven to be: a host key, a client key, a fixed key; empty: anonymous
};

/// Both sides' shares for the groups that a set of suites names.
class KeyShares {
public:
    KeyShares(SuiteSet suites, crypto::Random& random);
    /// As they follow each other in a message: X25519, ffdhe2048, modp1024.
    void append_to(ByteVector& message) const;
    /// Z (5.4). `finite` is empty for X25519 alone.
    Result<ByteVector> agree(KeyExchange exchange, Bytes x25519, Bytes finite) const;

private:
    crypto::X25519KeyPair x25519_;
    std::vector<crypto::FiniteFieldKeyPair> finite_;
};

class ClientHandshake {
public:
    ClientHandshake(std::shared_ptr<const ClientSettings> settings, crypto::Random& random);
    ~ClientHandshake();

    const ByteVector& hello() const { return m1_; }
    /// Size of the M2 frame that begins with `header` (header_size + 1 bytes); nothing when it can be none of ours.
    static std::optional<std::size_t> answer_size(Bytes header);
    /// Takes M2 or REFUSE.
    error_code take_answer(Bytes m2);
    /// Takes M3; yields M4. Opens `m3` in place.
    Result<ByteVector> take_server(MutableBytes m3);
    /// The key that the host showed, once M3 was opened; also when it was refused.
    const crypto::PublicKey& shown_key() const { return host_key_; }
    /// After M4 was made.
    Outcome outcome();

private:
    std::shared_ptr<const ClientSettings> settings_;
    ByteVector m1_, m2_, m3_;
    KeyShares shares_;
    Secret32 imported_;  // kept until M2 is known: with a fixed key alone the host is not known before
    std::optional<Suite> suite_;
    std::optional<HandshakeSecrets> secrets_;
    crypto::PublicKey host_key_{};
    std::optional<Outcome> outcome_;
};

/// What the driver knows at the moment of a handshake.
struct Admission {
    SuiteSet allowed;  // of the entry, today (14.1)
    bool has_capacity = true;
    std::function<bool()> may_enrol;  // asked when a card is wanted (12.1); empty: never
};

class ServerHandshake {
public:
    ServerHandshake(std::shared_ptr<const ServerContext> context, crypto::Random& random);
    ~ServerHandshake();

    /// Takes M1; yields M2 and M3. Errors: stranger (say nothing), or one that is told with a REFUSE.
    Result<ByteVector> take_hello(Bytes m1, const Admission& admission);
    /// Takes M4, opening it in place. After client_key_refused the outcome is there all the same, to send an ABORT.
    error_code take_client(MutableBytes m4);
    Outcome outcome();

private:
    /// 7.4, beyond the MAC: the client key that was shown.
    error_code check_client(Bytes content, const crypto::Digest& th2);

    std::shared_ptr<const ServerContext> context_;
    crypto::Random& random_;
    const ServerContext::Candidate* candidate_ = nullptr;
    ByteVector transcript_;  // M1 || M2 || M3
    std::optional<Suite> suite_;
    std::optional<HandshakeSecrets> secrets_;
    std::string peer_;
    std::optional<Outcome> outcome_;
};

/// The code of the REFUSE that tells `error` to the client; nothing for errors that are not told.
std::optional<Refusal> refusal_of(const error_code& error);

}  // namespace sallyport::channel::native
