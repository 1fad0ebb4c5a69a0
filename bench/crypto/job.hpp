/// What crypto_bench measures: the same work by our code and by each of the libraries that it is measured beside.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace sallyport::bench {

/// What is done once in an iteration. Owns what it needs, but for the data.
using Work = std::function<void()>;

struct Job {
    std::string name;                                // WHAT/WHO
    std::function<Work(MutableBytes data)> prepare;  // keys are set up here, but for DES168 by ours
    bool of_records = true;                          // done for each size of a record; otherwise `data` is empty
};

std::vector<Job> our_jobs();
std::vector<Job> openssl_jobs();
std::vector<Job> cryptopp_jobs();
std::vector<Job> gcrypt_jobs();

// The record's head and tag, as the native channel has them.
inline constexpr std::array<std::uint8_t, 3> head{0x17, 0x40, 0x00};
inline constexpr std::size_t tag_size = 16;
inline constexpr std::array<std::uint8_t, 32> key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
inline constexpr std::size_t des168_key_size = 24;
// What a signature of the handshake is over.
inline constexpr std::array<std::uint8_t, 64> message{};

/// Another nonce for each record.
class Nonces {
public:
    const std::array<std::uint8_t, 12>& next() {
        for (auto& byte : nonce_) {
            if (++byte != 0) break;
        }
        return nonce_;
    }

private:
    std::array<std::uint8_t, 12> nonce_{};
};

}  // namespace sallyport::bench
