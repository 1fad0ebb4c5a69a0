/// Which native suites an entry accepts.
#pragma once

#include <chrono>
#include <optional>

#include "base/suite.hpp"
#include "portconf/entry.hpp"

namespace sallyport::portconf {

using Date = std::chrono::year_month_day;

/// Legacy suites are accepted up to the end of the day `legacy_until` (UTC). A date that is not given sets no end.
bool legacy_ended(std::optional<Date> today, std::optional<Date> legacy_until);

/// Lines of the XYGATE personalities accept all suites, so that DES168,DH1024 clients keep working; sallyport lines the
/// modern ones; what `-e` names replaces both. Once legacy has ended nothing brings its suites back, so the result may
/// be empty.
SuiteSet accepted_suites(Personality personality, std::optional<SuiteSet> written, bool legacy_ended);

}  // namespace sallyport::portconf
