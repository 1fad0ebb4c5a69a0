#include "crypto/des168/backends.hpp"
#include "crypto/des168/bitslice.hpp"

namespace sallyport::crypto::des168 {

void run_portable(const std::uint8_t* key, std::uint64_t counter, std::uint8_t* data, std::size_t size) {
    run<Gates<std::uint64_t, std::uint64_t>>(key, counter, data, size);
}

}  // namespace sallyport::crypto::des168
