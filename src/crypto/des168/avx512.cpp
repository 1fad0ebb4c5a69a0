#include "crypto/des168/backends.hpp"
#include "crypto/des168/bitslice.hpp"

#include <immintrin.h>

namespace sallyport::crypto::des168 {
namespace {

/// A backend where any function of three inputs is one instruction. So no output comes out complemented.
struct Tables {
    typedef std::uint64_t Vec [[gnu::vector_size(64)]];
    using Mask = std::uint64_t;
    static constexpr std::size_t complement = 0;

    template <int Function>
    [[gnu::always_inline]] static Vec table(Vec a, Vec b, Vec c) {
        return (Vec)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, Function);
    }
    [[gnu::always_inline]] static void round(Vec* l, const Vec* r, const Mask* k, const Mask* inverse) {
        round_of_tables<Tables>(l, r, k, inverse);
    }
};

}  // namespace

void run_avx512(const std::uint8_t* key, std::uint64_t counter, std::uint8_t* data, std::size_t size) {
    run<Tables>(key, counter, data, size);
}

}  // namespace sallyport::crypto::des168
