#include "crypto/poly1305.hpp"

#include <cryptopp/poly1305.h>

namespace sallyport::crypto {

std::array<std::uint8_t, 16> poly1305(const Secret32& one_time_key, std::initializer_list<Bytes> parts) {
    CryptoPP::Poly1305TLS mac;
    mac.SetKey(one_time_key.bytes().data(), one_time_key.size());
    for (const Bytes part : parts) mac.Update(part.data(), part.size());
    std::array<std::uint8_t, 16> tag;
    mac.Final(tag.data());
    return tag;
}

}  // namespace sallyport::crypto
