#include "cpu.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sallyport::bench {
namespace {

using std::chrono::microseconds;

microseconds from_ticks(std::uint64_t ticks) {
    static const long ticks_a_second = sysconf(_SC_CLK_TCK);
    return microseconds(ticks * 1'000'000 / static_cast<std::uint64_t>(ticks_a_second));
}

std::uint64_t ticks_of_process(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');  // the name may hold blanks and parentheses
    if (name_end == std::string::npos) return 0;
    std::istringstream fields(line.substr(name_end + 1));
    std::string field;
    std::uint64_t ticks = 0;
    for (int number = 3; number <= 17 && fields >> field; ++number) {
        if (number >= 14) ticks += std::stoull(field);  // utime, stime, cutime, cstime: proc(5)
    }
    return ticks;
}

}  // namespace

microseconds cpu_of(const std::string& source) {
    if (source.starts_with("pids:")) {
        std::istringstream pids(source.substr(5));
        std::uint64_t ticks = 0;
        for (std::string pid; std::getline(pids, pid, ',');) ticks += ticks_of_process(pid);
        return from_ticks(ticks);
    }
    std::ifstream file(source);
    std::string key;
    std::uint64_t value = 0;
    while (file >> key >> value) {
        if (key == "usage_usec") return microseconds(value);
    }
    throw std::runtime_error("no usage_usec in " + source);
}

microseconds cpu_of(std::jthread& thread) {
    clockid_t clock;
    timespec time{};
    if (pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
    return std::chrono::duration_cast<microseconds>(std::chrono::seconds(time.tv_sec) +
                                                    std::chrono::nanoseconds(time.tv_nsec));
}

microseconds cpu_of_machine() {
    std::ifstream file("/proc/stat");
    std::string name;
    std::uint64_t user = 0, nice = 0, system = 0, idle = 0, io_wait = 0, irq = 0, soft_irq = 0;
    file >> name >> user >> nice >> system >> idle >> io_wait >> irq >> soft_irq;
    return from_ticks(user + nice + system + irq + soft_irq);
}

microseconds idle_of_cores(std::size_t cores) {
    std::ifstream file("/proc/stat");
    std::string line;
    std::getline(file, line);  // the sum of all
    std::uint64_t ticks = 0;
    while (cores-- > 0 && std::getline(file, line)) {
        std::istringstream fields(line);
        std::string name;
        std::uint64_t user = 0, nice = 0, system = 0, idle = 0, io_wait = 0;
        fields >> name >> user >> nice >> system >> idle >> io_wait;
        ticks += idle + io_wait;
    }
    return from_ticks(ticks);
}

}  // namespace sallyport::bench
