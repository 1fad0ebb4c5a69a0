#include "relay/host_port.hpp"

#include <boost/asio/this_coro.hpp>

namespace sallyport::relay {

std::string HostPort::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

awaitable<std::vector<tcp::endpoint>> look_up(std::span<const HostPort> targets) {
    std::vector<tcp::endpoint> endpoints;
    for (const auto& target : targets) {
        error_code error;
        const auto address = asio::ip::make_address(target.host, error);
        if (!error) {
            endpoints.emplace_back(address, target.port);
            continue;
        }
        Resolver resolver(co_await asio::this_coro::executor);
        const auto [failure, found] =
            co_await resolver.async_resolve(target.host, std::to_string(target.port), as_result);
        if (!failure) endpoints.insert(endpoints.end(), found.begin(), found.end());
    }
    co_return endpoints;
}

}  // namespace sallyport::relay
