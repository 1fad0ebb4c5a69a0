/// How sessions and sums are shown: as JSON, a stable interface, and as a table for people.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "relay/server.hpp"

namespace sallyport::program {

/// Raised when a name or meaning in the JSON changes; additions do not count.
inline constexpr int json_schema = 1;

boost::json::object sessions_json(const std::vector<relay::SessionView>& sessions);
boost::json::object totals_json(const relay::Totals& totals);
/// What the JSON of sessions says, for a terminal.
std::string sessions_text(const boost::json::object& answer);

/// 2026-11-24T15:04:05Z
std::string utc_text(std::chrono::system_clock::time_point time);
/// 1.5 KiB
std::string bytes_text(std::uint64_t bytes);
/// Columns under their headings, as wide as their contents.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace sallyport::program
