#include "crypto/des168/backends.hpp"
#include "crypto/des168/bitslice.hpp"

namespace sallyport::crypto::des168 {

void run_avx2(const std::uint8_t* key, std::uint64_t counter, std::uint8_t* data, std::size_t size) {
    typedef std::uint64_t Vec [[gnu::vector_size(32)]];
    run<Gates<Vec, std::uint64_t>>(key, counter, data, size);
}

}  // namespace sallyport::crypto::des168
