#include "base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>

namespace sallyport::log {
namespace {

constexpr std::size_t queue_size = 8192;
constexpr int lines_a_second = 20;

/// How often one message was written in this second.
struct Rate {
    std::chrono::steady_clock::time_point second;
    int written = 0;
    int left_out = 0;
};

struct State {
    std::shared_ptr<spdlog::logger> logger;         // kept after finish(): a thread may be about to use it
    std::atomic<spdlog::logger*> active = nullptr;  // what write() uses; null before start() and after finish()
    std::mutex mutex;
    std::map<int, Rate> rates;
};

State& state() {
    static State state;
    return state;
}

spdlog::level::level_enum level_of(message::Severity severity) {
    switch (severity) {
        case message::Severity::info:
            return spdlog::level::info;
        case message::Severity::warning:
            return spdlog::level::warn;
        case message::Severity::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

/// Whether a line of this message may be written now; how many were left out before it.
bool may_write(int number, int& left_out) {
    const std::lock_guard lock(state().mutex);
    Rate& rate = state().rates[number];
    const auto now = std::chrono::steady_clock::now();
    if (now - rate.second >= std::chrono::seconds(1)) {
        rate.second = now;
        rate.written = 0;
        left_out = std::exchange(rate.left_out, 0);
    }
    if (rate.written == lines_a_second) {
        ++rate.left_out;
        return false;
    }
    ++rate.written;
    return true;
}

}  // namespace

void start(Level least) {
    spdlog::init_thread_pool(queue_size, 1);
    state().logger =
        std::make_shared<spdlog::async_logger>("sallyport", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                               spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
    state().logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %v");
    set_level(least);
    state().logger->flush_on(spdlog::level::debug);
    state().active = state().logger.get();
}

void set_level(Level least) {
    constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                    spdlog::level::err};
    state().logger->set_level(levels[static_cast<int>(least)]);
}

void finish() {
    state().active = nullptr;
    spdlog::shutdown();
}

void write(const Message& message, std::string_view text) {
    auto* logger = state().active.load();
    const auto level = level_of(message.severity);
    if (logger == nullptr || !logger->should_log(level)) return;
    int left_out = 0;
    if (!may_write(message.number, left_out)) return;
    const char letter = "IWE"[static_cast<int>(message.severity)];
    if (left_out > 0)
        logger->log(level, "SP-{} {} {} more like the next line were left out", message.number, letter, left_out);
    logger->log(level, "SP-{} {} {}", message.number, letter, text);
}

bool debugging() {
    const auto* logger = state().active.load();
    return logger != nullptr && logger->should_log(spdlog::level::debug);
}

void debug(std::string_view text) {
    if (auto* logger = state().active.load()) logger->debug("SP-0000 D {}", text);
}

}  // namespace sallyport::log
