/// Large buffers that a thread's sessions borrow while data moves. An idle session holds none.
#pragma once

#include <memory>
#include <vector>

#include "base/bytes.hpp"

namespace sallyport::relay {

/// We chose: sixteen full records of either kind in one system call. Larger was not faster on loopback.
inline constexpr std::size_t buffer_size = 16 * (16384 + 64);

/// Given back when it goes out of scope, to the thread that destroys it: borrow and destroy on one thread.
class Buffer {
public:
    Buffer();
    Buffer(Buffer&&) noexcept = default;
    Buffer& operator=(Buffer&&) noexcept;
    ~Buffer();

    MutableBytes bytes() const { return {memory_.get(), buffer_size}; }

private:
    void give_back();
    std::unique_ptr<std::uint8_t[]> memory_;
};

}  // namespace sallyport::relay
