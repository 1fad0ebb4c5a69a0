/// docs/native-channel.md, 8: sealed frames, one direction of one secret.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/suite.hpp"
#include "channel/channel.hpp"
#include "channel/native/format.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"

namespace sallyport::channel::native {

/// How many records one direction of this cipher may seal (8.7).
std::uint64_t record_limit(Cipher cipher);

/// The key of one direction, made ready by the first record it is used for. Whoever works on several records of that
/// direction in a row keeps it for their time, and nobody longer: an idle session has the secrets alone.
class ReadyKey {
private:
    friend class RecordKeys;
    std::optional<crypto::Aead> aead_;
};

/// What both directions share: the secret, its count of records, and the keys of the present epoch.
class RecordKeys {
public:
    enum class Use { seal, open };
    /// `limit` is the format's; a test lowers it to see it reached.
    RecordKeys(Cipher cipher, Use use, Secret32 secret, std::uint64_t limit);

    std::uint64_t sequence() const { return sequence_; }
    std::uint64_t left() const { return limit_ - sequence_; }

protected:
    /// Encrypts `content` in place and yields the tag over `head` and what it became; the next record is another one.
    void seal_next(ReadyKey& ready, Bytes head, MutableBytes content, MutableBytes tag);
    bool open_next(ReadyKey& ready, Bytes head, MutableBytes content, Bytes tag);

private:
    struct RecordKey;  // DES168's, for one record
    void enter_epoch();
    void begin_record(ReadyKey& ready);
    RecordKey record_key();
    crypto::Nonce nonce() const;

    Cipher cipher_;
    Use use_;
    Secret32 secret_;
    std::uint64_t sequence_ = 0;
    std::uint64_t limit_;
    Secret32 key_;                       // AES256, CHACHA20
    crypto::Nonce iv_{};                 // AES256, CHACHA20
    std::optional<crypto::HmacKey> rk_;  // DES168
};

class Sealer : private RecordKeys {
public:
    Sealer(Cipher cipher, Secret32 secret) : Sealer(cipher, std::move(secret), record_limit(cipher)) {}
    Sealer(Cipher cipher, Secret32 secret, std::uint64_t limit)
        : RecordKeys(cipher, Use::seal, std::move(secret), limit) {}

    /// `frame` has the content behind 3 bytes for the head and before 16 for the tag, and becomes the record.
    /// record_limit when nothing but ABORT may follow, and it is none, or when that one has been sealed too.
    error_code seal_in_place(Type type, MutableBytes frame);
    error_code seal_in_place(Type type, MutableBytes frame, ReadyKey& ready);
    /// A record of its own.
    Result<ByteVector> seal(Type type, Bytes content);
    /// Seals `filled` bytes of content that lie in `buffer` in full records and a last one, each with room for its head
    /// and its tag; yields the records. At the limit all or nothing: a record that was sealed and not sent would be
    /// missed.
    Result<Bytes> seal_data(MutableBytes buffer, std::size_t filled);

    using RecordKeys::left;
    using RecordKeys::sequence;
};

class Opener : private RecordKeys {
public:
    Opener(Cipher cipher, Secret32 secret) : Opener(cipher, std::move(secret), record_limit(cipher)) {}
    Opener(Cipher cipher, Secret32 secret, std::uint64_t limit)
        : RecordKeys(cipher, Use::open, std::move(secret), limit) {}

    /// Opens one whole frame in place; yields its content, a part of `frame`. bad_record, final, when the tag does not
    /// fit: nothing that arrived after it can be believed.
    Result<MutableBytes> open(MutableBytes frame);
    Result<MutableBytes> open(MutableBytes frame, ReadyKey& ready);

    using RecordKeys::sequence;
};

}  // namespace sallyport::channel::native
