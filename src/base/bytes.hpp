/// Views of bytes, and the few helpers that every wire format needs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;

/// The characters of `text` as bytes; valid as long as the text is.
inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

inline void append(ByteVector& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

/// Big-endian integers, as every wire format here has them. The span must be long enough.
inline void put_u16(MutableBytes to, std::uint16_t value) {
    to[0] = static_cast<std::uint8_t>(value >> 8);
    to[1] = static_cast<std::uint8_t>(value);
}
inline void put_u64(MutableBytes to, std::uint64_t value) {
    for (int i = 7; i >= 0; --i, value >>= 8) to[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value);
}
inline std::uint16_t get_u16(Bytes from) { return static_cast<std::uint16_t>(from[0] << 8 | from[1]); }

/// Lower-case hexadecimal digits, two a byte.
std::string to_hex(Bytes bytes);
/// The bytes of hexadecimal digits in either case; nothing else may stand in `text`. False when it does.
bool from_hex(std::string_view text, ByteVector& bytes);

}  // namespace sallyport
