/// Bit-sliced triple DES in counter mode, as a template over the machine's widest vector. Only the backends include it:
/// each is compiled for another processor, so everything here must stay theirs alone (an anonymous namespace, and no
/// inline function of a library) or the linker may give one backend's code to all.
///
/// Bit i of all blocks of a batch stands in one vector, a plane. Round functions, permutations and keys act on whole
/// planes with logic operations, so no address and no branch depends on a secret.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/secret.hpp"

namespace sallyport::crypto::des168 {
namespace {

#include "crypto/des168/round.inc"

/// How far C and D stand rotated in each round (FIPS 46-3).
inline constexpr std::uint8_t rotation[16] = {1, 2, 4, 6, 8, 10, 12, 14, 15, 17, 19, 21, 23, 25, 27, 28};
inline constexpr std::uint8_t pc1[56] = {57, 49, 41, 33, 25, 17, 9,  1,  58, 50, 42, 34, 26, 18, 10, 2,  59, 51, 43,
                                         35, 27, 19, 11, 3,  60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7,  62, 54,
                                         46, 38, 30, 22, 14, 6,  61, 53, 45, 37, 29, 21, 13, 5,  28, 20, 12, 4};

/// A backend of and, or, xor, and-not. `Mask` is how a key bit is kept: as a full vector, or as the 64 bits that the
/// processor repeats while it reads them.
template <class V, class M>
struct Gates {
    using Vec = V;
    using Mask = M;
    /// The gates compute some S-box outputs complemented, so that after an odd number of rounds some planes of a half
    /// are stored complemented. Where they are read, a complemented key mask undoes it: each key is kept both ways.
    static constexpr std::size_t complement = 112;
    [[gnu::always_inline]] static void round(Vec* l, const Vec* r, const Mask* k, const Mask* inverse) {
        round_of_gates<Gates>(l, r, k, inverse);
    }
};

template <class T>
struct Kernel {
    using Vec = typename T::Vec;
    using Mask = typename T::Mask;
    static constexpr std::size_t lanes = sizeof(Vec) / 8;
    static constexpr std::size_t batch = 64 * sizeof(Vec);  // bytes of keystream

    /// Of one DES key: C twice, then D twice, so that rotating both is moving one pointer and no round has a key of its
    /// own to be written down. Then all of it complemented, if the backend needs that.
    using Key = Mask[112 + T::complement];

    Key keys[3];
    Vec halves[64];  // L, then R
    Vec rows[64];    // the keystream

    void set_key(const std::uint8_t* bytes) {
        for (Key& key : keys) {
            std::uint64_t bits = 0;
            for (int i = 0; i < 8; ++i) bits = bits << 8 | *bytes++;
#pragma GCC unroll 4
            for (int i = 0; i < 56; ++i) {
                const Mask mask = Mask{} - (bits >> (64 - pc1[i]) & 1);
                Mask* to = key + (i < 28 ? i : i + 28);
                to[0] = to[28] = mask;
                if constexpr (T::complement != 0) to[T::complement] = to[T::complement + 28] = ~mask;
            }
        }
    }

    /// The planes of the counters from `counter` on, which is a multiple of the batch. Lanes count fastest, then the
    /// bits within a lane: so a transposition within lanes yields the keystream in its order.
    void set_counters(std::uint64_t counter) {
        static constexpr std::uint64_t within_lane[6] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                                         0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
        // Bit b of the counter, from the right, goes here: this is the initial permutation.
        static constexpr std::uint8_t row[8] = {3, 7, 2, 6, 1, 5, 0, 4};
        std::size_t bit = 0;
        const auto plane = [&]() -> Vec& { return halves[8 * row[bit % 8] + bit / 8]; };
        for (; std::size_t{1} << bit < lanes; ++bit) {
            std::uint64_t of_lane[lanes];
            for (std::size_t lane = 0; lane < lanes; ++lane) of_lane[lane] = 0 - (lane >> bit & 1);
            std::memcpy(&plane(), of_lane, sizeof of_lane);
        }
        for (const std::uint64_t pattern : within_lane) plane() = Vec{} + pattern, ++bit;
        for (; bit < 64; ++bit) plane() = Vec{} - (counter >> bit & 1);
    }

