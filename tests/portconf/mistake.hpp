/// A line with a mistake, and all that a user is told of it.
#pragma once

#include <gtest/gtest.h>

#include "tests/portconf/table.hpp"

namespace sallyport::portconf {

struct MistakeCase {
    const char* name;
    const char* line;
    const char* told;
};

inline void expect_told(const MistakeCase& mistake) {
    const Table table = parse(mistake.line);
    EXPECT_EQ(render(table.diagnostics), mistake.told);
    EXPECT_TRUE(table.has_errors());
    EXPECT_TRUE(table.entries.empty());
}

}  // namespace sallyport::portconf
