/// Records, key exchanges and signatures of ours beside OpenSSL's, Crypto++'s and libgcrypt's, in one process and by
/// CPU time. A key exchange is a new key pair and its agreement with a peer's. The M of the rates is 2^20.

#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/crypto/job.hpp"

namespace {

using sallyport::bench::Job;

constexpr std::array record_sizes = {64, 1024, 16384};

void measure(benchmark::State& state, const Job& job, std::size_t size) {
    sallyport::ByteVector data(size);
    const auto work = job.prepare(data);
    for (auto _ : state) {
        work();
        benchmark::ClobberMemory();
    }
    if (size > 0) state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

}  // namespace

int main(int argc, char** argv) {
    using namespace sallyport::bench;
    std::vector<Job> jobs;
    for (const auto& theirs : {our_jobs(), openssl_jobs(), cryptopp_jobs(), gcrypt_jobs()}) {
        jobs.insert(jobs.end(), theirs.begin(), theirs.end());
    }
    // Who does the same work stands together.
    std::ranges::stable_sort(jobs, {}, [](const Job& job) { return job.name.substr(0, job.name.find('/')); });
    for (const auto& job : jobs) {
        if (!job.of_records) benchmark::RegisterBenchmark(job.name.c_str(), measure, job, 0);
        for (const int size : record_sizes) {
            if (job.of_records) {
                benchmark::RegisterBenchmark((job.name + '/' + std::to_string(size)).c_str(), measure, job, size);
            }
        }
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
    benchmark::RunSpecifiedBenchmarks();
}