    /// E_K3(D_K2(E_K1())) without its initial and final permutation; those between the three cancel out. No halves are
    /// swapped: rounds alternate between them, and an even number of rounds makes the next DES start with the other.
    [[gnu::noinline]] void encrypt() {
        for (int stage = 0; stage < 3; ++stage) {
            Vec* const l = stage == 1 ? halves + 32 : halves;
            Vec* const r = stage == 1 ? halves : halves + 32;
            const int backwards = stage == 1 ? 15 : 0;
            for (int round = 0; round < 16; round += 2) {
                const Mask* const k0 = keys[stage] + rotation[round ^ backwards];
                const Mask* const k1 = keys[stage] + rotation[(round + 1) ^ backwards];
                // The half that round n reads has changed n / 2 times, rounded up; both start and end as they are.
                const std::size_t inverse = (round & 2) != 0 ? T::complement : 0;
                T::round(l, r, k0, k0 + inverse);
                T::round(r, l, k1, k1 + (T::complement - inverse));
            }
        }
    }

    /// One step of transposing: swaps squares of Shift x Shift bits between the vectors v[i] and v[i + Distance].
    template <int Distance, int Shift>
    [[gnu::always_inline]] static void exchange(Vec (&v)[8]) {
        // Shift ones, as many zeros, and so on.
        constexpr std::uint64_t low = ~std::uint64_t{0} / ((std::uint64_t{1} << Shift) + 1);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            if ((i & Distance) != 0) continue;
            const Vec difference = (v[i] >> Shift ^ v[i + Distance]) & low;
            v[i + Distance] ^= difference;
            v[i] ^= difference << Shift;
        }
    }

    /// The final permutation and the transposition, from planes to blocks; no more than `bytes` asks for.
    void make_rows(std::size_t bytes) {
        static_assert(std::endian::native == std::endian::little);  // byte i of a block is made in bits 8i to 8i + 7
        // The final permutation takes output byte i, bit q from the right, from place 7 - i of this group of planes.
        static constexpr std::uint8_t group[8] = {7, 3, 6, 2, 5, 1, 4, 0};
        Vec v[8];
        for (int q = 0; q < 8; ++q) {
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) v[i] = halves[8 * group[q] + 7 - i];
            exchange<4, 32>(v);
            exchange<2, 16>(v);
            exchange<1, 8>(v);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) rows[q + 8 * i] = v[i];
        }
        for (Vec* r = rows; static_cast<std::size_t>(r - rows) * sizeof(Vec) < bytes; r += 8) {
            std::memcpy(v, r, sizeof v);
            exchange<4, 4>(v);
            exchange<2, 2>(v);
            exchange<1, 1>(v);
            std::memcpy(r, v, sizeof v);
        }
    }

    void run(const std::uint8_t* key, std::uint64_t counter, std::uint8_t* data, std::size_t size) {
        set_key(key);
        for (; size > 0; counter += batch / 8) {
            const std::size_t bytes = size < batch ? size : batch;
            set_counters(counter);
            encrypt();
            make_rows(bytes);
            const auto* keystream = reinterpret_cast<const std::uint8_t*>(rows);
            for (std::size_t i = 0; i < bytes; ++i) data[i] ^= keystream[i];
            data += bytes;
            size -= bytes;
        }
        wipe({reinterpret_cast<std::uint8_t*>(this), sizeof *this});
    }
};

template <class T>
void run(const std::uint8_t* key, std::uint64_t counter, std::uint8_t* data, std::size_t size) {
    Kernel<T> kernel;
    kernel.run(key, counter, data, size);
}

}  // namespace
}  // namespace sallyport::crypto::des168
