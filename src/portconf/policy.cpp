#include "portconf/policy.hpp"

namespace sallyport::portconf {

bool legacy_ended(std::optional<Date> today, std::optional<Date> legacy_until) {
    return today && legacy_until && *today > *legacy_until;
}

SuiteSet accepted_suites(Personality personality, std::optional<SuiteSet> written, bool legacy_ended) {
    const SuiteSet usual = personality == Personality::sallyport ? SuiteSet::modern() : SuiteSet::all();
    return written.value_or(usual) & (legacy_ended ? SuiteSet::modern() : SuiteSet::all());
}

}  // namespace sallyport::portconf
