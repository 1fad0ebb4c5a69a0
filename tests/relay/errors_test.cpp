// The names of errors are an interface: logs and JSON show them, and the manual explains each.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>

#include "relay/session.hpp"

namespace sallyport::relay {
namespace {

/// All enumerators: they are numbered from 1 without gaps, and describe() knows no other.
template <typename Error>
std::vector<ErrorText> all_errors() {
    std::vector<ErrorText> all;
    for (int number = 1;; ++number) {
        const auto text = describe(static_cast<Error>(number));
        if (std::string_view(text.name) == "unknown") return all;
        all.push_back(text);
    }
}

std::string manual() {
    std::ifstream file(TEST_VECTORS "/../../docs/operating.md");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The names in the first column of the manual's table below `heading`.
std::set<std::string> documented(const std::string& heading) {
    const auto text = manual();
    std::set<std::string> names;
    auto at = text.find("\n### " + heading + "\n");
    EXPECT_NE(at, std::string::npos) << "the manual has no part " << heading;
    const auto end = text.find("\n#", at + 5);
    while ((at = text.find("\n| `", at)) < end) {
        at += 4;
        names.insert(text.substr(at, text.find('`', at) - at));
    }
    return names;
}

template <typename Error>
std::set<std::string> names() {
    std::set<std::string> all;
    for (const auto& error : all_errors<Error>()) all.insert(error.name);
    return all;
}

TEST(ErrorNames, OfTheChannelAreThoseOfTheManual) {
    EXPECT_EQ(names<channel::Error>(), documented("Errors of the channel"));
}

TEST(ErrorNames, OfSessionsAreThoseOfTheManual) { EXPECT_EQ(names<SessionError>(), documented("Errors of sessions")); }

TEST(ErrorNames, AreUniqueAndEachHasASentence) {
    std::set<std::string> seen;
    for (const auto& all : {all_errors<channel::Error>(), all_errors<SessionError>()}) {
        for (const auto& error : all) {
            EXPECT_TRUE(seen.insert(error.name).second) << error.name;
            EXPECT_GT(std::string_view(error.sentence).size(), 15u) << error.name;
        }
    }
}

}  // namespace
}  // namespace sallyport::relay
