#include "client/list/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sallyport::client {
namespace {

/// The usual form of an address of `family`: the same for every way to write it.
std::optional<std::string> parse_address(int family, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return {};  // would end the text early for inet_pton
    std::array<unsigned char, sizeof(in6_addr)> address;
    std::array<char, INET6_ADDRSTRLEN> usual;
    if (inet_pton(family, std::string(text).c_str(), address.data()) != 1) return {};
    return inet_ntop(family, address.data(), usual.data(), usual.size());
}

/// Letters, digits, hyphens and the underscores of local names, in parts of 1 to 63 between dots; 253 in all. A last
/// part of digits alone is refused: it was to be an address.
bool is_dns_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > 253) return false;
    std::string_view part;
    while (true) {
        part = text.substr(0, text.find('.'));
        const bool good = std::all_of(part.begin(), part.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
        if (!good || part.empty() || part.size() > 63 || part.front() == '-' || part.back() == '-') return false;
        if (part.size() == text.size()) break;
        text.remove_prefix(part.size() + 1);
    }
    return part.find_first_not_of("0123456789") != std::string_view::npos;
}

bool in_brackets(std::string_view text) { return text.size() > 2 && text.front() == '[' && text.back() == ']'; }

bool is_ipv6(std::string_view address) { return address.find(':') != std::string_view::npos; }

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return {};
    return port;
}

std::optional<std::string> parse_host(std::string_view text) {
    if (in_brackets(text)) return parse_address(AF_INET6, text.substr(1, text.size() - 2));
    if (auto address = parse_address(AF_INET, text)) return address;
    if (auto address = parse_address(AF_INET6, text)) return address;
    if (is_dns_name(text)) return std::string(text);
    return {};
}

std::optional<AcceptAddress> parse_accept(std::string_view text) {
    std::optional<std::string> address = "127.0.0.1";
    if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        const auto written = text.substr(0, colon);
        address = in_brackets(written) ? parse_address(AF_INET6, written.substr(1, written.size() - 2))
                                       : parse_address(AF_INET, written);
        text.remove_prefix(colon + 1);
    }
    const auto port = parse_port(text);
    if (!address || !port) return {};
    return AcceptAddress{*address, *port};
}

std::string AcceptAddress::text() const {
    return is_ipv6(address) ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

bool AcceptAddress::loopback() const { return address == "::1" || address.starts_with("127."); }

bool overlap(const AcceptAddress& a, const AcceptAddress& b) {
    // A socket of :: takes IPv4 connections too, where the system's default is left as it is.
    const auto covers = [](const AcceptAddress& all, const AcceptAddress& one) {
        return all.address == "::" || (all.address == "0.0.0.0" && !is_ipv6(one.address));
    };
    return a.port == b.port && (a.address == b.address || covers(a, b) || covers(b, a));
}

}  // namespace sallyport::client
