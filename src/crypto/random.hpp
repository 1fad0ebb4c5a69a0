/// Where randomness comes from. Protocol code is handed one, so that tests can hand it another.
#pragma once

#include "base/bytes.hpp"

namespace sallyport::crypto {

class Random {
public:
    virtual ~Random() = default;
    /// Fills `bytes` completely. Must be safe to call from several threads.
    virtual void fill(MutableBytes bytes) = 0;
};

/// The operating system's, through OpenSSL's generator (seeded anew after a fork).
class SystemRandom final : public Random {
public:
    /// Ends the process if there is no randomness: nothing here may go on without.
    void fill(MutableBytes bytes) override;
};

/// The one that programs use.
Random& system_random();

}  // namespace sallyport::crypto
