/// The names of ports: the text of /etc/services.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::portconf {

class Services {
public:
    Services() = default;
    /// Lines are `name port/protocol alias ... # comment`. What is not of this form is passed over: the file belongs to
    /// the system, and its other readers pass over it too. Of two lines with one name, the first counts.
    explicit Services(std::string_view text);

    /// By name or alias; as written first, then whatever its letter case.
    std::optional<std::uint16_t> tcp_port(std::string_view name) const;
    /// The protocol ("udp") under which a name is listed that has no TCP port; empty when it is not listed at all.
    std::string_view other_protocol(std::string_view name) const;

private:
    std::map<std::string, std::uint16_t, std::less<>> tcp_;
    std::map<std::string, std::uint16_t, std::less<>> tcp_lower_case_;
    std::map<std::string, std::string, std::less<>> other_lower_case_;
};

}  // namespace sallyport::portconf
