/// How much a daemon takes on (docs/native-channel.md, 17 and 18). All of it can be configured.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "relay/io.hpp"

namespace sallyport::relay {

struct Limits {
    std::size_t sessions = 0;         // 0: as many as descriptors allow
    std::size_t half_open = 8192;     // accepted and not through the handshake
    std::size_t silent = 256;         // strangers that are kept waiting (18.1)
    double failures_per_second = 20;  // of handshakes, from one source; beyond: closed before reading
    double failure_burst = 40;
    std::chrono::seconds first_message{10};
    std::chrono::seconds handshake{15};
    std::chrono::seconds connect{10};
    std::chrono::seconds ping{10};   // after silence of ours
    std::chrono::seconds dead{30};   // after silence of theirs, while reading
    std::chrono::seconds linger{5};  // after both ends
    std::chrono::seconds flush{1};   // of an ABORT or REFUSE
    std::chrono::seconds idle{0};    // without data either way; 0: never
};

/// Counts the failed handshakes of each source (IPv6: each /64), so that a flood from one is closed before it costs
/// anything. Honest bursts are not limited: they do not fail.
class SourceGuard {
public:
    SourceGuard(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

    bool may_connect(const asio::ip::address& source, Clock::time_point now);
    /// Handshakes of the source that are under way.
    std::size_t unfinished(const asio::ip::address& source) const;
    void began(const asio::ip::address& source);
    void over(const asio::ip::address& source);
    void failed(const asio::ip::address& source, Clock::time_point now);

private:
    struct Bucket {
        double level = 0;
        Clock::time_point seen;
    };
    void drain(Bucket& bucket, Clock::time_point now) const;

    double per_second_;
    double burst_;
    std::map<std::string, Bucket> buckets_;
    std::map<std::string, std::size_t> unfinished_;  // none that is zero
};

/// What one source may have of FTP sessions at once.
struct SourceLimits {
    std::size_t sessions = 50;
    std::size_t unauthenticated = 10;  // of them, before their login
};

/// Counts the sessions of each source (IPv6: each /64). Shared by all workers.
class SourceSessions {
public:
    explicit SourceSessions(SourceLimits limits) : limits_(limits) {}

    class Claim;
    /// A session's place among those of its source; too_many_sessions or too_many_unauthenticated where there is none.
    Result<std::unique_ptr<Claim>> claim(const asio::ip::address& source);

private:
    struct Count {
        std::size_t sessions = 0;
        std::size_t unauthenticated = 0;
    };
    using Counts = std::map<std::string, Count>;

    const SourceLimits limits_;
    std::mutex mutex_;
    Counts counts_;  // none that is zero
};

/// Gives the place back when it is destroyed; its SourceSessions outlives it.
class SourceSessions::Claim {
public:
    Claim(SourceSessions& sessions, Counts::iterator source) : sessions_(sessions), source_(source) {}
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

    /// The session has a login, once and for all.
    void authenticated();

private:
    SourceSessions& sessions_;
    const Counts::iterator source_;
    bool authenticated_ = false;
};

/// At most so many a second; for the host card (12.1).
class RateLimit {
public:
    explicit RateLimit(double per_second) : guard_(per_second, per_second) {}
    bool take(const asio::ip::address& source, Clock::time_point now) {
        if (!guard_.may_connect(source, now)) return false;
        guard_.failed(source, now);
        return true;
    }

private:
    SourceGuard guard_;
};

/// Raises the soft limit of descriptors to the hard one; yields what it is now.
std::size_t raise_descriptor_limit();

}  // namespace sallyport::relay
