#include <algorithm>

#include "channel/native/handshake.hpp"

namespace sallyport::channel::native {
namespace {

crypto::FiniteField group_of(KeyExchange exchange) {
    return exchange == KeyExchange::dh2048 ? crypto::FiniteField::ffdhe2048 : crypto::FiniteField::modp1024;
}

}  // namespace

KeyShares::KeyShares(SuiteSet suites, crypto::Random& random) : x25519_(random) {
    for (const auto exchange : {KeyExchange::dh2048, KeyExchange::dh1024}) {
        if (suites.needs(exchange)) finite_.emplace_back(group_of(exchange), random);
    }
}

void KeyShares::append_to(ByteVector& message) const {
    append(message, x25519_.share());
    for (const auto& pair : finite_) append(message, pair.share());
}

Result<ByteVector> KeyShares::agree(KeyExchange exchange, Bytes x25519, Bytes finite) const {
    const auto shared = x25519_.agree(x25519);
    if (!shared) return make_error_code(Error::bad_share);
    ByteVector z;
    if (exchange != KeyExchange::x25519) {
        const auto pair = std::find_if(finite_.begin(), finite_.end(),
                                       [&](const auto& p) { return p.group() == group_of(exchange); });
        if (pair == finite_.end()) return make_error_code(Error::bad_share);
        z.reserve(pair->share().size() + shared->bytes().size());  // growing would leave an unwiped copy behind
        z.resize(pair->share().size());
        if (pair->agree(finite, z)) return make_error_code(Error::bad_share);
    }
    append(z, shared->bytes());
    return z;
}

}  // namespace sallyport::channel::native
