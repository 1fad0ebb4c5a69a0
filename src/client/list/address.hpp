/// Addresses as people write them in a server list. Numbers and names alone: nothing is looked up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/list/server_list.hpp"

namespace sallyport::client {

/// 1 to 65535 in decimal digits, and nothing else.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// An address, an IPv6 address in brackets, or a DNS name; as it is to be connected to.
std::optional<std::string> parse_host(std::string_view text);

/// `2345`, `127.0.0.1:2345` or `[::1]:2345`. A port alone is one of 127.0.0.1.
std::optional<AcceptAddress> parse_accept(std::string_view text);

/// True when one of them keeps the other from listening: the same port, of the same address or of all addresses.
bool overlap(const AcceptAddress& a, const AcceptAddress& b);

}  // namespace sallyport::client
