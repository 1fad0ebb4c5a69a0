/// The backends of des168_ctr. Each is one translation unit, compiled for the processor that it is named after.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::crypto::des168 {

/// What des168_ctr does; only for a processor that has what the name says.
using Run = void(const std::uint8_t* key, std::uint64_t counter, std::uint8_t* data, std::size_t size);

Run run_portable;
Run run_sse2;
Run run_avx2;
Run run_avx512;

}  // namespace sallyport::crypto::des168
