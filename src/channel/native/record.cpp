#include "channel/native/record.hpp"

#include <algorithm>
#include <cassert>

#include "channel/native/key_schedule.hpp"
#include "crypto/des168.hpp"
#include "crypto/poly1305.hpp"

namespace sallyport::channel::native {
namespace {

crypto::AeadCipher aead_cipher(Cipher cipher) {
    return cipher == Cipher::aes256 ? crypto::AeadCipher::aes256_gcm : crypto::AeadCipher::chacha20_poly1305;
}

}  // namespace

std::uint64_t record_limit(Cipher cipher) { return cipher == Cipher::des168 ? des168_record_limit : aead_record_limit; }

/// 8.5: K, C0 and otk of one record.
struct RecordKeys::RecordKey {
    Secret<24> key;
    std::uint64_t counter = 0;
    Secret32 one_time;
};

RecordKeys::RecordKeys(Cipher cipher, Use use, Secret32 secret, std::uint64_t limit)
    : cipher_(cipher), use_(use), secret_(std::move(secret)), limit_(limit) {
    enter_epoch();
}

/// Makes the keys that the present secret stands for.
void RecordKeys::enter_epoch() {
    if (cipher_ == Cipher::des168) {
        rk_.emplace(derive(secret_, "rk").bytes());
        return;
    }
    key_ = derive(secret_, "key");
    expand_label(secret_, "iv", {}, iv_);
}

RecordKeys::RecordKey RecordKeys::record_key() {
    std::array<std::uint8_t, 8> sequence;
    put_u64(sequence, sequence_);
    const std::uint8_t one = 1, two = 2;
    RecordKey keys;
    crypto::Digest block = (*rk_)({sequence, {&one, 1}});
    keys.key = Secret<24>(std::span<const std::uint8_t, 32>(block).first<24>());
    for (std::size_t i = 24; i < 32; ++i) keys.counter = keys.counter << 8 | block[i];
    keys.counter &= ~des168_counter_mask;
    wipe(block);
    block = (*rk_)({sequence, {&two, 1}});
    keys.one_time = Secret32(block);
    wipe(block);
    return keys;
}

/// 8.4: the sequence number, right-aligned, XORed into the iv.
crypto::Nonce RecordKeys::nonce() const {
    crypto::Nonce nonce = iv_;
    std::array<std::uint8_t, 8> sequence;
    put_u64(sequence, sequence_);
    for (std::size_t i = 0; i < sequence.size(); ++i) nonce[4 + i] ^= sequence[i];
    return nonce;
}

/// The keys of the next record's epoch, made ready if they are not.
void RecordKeys::begin_record(ReadyKey& ready) {
    if (sequence_ > 0 && sequence_ % epoch_size == 0) {
        secret_ = derive(secret_, "upd");
        enter_epoch();
        ready.aead_.reset();
    }
    if (cipher_ != Cipher::des168 && !ready.aead_) {
        ready.aead_.emplace(aead_cipher(cipher_), use_ == Use::seal ? crypto::Aead::Use::seal : crypto::Aead::Use::open,
                            key_);
    }
}

void RecordKeys::seal_next(ReadyKey& ready, Bytes head, MutableBytes content, MutableBytes tag) {
    begin_record(ready);
    if (cipher_ == Cipher::des168) {
        RecordKey keys = record_key();
        crypto::des168_ctr(std::span<const std::uint8_t, 24>(keys.key.bytes()), keys.counter, content);
        const auto mac = crypto::poly1305(keys.one_time, {head, content});
        std::copy(mac.begin(), mac.end(), tag.begin());
    } else {
        ready.aead_->seal(nonce(), head, content, tag);
    }
    ++sequence_;
}

bool RecordKeys::open_next(ReadyKey& ready, Bytes head, MutableBytes content, Bytes tag) {
    begin_record(ready);
    if (cipher_ == Cipher::des168) {
        RecordKey keys = record_key();
        if (!equal_in_constant_time(crypto::poly1305(keys.one_time, {head, content}), tag)) return false;
        crypto::des168_ctr(std::span<const std::uint8_t, 24>(keys.key.bytes()), keys.counter, content);
    } else if (!ready.aead_->open(nonce(), head, content, tag)) {
        return false;
    }
    ++sequence_;
    return true;
}

error_code Sealer::seal_in_place(Type type, MutableBytes frame) {
    ReadyKey ready;
    return seal_in_place(type, frame, ready);
}

error_code Sealer::seal_in_place(Type type, MutableBytes frame, ReadyKey& ready) {
    assert(frame.size() >= record_overhead && frame.size() <= max_record);
    if (left() == 0 || (left() == 1 && type != Type::abort)) return Error::record_limit;
    frame[0] = static_cast<std::uint8_t>(type);
    put_u16(frame.subspan(1), static_cast<std::uint16_t>(frame.size() - header_size));
    seal_next(ready, frame.first(header_size), frame.subspan(header_size, frame.size() - record_overhead),
              frame.last(record_tag_size));
    return {};
}

Result<ByteVector> Sealer::seal(Type type, Bytes content) {
    ByteVector frame(content.size() + record_overhead);
    std::copy(content.begin(), content.end(), frame.begin() + header_size);
    if (const auto error = seal_in_place(type, frame)) return error;
    return frame;
}

Result<Bytes> Sealer::seal_data(MutableBytes buffer, std::size_t filled) {
    if (left() <= (filled + max_content - 1) / max_content) return make_error_code(Error::record_limit);
    std::size_t made = 0;
    ReadyKey ready;
    while (filled > 0) {
        const auto content = std::min(filled, max_content);
        const auto frame = buffer.subspan(made, content + record_overhead);
        if (const auto error = seal_in_place(Type::data, frame, ready)) return error;
        made += frame.size();
        filled -= content;
    }
    return Bytes(buffer.first(made));
}

Result<MutableBytes> Opener::open(MutableBytes frame) {
    ReadyKey ready;
    return open(frame, ready);
}

Result<MutableBytes> Opener::open(MutableBytes frame, ReadyKey& ready) {
    assert(frame.size() >= record_overhead && frame.size() <= max_record);
    if (left() == 0) return make_error_code(Error::record_limit);
    const auto content = frame.subspan(header_size, frame.size() - record_overhead);
    if (!open_next(ready, frame.first(header_size), content, frame.last(record_tag_size))) {
        return make_error_code(Error::bad_record);
    }
    return content;
}

}  // namespace sallyport::channel::native
