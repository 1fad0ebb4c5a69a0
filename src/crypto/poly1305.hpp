/// Poly1305 (RFC 8439, 2.5) with a key that is used once.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/secret.hpp"

namespace sallyport::crypto {

std::array<std::uint8_t, 16> poly1305(const Secret32& one_time_key, std::initializer_list<Bytes> parts);

}  // namespace sallyport::crypto
