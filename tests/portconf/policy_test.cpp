#include "portconf/policy.hpp"

#include <gtest/gtest.h>

#include "tests/portconf/table.hpp"

namespace sallyport::portconf {
namespace {

using namespace std::chrono_literals;

constexpr Date last_day = 2027y / std::chrono::June / 30d;
constexpr Date day_after = 2027y / std::chrono::July / 1d;

TEST(Legacy, IsAcceptedToTheEndOfItsLastDay) {
    EXPECT_FALSE(legacy_ended(2027y / std::chrono::June / 29d, last_day));
    EXPECT_FALSE(legacy_ended(last_day, last_day));
    EXPECT_TRUE(legacy_ended(day_after, last_day));
    EXPECT_TRUE(legacy_ended(2028y / std::chrono::January / 1d, last_day));
}

TEST(Legacy, HasNoEndWithoutBothDates) {
    EXPECT_FALSE(legacy_ended({}, last_day));
    EXPECT_FALSE(legacy_ended(day_after, {}));
}

struct SuiteCase {
    const char* name;
    const char* line;
    SuiteSet before;  // on the last day of legacy
    SuiteSet after;   // on the day after; empty: no entry
};
class EntrySuites : public testing::TestWithParam<SuiteCase> {};

SuiteSet suites(std::string_view list) { return SuiteSet::from_text(list).value(); }

const SuiteCase suite_cases[] = {
    {"xygatehe_all_nine", "1 xygatehe -p2", SuiteSet::all(), SuiteSet::modern()},
    {"xygateef_all_nine", "1 xygateef -p2", SuiteSet::all(), SuiteSet::modern()},
    {"sallyport_the_four_modern", "1 sallyport -p2", SuiteSet::modern(), SuiteSet::modern()},
    {"xygatehe_named_alone", "1 xygatehe -p2 -eAES256,X25519", suites("AES256,X25519"), suites("AES256,X25519")},
    {"sallyport_named_legacy_too", "1 sallyport -p2 -eAES256,X25519/DES168,DH1024",
     suites("AES256,X25519 DES168,DH1024"), suites("AES256,X25519")},
    {"sallyport_legacy_alone", "1 sallyport -p2 -eDES168,DH1024", suites("DES168,DH1024"), SuiteSet::none()},
    {"letter_case_of_suites_does_not_matter", "1 sallyport -p2 -e des168,x25519;chacha20,dh2048",
     suites("DES168,X25519 CHACHA20,DH2048"), suites("CHACHA20,DH2048")},
};

TEST_P(EntrySuites, AreThoseOfItsPersonalityOrItsListLessWhatHasEnded) {
    auto with = context();
    with.legacy_until = last_day;
    with.today = last_day;
    EXPECT_EQ(entry_of(GetParam().line, with).suites.text(), GetParam().before.text());
    with.today = day_after;
    const Table after = parse(GetParam().line, with);
    EXPECT_EQ(after.has_errors(), GetParam().after.empty());
    ASSERT_EQ(after.entries.size(), GetParam().after.empty() ? 0u : 1u);
    if (!after.entries.empty()) {
        EXPECT_EQ(after.entries[0].suites.text(), GetParam().after.text());
    }
}
INSTANTIATE_TEST_SUITE_P(Policy, EntrySuites, testing::ValuesIn(suite_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(EntrySuites, AreNoneWhereTheNativeChannelIsNotServed) {
    EXPECT_EQ(entry_of("1 xygatehe -p2 -stls").suites, SuiteSet::none());
    auto with = context();
    with.legacy_until = last_day;
    with.today = day_after;
    EXPECT_EQ(entry_of("1 xygatehe -p2 -stls", with).suites, SuiteSet::none());
}

TEST(Legacy, ThatEndedAndLeavesNothingIsAnErrorAtTheList) {
    auto with = context();
    with.legacy_until = last_day;
    with.today = day_after;
    EXPECT_EQ(reported("23450 sallyport -p2345 -e DES168,DH1024", with),
              "portconf:1:27: all of these suites are legacy, and legacy ended on 2027-06-30\n"
              "  23450 sallyport -p2345 -e DES168,DH1024\n"
              "                            ^\n"
              "  add AES256,X25519, or set legacy-until to a later date\n");
}

}  // namespace
}  // namespace sallyport::portconf
