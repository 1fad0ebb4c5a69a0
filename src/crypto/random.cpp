#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <cstdlib>

namespace sallyport::crypto {

void SystemRandom::fill(MutableBytes bytes) {
    if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
}

}  // namespace sallyport::crypto
