#include "base/secret.hpp"

#include <string.h>

namespace sallyport {

void wipe(MutableBytes bytes) {
    if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool equal_in_constant_time(Bytes a, Bytes b) {
    if (a.size() != b.size()) return false;
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

}  // namespace sallyport
