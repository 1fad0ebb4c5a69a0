/// One line of the PORTCONF table, once nothing in it can be wrong any more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/suite.hpp"

namespace sallyport::portconf {

/// Which program the line names; it decides what the line means where it says nothing.
enum class Personality { xygatehe, xygateef, sallyport };
std::string_view text(Personality personality);

/// What may stand on the secure leg of an entry.
enum class SecureLeg : std::uint8_t { native, tls, ftps, ftps_implicit, plain };
inline constexpr std::array all_secure_legs{SecureLeg::native, SecureLeg::tls, SecureLeg::ftps,
                                            SecureLeg::ftps_implicit, SecureLeg::plain};
/// As `-s` writes it: `ftps-implicit`.
std::string_view text(SecureLeg leg);
/// Letter case does not matter.
std::optional<SecureLeg> secure_leg_from_text(std::string_view text);

class SecureLegs {
public:
    constexpr SecureLegs() = default;
    constexpr SecureLegs(std::initializer_list<SecureLeg> legs) {
        for (const SecureLeg leg : legs) insert(leg);
    }

    constexpr void insert(SecureLeg leg) { mask_ = static_cast<std::uint8_t>(mask_ | bit(leg)); }
    constexpr bool contains(SecureLeg leg) const { return (mask_ & bit(leg)) != 0; }
    constexpr bool empty() const { return mask_ == 0; }
    /// The one that is allowed, when there is just one: nothing has to be told apart then.
    std::optional<SecureLeg> only() const;
    bool uses_tls() const;

    /// Can a host know from what a client says, or from its silence, which one it speaks? Native and TLS begin with
    /// bytes of their own, and implicit FTPS begins as TLS does. A client of explicit FTPS waits for a greeting, as FTP
    /// in clear text does, and then asks for TLS or does not; any other `plain` can begin with anything.
    bool told_apart(bool ftp) const;

    /// `native,tls`
    std::string text() const;

    friend constexpr bool operator==(SecureLegs, SecureLegs) = default;

private:
    static constexpr unsigned bit(SecureLeg leg) { return 1u << static_cast<unsigned>(leg); }
    std::uint8_t mask_ = 0;
};

/// Where a plain leg goes.
struct Target {
    std::string address;  // IPv4 or IPv6, as inet_ntop writes it
    std::uint16_t port = 0;

    friend bool operator==(const Target&, const Target&) = default;
};
/// `127.0.0.1:2121`, `[::1]:2121`
std::string text(const Target& target);

inline constexpr std::string_view ftp_label = "FTP";
inline constexpr std::string_view stream_label = "STREAM";  // what an entry without -a is called on the wire

/// Made by parse() and changed by nobody afterwards.
struct Entry {
    std::size_t line = 0;
    std::string service;  // as written: "23450", "ftp"
    std::uint16_t port = 0;
    std::string program;  // as written: "$system.xygatehe.xygatehe"
    Personality personality = Personality::sallyport;
    std::string label;
    std::vector<Target> targets;  // to be tried in this order; never empty
    std::string tcp_process;      // upper case, "$ZB019"; empty: the line names none
    std::string listen;           // an address; empty: all
    SecureLegs secure;            // told apart, never empty
    SuiteSet suites;              // of the native channel; empty exactly when `secure` does not contain it
    std::string fixed_key;        // a file; empty: none
    std::string client_ca;        // a file; empty: none

    bool ftp() const { return label == ftp_label; }
};

}  // namespace sallyport::portconf
