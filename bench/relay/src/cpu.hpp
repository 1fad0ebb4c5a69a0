/// Processor time, of the relay's halves and of everything else.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

namespace sallyport::bench {

/// `source` is the cpu.stat file of a cgroup, which also counts processes that have ended, or "pids:1,2" where no
/// cgroup can be made: then in steps of 10 ms, and without processes that began later.
std::chrono::microseconds cpu_of(const std::string& source);
std::chrono::microseconds cpu_of(std::jthread& thread);
/// All processors of this machine, whoever used them.
std::chrono::microseconds cpu_of_machine();
/// What the first `cores` of them had nothing to do; in steps of 10 ms.
std::chrono::microseconds idle_of_cores(std::size_t cores);

}  // namespace sallyport::bench
