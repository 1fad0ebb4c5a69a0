/// libsodium wants to be started before its first use: it then chooses the fastest code for this processor.
#pragma once

#include <sodium/core.h>

#include <cstdlib>

namespace sallyport::crypto {

inline void start_sodium() {
    static const bool started = sodium_init() >= 0;
    if (!started) std::abort();
}

}  // namespace sallyport::crypto
