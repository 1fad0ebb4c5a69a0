// docs/operating.md names every setting and every flag that there is.
#include <gmock/gmock.h>

#include <sstream>

#include "host/config.hpp"
#include "portconf/flags.hpp"
#include "tests/host/folder.hpp"

namespace sallyport::host {
namespace {

std::string manual() { return tests::text_of(TEST_VECTORS "/../../docs/operating.md"); }

/// The settings of a section, as the diagnostic about an unknown one lists them; empty when there is no such section.
std::string settings_of(const std::string& section) {
    const auto config = parse_config("[" + section + "]\nunheard-of = 1\n", "sallyportd.conf");
    const std::string_view remedy = config.diagnostics.at(0).remedy;
    return remedy.starts_with("it has ") ? std::string(remedy.substr(7)) : std::string();
}

class ManualOf : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Section, ManualOf, testing::Values("ftp", "limits", "log", "native", "tls"),
                         [](const auto& with) { return with.param; });

TEST_P(ManualOf, NamesEverySetting) {
    const auto text = manual();
    EXPECT_THAT(text, testing::HasSubstr("`[" + GetParam() + "]`"));
    std::istringstream names(settings_of(GetParam()));
    int count = 0;
    for (std::string name; std::getline(names >> std::ws, name, ','); ++count) {
        EXPECT_THAT(text, testing::HasSubstr("`" + name + "`"));
    }
    EXPECT_GT(count, 0);
}

TEST(Manual, NamesEveryFlagOfTheTable) {
    const auto text = manual();
    for (const auto& flag : portconf::flag_kinds) {
        EXPECT_THAT(text, testing::HasSubstr("| `-" + std::string(1, flag.letter) + "` |"));
    }
}

}  // namespace
}  // namespace sallyport::host
