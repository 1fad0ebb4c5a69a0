#include "protocols/ftp/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <system_error>

namespace sallyport::protocols::ftp {
namespace {

constexpr std::string_view digits = "0123456789";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

/// `text` as a decimal number of at most `most` digits and nothing else. The type refuses what is too great for it.
template <typename Number>
std::optional<Number> read_number(std::string_view text, std::size_t most) {
    Number number = 0;
    if (!is_number(text) || text.size() > most) return {};
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) return {};
    return number;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    const auto port = read_number<std::uint16_t>(text, 5);
    return port == 0 ? std::nullopt : port;
}

/// Canonical; nothing if `text` is no address of `family`.
std::optional<std::string> read_address(int family, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return {};  // would end the text early for inet_pton
    std::array<unsigned char, sizeof(in6_addr)> address;
    if (inet_pton(family, std::string(text).c_str(), address.data()) != 1) return {};
    constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    const unsigned char* from = address.data();
    if (family == AF_INET6 && std::equal(mapped.begin(), mapped.end(), from)) {
        family = AF_INET;
        from += mapped.size();
    }
    std::array<char, INET6_ADDRSTRLEN> usual;
    return inet_ntop(family, from, usual.data(), usual.size());
}

/// A list of six numbers: an IPv4 address and a port, high byte first.
using SixNumbers = std::array<std::uint8_t, 6>;

std::uint16_t port_of(const SixNumbers& n) { return static_cast<std::uint16_t>(n[4] << 8 | n[5]); }

std::string with_commas(const HostPort& at) {
    assert(family_of(at.address) == Family::v4);
    std::string numbers = canonical(at.address);
    std::ranges::replace(numbers, '.', ',');
    return fmt::format("{},{},{}", numbers, at.port >> 8, at.port & 0xFF);
}

struct NumberList {
    SixNumbers first_six{};
    std::size_t count = 0;
    bool in_range = true;  // the first six
};

/// Takes the whole list that `text` begins with off it, so that no list is ever read from its middle.
NumberList take_list(std::string_view& text) {
    NumberList list;
    while (true) {
        const auto number = text.substr(0, text.find_first_not_of(digits));
        if (list.count < list.first_six.size()) {
            const auto value = read_number<std::uint8_t>(number, 3);
            list.first_six[list.count] = value.value_or(0);
            list.in_range &= value.has_value();
        }
        list.count += 1;
        text.remove_prefix(number.size());
        if (text.size() < 2 || (text[0] != ',' && text[0] != '.') || !is_digit(text[1])) return list;
        text.remove_prefix(1);
    }
}

using Fields = std::array<std::string_view, 3>;

/// RFC 2428, 2: takes `d field d field d field d` off the front of `text`; d is printable and no digit.
std::optional<Fields> take_fields(std::string_view& text) {
    if (text.empty() || text[0] < 33 || text[0] > 126 || is_digit(text[0])) return {};
    const char delimiter = text[0];
    text.remove_prefix(1);
    Fields fields;
    for (auto& field : fields) {
        const auto end = text.find(delimiter);
        if (end == std::string_view::npos) return {};
        field = text.substr(0, end);
        text.remove_prefix(end + 1);
    }
    return fields;
}

std::optional<std::uint16_t> usable(std::optional<std::uint16_t> port) {
    return port && *port >= least_data_port ? port : std::nullopt;
}

bool is_all(std::string_view text) {
    return text.size() == 3 && (text[0] | 0x20) == 'a' && (text[1] | 0x20) == 'l' && (text[2] | 0x20) == 'l';
}

}  // namespace

ErrorText describe(AddressError error) {
    switch (error) {
        case AddressError::syntax:
            return {"syntax", "the argument is not written as the command wants it"};
        case AddressError::family:
            return {"family", "the address is of another family than the control connection's"};
    }
    return {"unknown", "unknown error of an FTP address"};
}

std::string canonical(const std::string& address) {
    if (auto v4 = read_address(AF_INET, address)) return *v4;
    return read_address(AF_INET6, address).value_or(address);
}

Family family_of(const std::string& address) {
    return canonical(address).find(':') == std::string::npos ? Family::v4 : Family::v6;
}

Result<HostPort> parse_port(std::string_view argument) {
    SixNumbers numbers;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const bool last = i + 1 == numbers.size();
        const auto end = last ? argument.size() : argument.find(',');
        if (end == std::string_view::npos) return AddressError::syntax;
        const auto number = read_number<std::uint8_t>(argument.substr(0, end), 3);
        if (!number) return AddressError::syntax;
        numbers[i] = *number;
        argument.remove_prefix(last ? end : end + 1);
    }
    if (port_of(numbers) == 0) return AddressError::syntax;
    return HostPort{fmt::format("{}.{}.{}.{}", numbers[0], numbers[1], numbers[2], numbers[3]), port_of(numbers)};
}

Result<HostPort> parse_eprt(std::string_view argument, Family of_control) {
    const auto fields = take_fields(argument);
    if (!fields || !argument.empty()) return AddressError::syntax;
    const auto& [family, address, port] = *fields;
    if (!is_number(family)) return AddressError::syntax;
    if (family != "1" && family != "2") return AddressError::family;
    auto host = read_address(family == "1" ? AF_INET : AF_INET6, address);
    const auto number = read_port(port);
    if (!host || !number) return AddressError::syntax;
    if (family_of(*host) != of_control) return AddressError::family;
    return HostPort{std::move(*host), *number};
}

Result<EpsvRequest> parse_epsv(std::string_view argument, Family of_control) {
    if (argument.empty()) return EpsvRequest{};
    if (is_all(argument)) return EpsvRequest{true, {}};
    if (!is_number(argument)) return AddressError::syntax;
    if (argument != (of_control == Family::v4 ? "1" : "2")) return AddressError::family;
    return EpsvRequest{false, of_control};
}

std::optional<std::uint16_t> parse_227(std::string_view line) {
    if (!line.starts_with("227 ") && !line.starts_with("227-")) return {};
    line.remove_prefix(4);
    bool negative = false;
    for (auto at = line.find_first_of(digits); at != std::string_view::npos; at = line.find_first_of(digits)) {
        negative = at > 0 && line[at - 1] == '-';
        line.remove_prefix(at);
        const auto list = take_list(line);
        if (list.count >= list.first_six.size() && list.in_range && !negative) return usable(port_of(list.first_six));
    }
    return {};
}

std::optional<std::uint16_t> parse_229(std::string_view line) {
    if (!line.starts_with("229 ") && !line.starts_with("229-")) return {};
    line.remove_prefix(4);
    for (auto at = line.find('('); at != std::string_view::npos; at = line.find('(')) {
        line.remove_prefix(at + 1);
        auto rest = line;
        const auto fields = take_fields(rest);
        if (fields && (rest == ")" || rest == ").")) return usable(read_port((*fields)[2]));
    }
    return {};
}

std::string write_227(const HostPort& at) { return fmt::format("227 Entering Passive Mode ({}).", with_commas(at)); }

std::string write_229(std::uint16_t port) {
    // In these very characters: some clients look for "(|||", others for "(".
    return fmt::format("229 Entering Extended Passive Mode (|||{}|)", port);
}

std::string write_port(const HostPort& at) { return "PORT " + with_commas(at); }

std::string write_eprt(const HostPort& at) {
    const std::string address = canonical(at.address);
    return fmt::format("EPRT |{}|{}|{}|", family_of(address) == Family::v4 ? 1 : 2, address, at.port);
}

}  // namespace sallyport::protocols::ftp
