/// docs/native-channel.md, 11: data channels are further connections to the same port, opened by a single-use token
/// that the control session handed out.
#pragma once

#include <array>
#include <map>
#include <utility>

#include "base/suite.hpp"
#include "channel/native/key_schedule.hpp"
#include "channel/native/record.hpp"
#include "crypto/random.hpp"

namespace sallyport::channel::native {

using Token = std::array<std::uint8_t, token_size>;

/// The two directions of a data channel, as its client or its server uses them.
struct DataKeys {
    Sealer sealer;
    Opener opener;
};

/// The client's side of one data channel.
class DataOpen {
public:
    /// `exporter` is the control session's.
    DataOpen(const Secret32& exporter, Cipher cipher, const Token& token, crypto::Random& random);
    /// D1, with the magic before it.
    const ByteVector& message() const { return d1_; }
    /// Takes D2. The client's first record must be READY.
    Result<DataKeys> take_answer(Bytes d2) const;

private:
    Secret32 exporter_;
    Secret32 mac_key_;
    Cipher cipher_;
    ByteVector d1_;
};

/// The server's tokens, of all its control sessions. Their 30 s of life are measured by the owner, who removes what has
/// expired; the owner also sees to it that one thread at a time is here.
class TokenStore {
public:
    /// What a token stands for: the control session's exporter and cipher, the owner's word for the session, and what
    /// is known of it, which is known of its data channels too.
    struct Ticket {
        Secret32 exporter;
        Cipher cipher;
        std::uint64_t owner;
        Info session = {};
    };

    Token add(Ticket ticket, crypto::Random& random);
    void remove(const Token& token) { tickets_.erase(token); }
    std::size_t size() const { return tickets_.size(); }

    struct Accepted {
        ByteVector answer;  // D2
        DataKeys keys;
        std::uint64_t owner;
        Cipher cipher;
        Info session;
    };
    /// Takes D1 and uses its token up. stranger, with the token kept, for anything that does not fit (11.1).
    Result<Accepted> take(Bytes d1, crypto::Random& random);

private:
    std::map<Token, Ticket> tickets_;
};

}  // namespace sallyport::channel::native
