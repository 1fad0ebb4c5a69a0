// docs/operating.md explains every field of the list.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <string>

#include "client/list/fields.hpp"

namespace sallyport::client {
namespace {

/// The manual's table of fields: the rows of its first cells alone, so that a word elsewhere is no explanation.
std::string names_in_the_table() {
    std::ifstream in(TEST_VECTORS "/../../docs/operating.md");
    std::string names;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("| field | meaning | default |")) inside = true;
        if (inside && !line.starts_with("|")) break;
        if (inside) names += line.substr(0, line.find(" | ", 2)) + "\n";
    }
    return names;
}

TEST(Manual, ExplainsEveryFieldOfTheList) {
    const auto names = names_in_the_table();
    ASSERT_FALSE(fields().empty());
    for (const Field& field : fields()) {
        EXPECT_THAT(names, testing::HasSubstr("`" + std::string(field.key) + "`"));
    }
}

}  // namespace
}  // namespace sallyport::client
