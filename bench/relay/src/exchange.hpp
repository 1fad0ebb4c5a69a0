/// What client and target say to each other through the relay, and what both count.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace sallyport::bench {

enum class Kind : std::uint32_t {
    up = 1,  // the client sends for ever
    down,    // the target sends for ever
    both,
    request,  // `request` bytes follow, the target answers `response` bytes, then another header
};

/// Begins each exchange. Both ends are one process, so it travels as it lies in memory.
struct Header {
    Kind kind;
    std::uint32_t request;
    std::uint32_t response;
    std::uint32_t unused;
};
static_assert(sizeof(Header) == 16 && std::is_trivially_copyable_v<Header>);

/// Bytes moved by one system call: as much as the relays move.
inline constexpr std::size_t chunk_size = 256 * 1024;
/// The most that is read in one call. A sink reads with MSG_TRUNC: the kernel drops the bytes, nothing is copied.
inline constexpr std::size_t sink_size = 4 * 1024 * 1024;

/// Written by the client's and the target's thread, read by main's.
struct Counters {
    std::atomic<std::uint64_t> up{0};         // bytes that reached the target in bulk
    std::atomic<std::uint64_t> down{0};       // and the client
    std::atomic<std::uint64_t> ready{0};      // connections that have had their first answer
    std::atomic<std::uint64_t> failed{0};     // connections that broke
    std::atomic<std::uint64_t> done{0};       // exchanges answered inside the window
    std::atomic<std::uint64_t> resumed{0};    // TLS sessions taken up again
    std::atomic<std::uint64_t> exchanged{0};  // hold: connections that have had this wave's traffic
    // Written by main, read by the client.
    std::atomic<std::size_t> wanted{0};  // connections to have
    std::atomic<unsigned> wave{0};       // hold: waves of traffic asked for
    std::atomic<bool> measuring{false};
};

}  // namespace sallyport::bench
