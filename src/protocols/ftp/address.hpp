/// The addresses and ports that PORT, EPRT, EPSV and the replies 227 and 229 carry (RFC 959, RFC 2428).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport::protocols::ftp {

enum class Family { v4, v6 };

/// The format says nothing, RFC 2577, 3 does: data connections go to no port of a well-known service.
inline constexpr std::uint16_t least_data_port = 1024;

struct HostPort {
    std::string address;  // canonical(): compared as text
    std::uint16_t port = 0;
    bool operator==(const HostPort&) const = default;
};

/// The one way to write an address, that of inet_ntop(); an IPv4 address within IPv6 (::ffff:10.0.0.7) is an IPv4
/// address. What is no address, or has a zone (fe80::1%eth0), stays as it is.
std::string canonical(const std::string& address);
/// Of an address in any form: ::ffff:10.0.0.7 is v4.
Family family_of(const std::string& address);

enum class AddressError {
    syntax = 1,  // 501
    family,      // 522: a family that does not exist or is not the control connection's
};
ErrorText describe(AddressError error);
inline const char* area_of(AddressError) { return "ftp"; }
inline error_code make_error_code(AddressError error) { return make_named_error(error); }

/// PORT h1,h2,h3,h4,p1,p2: six numbers, five commas, nothing else. Whether it is an address to connect to is for the
/// caller to say; port 0 is none.
Result<HostPort> parse_port(std::string_view argument);
/// EPRT |1|10.0.0.7|50000|, with any delimiter of RFC 2428, 2.
Result<HostPort> parse_eprt(std::string_view argument, Family of_control);

struct EpsvRequest {
    bool all = false;              // EPSV ALL
    std::optional<Family> family;  // as asked for; it is the control connection's
    bool operator==(const EpsvRequest&) const = default;
};
/// EPSV, EPSV 1, EPSV 2 and EPSV ALL.
Result<EpsvRequest> parse_epsv(std::string_view argument, Family of_control);

// The ports of passive replies, nothing if there is none that may be used. Only the port: the address in a 227 is never
// to be followed, so nobody is given it.

/// The first list of six or more numbers behind the code, with commas or dots between them. RFC 1123, 4.1.2.6: the
/// parentheses may be missing.
std::optional<std::uint16_t> parse_227(std::string_view line);
/// (|||50000|), at the end of the line or before its full stop; what stands in the empty fields does not matter.
std::optional<std::uint16_t> parse_229(std::string_view line);

// Lines without their ends. Those with six numbers take an IPv4 address alone.

std::string write_227(const HostPort& at);
std::string write_229(std::uint16_t port);
std::string write_port(const HostPort& at);  // PORT 10,0,0,7,195,80
std::string write_eprt(const HostPort& at);  // EPRT |1|10.0.0.7|50000|

}  // namespace sallyport::protocols::ftp
