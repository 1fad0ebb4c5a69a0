#include "base/result.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace sallyport {
namespace area {

enum class Fault { flat_tyre = 1, no_fuel };
ErrorText describe(Fault fault) {
    return fault == Fault::flat_tyre ? ErrorText{"flat_tyre", "a tyre is flat; pump it up"}
                                     : ErrorText{"no_fuel", "the tank is empty"};
}
const char* area_of(Fault) { return "car"; }
error_code make_error_code(Fault fault) { return make_named_error(fault); }

enum class OtherFault { flat_tyre = 1 };
ErrorText describe(OtherFault) { return {"flat_tyre", "another one"}; }
const char* area_of(OtherFault) { return "bicycle"; }
error_code make_error_code(OtherFault fault) { return make_named_error(fault); }

}  // namespace area

namespace {

Result<int> kilometres(bool fuel) {
    if (!fuel) return make_error_code(area::Fault::no_fuel);
    return 600;
}

TEST(Result, IsAValueOrTheReasonWhyThereIsNone) {
    EXPECT_EQ(*kilometres(true), 600);
    EXPECT_EQ(kilometres(false).error(), area::Fault::no_fuel);
    EXPECT_FALSE(kilometres(true).error());
}

TEST(NamedErrors, HaveANameASentenceAndAnArea) {
    const error_code error = area::Fault::flat_tyre;
    EXPECT_EQ(error_name(error), "flat_tyre");
    EXPECT_EQ(error_sentence(error), "a tyre is flat; pump it up");
    EXPECT_STREQ(error.category().name(), "car");
    EXPECT_TRUE(error.failed());
}

TEST(NamedErrors, OfTwoAreasAreNeverEqual) {
    EXPECT_NE(error_code(area::Fault::flat_tyre), error_code(area::OtherFault::flat_tyre));
    EXPECT_NE(error_code(area::Fault::flat_tyre), error_code(area::Fault::no_fuel));
    EXPECT_EQ(error_code(area::Fault::flat_tyre), error_code(area::Fault::flat_tyre));
}

TEST(NamedErrors, OfLibrariesAreNamedByTheirText) {
    const auto refused = boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    EXPECT_EQ(error_name(refused), "Connection refused");
    EXPECT_EQ(error_sentence(refused), "Connection refused");
}

}  // namespace
}  // namespace sallyport
