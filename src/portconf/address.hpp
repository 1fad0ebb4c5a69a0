/// Addresses as text, and which of them may listen on one port beside each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::portconf {

/// An IPv4 or IPv6 address as inet_ntop writes it, so that equal addresses are equal texts; nothing when `text` is
/// none.
std::optional<std::string> canonical_address(std::string_view text);

/// Does a listener on `listen` take connections to `address`? Both canonical. An empty `listen` and `::` are all
/// addresses, because a socket on `::` takes IPv4 as well; `0.0.0.0` is all of IPv4.
bool covers(std::string_view listen, std::string_view address);

/// Who listens where. Looking up and claiming cost the same whatever the number of claims, but for a logarithm.
class Claims {
public:
    /// The line of an earlier claim that overlaps with this one.
    std::optional<std::size_t> overlapping(std::uint16_t port, const std::string& listen) const;
    void claim(std::uint16_t port, const std::string& listen, std::size_t line);

private:
    struct Port {
        std::map<std::string, std::size_t> lines;  // by address
        std::optional<std::size_t> first_v4;       // the first claim that takes any IPv4 connection
        std::optional<std::size_t> first_v6;
    };
    std::map<std::uint16_t, Port> ports_;
};

}  // namespace sallyport::portconf
