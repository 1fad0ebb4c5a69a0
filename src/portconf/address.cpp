#include "portconf/address.hpp"

#include <arpa/inet.h>

#include <array>

namespace sallyport::portconf {
namespace {

constexpr const char* any = "";  // what an entry without -l listens on
constexpr const char* any_v4 = "0.0.0.0";
constexpr const char* any_v6 = "::";

bool is_v6(std::string_view address) { return address.find(':') != std::string_view::npos; }
bool takes_v4(std::string_view listen) { return !is_v6(listen) || listen == any_v6; }
bool takes_v6(std::string_view listen) { return is_v6(listen) || listen == any; }
bool is_wildcard(std::string_view listen) { return listen == any || listen == any_v4 || listen == any_v6; }

}  // namespace

std::optional<std::string> canonical_address(std::string_view text) {
    const std::string terminated(text);
    // A zero byte would end the text early for inet_pton.
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    for (const int family : {AF_INET, AF_INET6}) {
        in6_addr address{};  // the larger of the two
        std::array<char, INET6_ADDRSTRLEN> canonical{};
        if (inet_pton(family, terminated.c_str(), &address) == 1)
            return inet_ntop(family, &address, canonical.data(), canonical.size());
    }
    return std::nullopt;
}

bool covers(std::string_view listen, std::string_view address) {
    if (!is_wildcard(listen)) return listen == address;
    return is_v6(address) ? takes_v6(listen) : takes_v4(listen);
}

std::optional<std::size_t> Claims::overlapping(std::uint16_t port, const std::string& listen) const {
    const auto found = ports_.find(port);
    if (found == ports_.end()) return std::nullopt;
    const Port& claims = found->second;
    if (is_wildcard(listen)) {
        if (takes_v4(listen) && claims.first_v4) return claims.first_v4;
        return takes_v6(listen) ? claims.first_v6 : std::nullopt;
    }
    for (const char* address : {listen.c_str(), any, any_v4, any_v6}) {
        const auto claim = claims.lines.find(address);
        if (claim != claims.lines.end() && covers(address, listen)) return claim->second;
    }
    return std::nullopt;
}

void Claims::claim(std::uint16_t port, const std::string& listen, std::size_t line) {
    Port& claims = ports_[port];
    claims.lines.emplace(listen, line);
    if (takes_v4(listen) && !claims.first_v4) claims.first_v4 = line;
    if (takes_v6(listen) && !claims.first_v6) claims.first_v6 = line;
}

}  // namespace sallyport::portconf
