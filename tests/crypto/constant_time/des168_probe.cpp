/// des168_probe BACKEND, under valgrind: seals with secrets that memcheck takes for undefined, so that it reports each
/// branch and each address made from them. `cryptopp` instead of a backend shows what a report looks like.

#include <cryptopp/des.h>
#include <valgrind/memcheck.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "crypto/des168.hpp"

namespace {

using sallyport::crypto::Des168Backend;

constexpr int skipped = 77;

struct Secrets {
    std::array<std::uint8_t, 24> key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    std::uint64_t counter = 0x1d077883bf5a3800;
    sallyport::ByteVector data;

    explicit Secrets(std::size_t size) : data(size) {
        VALGRIND_MAKE_MEM_UNDEFINED(key.data(), key.size());
        VALGRIND_MAKE_MEM_UNDEFINED(&counter, sizeof counter);
        VALGRIND_MAKE_MEM_UNDEFINED(data.data(), data.size());
        counter &= ~std::uint64_t{0x7FF};  // the block number is no secret
    }
};

int probe_cryptopp() {
    Secrets secrets(8);
    const CryptoPP::DES_EDE3::Encryption cipher(secrets.key.data(), secrets.key.size());
    cipher.ProcessBlock(secrets.data.data());
    return 0;
}

int probe(Des168Backend backend) {
    if (!sallyport::crypto::force_des168_backend(backend)) {
        std::puts("skipped: this processor, or the one that valgrind imitates, lacks what this backend needs");
        return skipped;
    }
    for (const std::size_t size : {1u, 20u, 511u, 4096u, 5000u, 16384u}) {
        Secrets secrets(size);
        sallyport::crypto::des168_ctr(secrets.key, secrets.counter, secrets.data);
        std::uint8_t undefined = 0;
        if (VALGRIND_GET_VBITS(secrets.data.data(), &undefined, 1) == 1 && undefined == 0) {
            std::puts("valgrind lost track of the secrets: this probe proves nothing");
            return 1;
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view backend = argc == 2 ? argv[1] : "";
    if (backend == "portable") return probe(Des168Backend::portable);
    if (backend == "sse2") return probe(Des168Backend::sse2);
    if (backend == "avx2") return probe(Des168Backend::avx2);
    if (backend == "avx512") return probe(Des168Backend::avx512);
    if (backend == "cryptopp") return probe_cryptopp();
    std::puts("usage: des168_probe portable|sse2|avx2|avx512|cryptopp");
    return 64;
}
