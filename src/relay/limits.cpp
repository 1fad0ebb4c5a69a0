#include "relay/limits.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "relay/error.hpp"
#include "relay/leg.hpp"

namespace sallyport::relay {
namespace {

/// Beyond this many sources the map is swept of those that have calmed down.
constexpr std::size_t sweep_above = 4096;
/// A flood is remembered for so many bursts: with the defaults, its source is shut out for 20 s at most.
constexpr double most_debt = 10;

std::string key_of(const asio::ip::address& mapped) {
    const auto source = unmapped(mapped);
    if (source.is_v4()) return source.to_string();
    auto bytes = source.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes).to_string();
}

}  // namespace

void SourceGuard::drain(Bucket& bucket, Clock::time_point now) const {
    const std::chrono::duration<double> passed = now - bucket.seen;
    bucket.level = std::max(0.0, bucket.level - passed.count() * per_second_);
    bucket.seen = now;
}

bool SourceGuard::may_connect(const asio::ip::address& source, Clock::time_point now) {
    const auto found = buckets_.find(key_of(source));
    if (found == buckets_.end()) return true;
    drain(found->second, now);
    return found->second.level <= burst_ - 1;
}

void SourceGuard::failed(const asio::ip::address& source, Clock::time_point now) {
    if (buckets_.size() > sweep_above) {
        for (auto it = buckets_.begin(); it != buckets_.end();) {
            drain(it->second, now);
            it = it->second.level == 0 ? buckets_.erase(it) : std::next(it);
        }
    }
    Bucket& bucket = buckets_[key_of(source)];
    drain(bucket, now);
    bucket.level = std::min(bucket.level + 1, burst_ * most_debt);
}

std::size_t SourceGuard::unfinished(const asio::ip::address& source) const {
    const auto found = unfinished_.find(key_of(source));
    return found == unfinished_.end() ? 0 : found->second;
}

void SourceGuard::began(const asio::ip::address& source) { ++unfinished_[key_of(source)]; }

void SourceGuard::over(const asio::ip::address& source) {
    const auto found = unfinished_.find(key_of(source));
    if (found != unfinished_.end() && --found->second == 0) unfinished_.erase(found);
}

Result<std::unique_ptr<SourceSessions::Claim>> SourceSessions::claim(const asio::ip::address& source) {
    const std::lock_guard lock(mutex_);
    const auto at = counts_.try_emplace(key_of(source)).first;
    auto& count = at->second;
    if (count.sessions >= limits_.sessions) return make_error_code(SessionError::too_many_sessions);
    if (count.unauthenticated >= limits_.unauthenticated) {
        return make_error_code(SessionError::too_many_unauthenticated);
    }
    auto claim = std::make_unique<Claim>(*this, at);
    ++count.sessions;
    ++count.unauthenticated;
    return claim;
}

void SourceSessions::Claim::authenticated() {
    if (std::exchange(authenticated_, true)) return;
    const std::lock_guard lock(sessions_.mutex_);
    --source_->second.unauthenticated;
}

SourceSessions::Claim::~Claim() {
    authenticated();
    const std::lock_guard lock(sessions_.mutex_);
    if (--source_->second.sessions == 0) sessions_.counts_.erase(source_);
}

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);  // what is in force is asked below, whatever this said
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace sallyport::relay
