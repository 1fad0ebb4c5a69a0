/// The keystream of DES168 records: triple DES in counter mode, bit-sliced, so that it takes the same steps whatever
/// the key and the data are. Fast where it is called with a fresh key for every record: setting up a key takes under 1
/// us.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace sallyport::crypto {

/// data ^= 3DES-EDE3 in counter mode: keystream block i = E_K3(D_K2(E_K1(u64(counter | i)))), i from 0. The last block
/// may be used in part. `key` is K1 || K2 || K3, 24 bytes; parity bits are ignored, and no key is rejected as weak.
/// `counter` has its 11 low bits clear; `data` holds at most 16,384 bytes (2,048 blocks). Constant time. Never use a
/// key and counter twice.
void des168_ctr(std::span<const std::uint8_t, 24> key, std::uint64_t counter, MutableBytes data);

/// Ways to compute the same keystream, from the one that every processor has to the fastest.
enum class Des168Backend { portable, sse2, avx2, avx512 };

/// For tests and benchmarks: every later call uses `wanted`. False, and nothing changes, when this processor lacks it.
bool force_des168_backend(Des168Backend wanted);
/// Those that this processor has, slowest first.
std::vector<Des168Backend> des168_backends();
/// The one in use: the fastest, unless another was forced.
Des168Backend des168_backend();

}  // namespace sallyport::crypto
