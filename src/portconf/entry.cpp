#include "portconf/entry.hpp"

#include <fmt/format.h>

#include <bit>
#include <boost/algorithm/string/predicate.hpp>

namespace sallyport::portconf {

std::string_view text(Personality personality) {
    switch (personality) {
        case Personality::xygatehe:
            return "xygatehe";
        case Personality::xygateef:
            return "xygateef";
        case Personality::sallyport:
            break;
    }
    return "sallyport";
}

std::string_view text(SecureLeg leg) {
    switch (leg) {
        case SecureLeg::native:
            return "native";
        case SecureLeg::tls:
            return "tls";
        case SecureLeg::ftps:
            return "ftps";
        case SecureLeg::ftps_implicit:
            return "ftps-implicit";
        case SecureLeg::plain:
            break;
    }
    return "plain";
}

std::optional<SecureLeg> secure_leg_from_text(std::string_view text) {
    for (const SecureLeg leg : all_secure_legs) {
        if (boost::algorithm::iequals(text, portconf::text(leg))) return leg;
    }
    return std::nullopt;
}

std::optional<SecureLeg> SecureLegs::only() const {
    if (!std::has_single_bit(mask_)) return std::nullopt;
    return static_cast<SecureLeg>(std::countr_zero(mask_));
}

bool SecureLegs::uses_tls() const {
    return contains(SecureLeg::tls) || contains(SecureLeg::ftps) || contains(SecureLeg::ftps_implicit);
}

bool SecureLegs::told_apart(bool ftp) const {
    if (contains(SecureLeg::plain) && !ftp) return only().has_value();
    return !(contains(SecureLeg::tls) && contains(SecureLeg::ftps_implicit));
}

std::string SecureLegs::text() const {
    std::string list;
    for (const SecureLeg leg : all_secure_legs) {
        if (!contains(leg)) continue;
        if (!list.empty()) list += ',';
        list += portconf::text(leg);
    }
    return list;
}

std::string text(const Target& target) {
    const bool v6 = target.address.find(':') != std::string::npos;
    return v6 ? fmt::format("[{}]:{}", target.address, target.port) : fmt::format("{}:{}", target.address, target.port);
}

}  // namespace sallyport::portconf
