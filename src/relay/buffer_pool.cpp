#include "relay/buffer_pool.hpp"

namespace sallyport::relay {
namespace {

/// More are freed at once: a burst must not leave its memory behind.
constexpr std::size_t most_kept = 4;

std::vector<std::unique_ptr<std::uint8_t[]>>& kept() {
    thread_local std::vector<std::unique_ptr<std::uint8_t[]>> buffers;
    return buffers;
}

}  // namespace

Buffer::Buffer() {
    if (kept().empty()) {
        memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(buffer_size);
    } else {
        memory_ = std::move(kept().back());
        kept().pop_back();
    }
}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
    if (this != &other) {
        give_back();
        memory_ = std::move(other.memory_);
    }
    return *this;
}

Buffer::~Buffer() { give_back(); }

void Buffer::give_back() {
    if (memory_ && kept().size() < most_kept) kept().push_back(std::move(memory_));
    memory_.reset();
}

}  // namespace sallyport::relay
