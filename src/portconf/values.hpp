/// What stands behind the flags: text to meaning, or a report and nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "portconf/entry.hpp"
#include "portconf/report.hpp"
#include "portconf/services.hpp"

namespace sallyport::portconf {

/// A number, or the name of a service.
std::optional<std::uint16_t> read_port(std::string_view text, const Services& services, LineReport& report);

/// Canonical.
std::optional<std::string> read_address(std::string_view text, LineReport& report);

/// `$zb019` as `$ZB019`.
std::optional<std::string> read_tcp_process(std::string_view text, LineReport& report);

/// The label goes over the wire in capitals; in the table it may be written in any case.
std::optional<std::string> read_label(std::string_view text, LineReport& report);

/// A list such as `native,tls` for an entry with this label (empty: unknown, because it was wrong).
std::optional<SecureLegs> read_secure_legs(std::string_view list, std::string_view label, LineReport& report);

std::optional<SuiteSet> read_suites(std::string_view list, LineReport& report);

}  // namespace sallyport::portconf
