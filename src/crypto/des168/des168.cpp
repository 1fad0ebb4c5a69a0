#include "crypto/des168.hpp"

#include <atomic>
#include <cassert>

#include "crypto/des168/backends.hpp"

namespace sallyport::crypto {
namespace {

struct Backend {
    Des168Backend name;
    des168::Run* run;
};

const std::vector<Backend>& backends() {
    static const std::vector<Backend> here = [] {
        std::vector<Backend> found = {{Des168Backend::portable, des168::run_portable}};
#ifdef __x86_64__
        found.push_back({Des168Backend::sse2, des168::run_sse2});
        if (__builtin_cpu_supports("avx2")) found.push_back({Des168Backend::avx2, des168::run_avx2});
        if (__builtin_cpu_supports("avx512f")) found.push_back({Des168Backend::avx512, des168::run_avx512});
#endif
        return found;
    }();
    return here;
}

std::atomic<const Backend*>& in_use() {
    static std::atomic<const Backend*> backend = &backends().back();
    return backend;
}

}  // namespace

void des168_ctr(std::span<const std::uint8_t, 24> key, std::uint64_t counter, MutableBytes data) {
    assert((counter & 0x7FF) == 0 && data.size() <= 2048 * 8);
    in_use().load(std::memory_order_relaxed)->run(key.data(), counter, data.data(), data.size());
}

bool force_des168_backend(Des168Backend wanted) {
    for (const Backend& backend : backends()) {
        if (backend.name == wanted) {
            in_use() = &backend;
            return true;
        }
    }
    return false;
}

std::vector<Des168Backend> des168_backends() {
    std::vector<Des168Backend> names;
    for (const Backend& backend : backends()) names.push_back(backend.name);
    return names;
}

Des168Backend des168_backend() { return in_use().load()->name; }

}  // namespace sallyport::crypto
