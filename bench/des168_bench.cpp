/// The DES168 keystream of each backend beside OpenSSL's triple DES, in one process and by CPU time.
/// A fresh key each time, as records have it; OpenSSL keeps its key. The M of the rates is 2^20.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>

#include "crypto/des168.hpp"

namespace {

using sallyport::ByteVector;
using sallyport::crypto::Des168Backend;

constexpr std::array record_sizes = {64, 1024, 4096, 16384};

void report(benchmark::State& state, std::size_t size) {
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(size));
}

/// A size of 0 is key set-up and its erasure alone.
void seal(benchmark::State& state, Des168Backend backend, std::size_t size) {
    sallyport::crypto::force_des168_backend(backend);
    std::array<std::uint8_t, 24> key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    ByteVector data(size);
    for (auto _ : state) {
        key[3] = static_cast<std::uint8_t>(key[3] + 2);
        sallyport::crypto::des168_ctr(key, 0x1d077883bf5a3800, data);
        benchmark::ClobberMemory();
    }
    report(state, size);
}

void openssl(benchmark::State& state, std::size_t size) {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    constexpr std::array<std::uint8_t, 24> key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const ByteVector data(size);
    ByteVector result(size + 8);
    EVP_EncryptInit_ex(context.get(), EVP_des_ede3_ecb(), nullptr, key.data(), nullptr);
    for (auto _ : state) {
        int written = 0;
        EVP_EncryptUpdate(context.get(), result.data(), &written, data.data(), static_cast<int>(size));
        benchmark::ClobberMemory();
    }
    report(state, size);
}

const char* name_of(Des168Backend backend) {
    constexpr std::array names = {"portable", "sse2", "avx2", "avx512"};
    return names[static_cast<std::size_t>(backend)];
}

}  // namespace

int main(int argc, char** argv) {
    for (const int size : record_sizes) {
        benchmark::RegisterBenchmark(("openssl/" + std::to_string(size)).c_str(), openssl, size);
    }
    for (const auto backend : sallyport::crypto::des168_backends()) {
        const std::string name = name_of(backend);
        benchmark::RegisterBenchmark((name + "/key").c_str(), seal, backend, 0);
        for (const int size : record_sizes) {
            benchmark::RegisterBenchmark((name + "/" + std::to_string(size)).c_str(), seal, backend, size);
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
    benchmark::RunSpecifiedBenchmarks();
}
