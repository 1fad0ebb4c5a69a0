#include "crypto/diffie_hellman.hpp"

#include <openssl/bn.h>
#include <sodium/crypto_scalarmult_curve25519.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <memory>

#include "crypto/sodium.hpp"

namespace sallyport::crypto {
namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Bignum = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using BignumContext = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using Montgomery = std::unique_ptr<BN_MONT_CTX, Freed<BN_MONT_CTX_free>>;

/// These fail for want of memory alone; no session can go on then.
template <typename T>
T* need(T* pointer) {
    if (pointer == nullptr) std::abort();
    return pointer;
}

struct Group {
    std::size_t size;
    Bignum p;
    Montgomery montgomery;

    explicit Group(Bignum prime_number) : p(std::move(prime_number)) {
        size = static_cast<std::size_t>(BN_num_bytes(p.get()));
        const BignumContext context(need(BN_CTX_new()));
        montgomery.reset(need(BN_MONT_CTX_new()));
        if (BN_MONT_CTX_set(montgomery.get(), p.get(), context.get()) != 1) std::abort();
    }
};

/// RFC 7919, A.1. OpenSSL has it only inside DH objects, so it stands here; a test compares it with theirs.
constexpr const char* ffdhe2048_prime =
    "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF9"
    "7D2FE363630C75D8F681B202AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935"
    "984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61D108A94BB2C8E3FB"
    "B96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F61"
    "9172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA"
    "886B423861285C97FFFFFFFFFFFFFFFF";

Bignum number_from_hex(const char* digits) {
    BIGNUM* number = nullptr;
    if (BN_hex2bn(&number, digits) == 0) std::abort();
    return Bignum(number);
}

const Group& group_of(FiniteField group) {
    static const Group ffdhe2048(number_from_hex(ffdhe2048_prime));
    static const Group modp1024(Bignum(need(BN_get_rfc2409_prime_1024(nullptr))));
    return group == FiniteField::ffdhe2048 ? ffdhe2048 : modp1024;
}

/// base ^ exponent mod p, left-padded into `result`.
void power(const Group& group, const BIGNUM* base, const Secret32& exponent, MutableBytes result) {
    const BignumContext context(need(BN_CTX_secure_new()));
    const Bignum e(need(BN_bin2bn(exponent.bytes().data(), static_cast<int>(exponent.size()), nullptr)));
    BN_set_flags(e.get(), BN_FLG_CONSTTIME);
    const Bignum value(need(BN_new()));
    const bool done =
        BN_mod_exp_mont_consttime(value.get(), base, e.get(), group.p.get(), context.get(), group.montgomery.get()) ==
            1 &&
        BN_bn2binpad(value.get(), result.data(), static_cast<int>(result.size())) == static_cast<int>(result.size());
    if (!done) std::abort();
}

}  // namespace

ErrorText describe(DhError) { return {"bad_share", "the other end sent a key share that no honest peer sends"}; }
const char* area_of(DhError) { return "diffie-hellman"; }

static_assert(X25519KeyPair::size == crypto_scalarmult_curve25519_BYTES);

X25519KeyPair::X25519KeyPair(Random& random) {
    start_sodium();
    random.fill(private_.writable());
    if (crypto_scalarmult_curve25519_base(share_.data(), private_.bytes().data()) != 0) std::abort();
}

Result<Secret32> X25519KeyPair::agree(Bytes peer_share) const {
    Secret32 secret;
    // libsodium refuses the all-zero secret.
    if (peer_share.size() != size ||
        crypto_scalarmult_curve25519(secret.writable().data(), private_.bytes().data(), peer_share.data()) != 0) {
        return make_error_code(DhError::bad_share);
    }
    return secret;
}

std::size_t share_size(FiniteField group) { return group_of(group).size; }

ByteVector prime(FiniteField group) {
    ByteVector bytes(share_size(group));
    BN_bn2binpad(group_of(group).p.get(), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

FiniteFieldKeyPair::FiniteFieldKeyPair(FiniteField group, Random& random) : group_(group), share_(share_size(group)) {
    random.fill(exponent_.writable());
    exponent_.writable()[0] |= 0x80;
    const Bignum two(need(BN_new()));
    BN_set_word(two.get(), 2);
    power(group_of(group), two.get(), exponent_, share_);
}

error_code FiniteFieldKeyPair::agree(Bytes peer_share, MutableBytes secret) const {
    const Group& group = group_of(group_);
    assert(secret.size() == group.size);
    if (peer_share.size() != group.size) return DhError::bad_share;
    const Bignum y(need(BN_bin2bn(peer_share.data(), static_cast<int>(peer_share.size()), nullptr)));
    const Bignum most(need(BN_dup(group.p.get())));
    BN_sub_word(most.get(), 2);
    if (BN_is_zero(y.get()) || BN_is_one(y.get()) || BN_cmp(y.get(), most.get()) > 0) return DhError::bad_share;
    power(group, y.get(), exponent_, secret);
    return {};
}

}  // namespace sallyport::crypto
