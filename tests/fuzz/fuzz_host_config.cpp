// Reading sallyportd.conf: no text crashes it, what is wrong is shown where it stands, and no value leaves its range.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "host/config.hpp"

namespace {

using namespace sallyport;
using namespace std::chrono_literals;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_ftp(const relay::ftp::FtpService& ftp) {
    const auto [first, last] = ftp.data_ports;
    require((first == 0 && last == 0) || (first >= protocols::ftp::least_data_port && first <= last));
    require(ftp.detection >= 50ms && ftp.detection <= 10s);
    require(ftp.per_source.sessions >= 1 && ftp.per_source.sessions <= 1'000'000);
    require(ftp.per_source.unauthenticated >= 1 && ftp.per_source.unauthenticated <= 1'000'000);
    require(ftp.external_address.find(':') == std::string::npos);
    const auto& greeting = ftp.conversation.greeting;
    require(greeting.size() <= 200);
    require(std::all_of(greeting.begin(), greeting.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    const auto& timers = ftp.conversation.timers;
    for (const auto limit : {timers.abort, timers.final_reply, timers.login, timers.opening, timers.reply, timers.setup,
                             timers.stored_reply}) {
        require(limit >= 1s && limit <= 24h);
    }
    require(timers.idle >= 0s && timers.idle <= 24h && ftp.stall >= 0s && ftp.stall <= 24h);
}

void check_limits(const host::Config& config) {
    const auto& limits = config.limits;
    for (const auto limit : {limits.first_message, limits.handshake, limits.connect}) {
        require(limit >= 1s && limit <= 24h);
    }
    require(limits.idle >= 0s && config.drain >= 0s);
    require(limits.half_open >= 1 && limits.failure_burst >= 1 && limits.failures_per_second >= 1);
    require(config.threads <= 256);
    require(!config.legacy_until || config.legacy_until->ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto config = host::parse_config(as_text({data, size}), "f");
    render(config.diagnostics);
    for (const Diagnostic& d : config.diagnostics) require(d.column <= d.source.size() + 1);
    check_ftp(config.ftp);
    check_limits(config);
    return 0;
}
