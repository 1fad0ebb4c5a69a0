/// What bench.py asks of the load generator.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::bench {

enum class Scenario { bulk, rate, latency, burst, hold };
enum class Flow { up, down, both };

using Seconds = std::chrono::duration<double>;

struct Options {
    Scenario scenario = Scenario::bulk;
    sockaddr_in connect{};  // where the relay listens
    sockaddr_in listen{};   // where it connects to: our target
    Flow flow = Flow::up;
    std::size_t connections = 1;
    std::uint32_t request = 100;
    std::uint32_t response = 100;
    double paced = 0;  // requests a second over all connections; 0: each sends again when it has its answer
    Seconds warm_up{0.4};
    Seconds window{1};
    Seconds patience{30};  // for all connections to be answered
    bool tls = false;      // we are the encrypted end ourselves: the relay is a server half alone
    bool resume = false;
    std::size_t relay_cores = 0;  // the first of the machine, whose idle time is told
    std::string ca;
    std::string ciphersuite;
    std::vector<std::pair<std::string, std::string>> cpu;  // name of a half, where its processor time is read
};

/// Throws when the command line makes no sense.
Options parse_options(int argc, char** argv);

}  // namespace sallyport::bench
