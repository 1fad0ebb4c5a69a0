#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <cstdlib>

namespace sallyport::crypto {

void SystemRandom::fill(MutableBytes bytes) {
    if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
}

Random& system_random() {
    static SystemRandom random;
    return random;
}

}  // namespace sallyport::crypto
