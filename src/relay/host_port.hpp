/// Where a leg is to be connected to, as a configuration says it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "relay/io.hpp"

namespace sallyport::relay {

struct HostPort {
    std::string host;  // an address, or a name that is looked up for each connection
    std::uint16_t port = 0;
    std::string text() const;
};

/// Their addresses, in order. Names are looked up, so that a moved host is found again; one that is unknown has none.
awaitable<std::vector<tcp::endpoint>> look_up(std::span<const HostPort> targets);

}  // namespace sallyport::relay
