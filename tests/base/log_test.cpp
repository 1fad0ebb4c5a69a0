// The log's lines: their form, which are left out, and what is said of those.
#include "base/log.hpp"

#include <gmock/gmock.h>

#include <sstream>
#include <vector>

namespace sallyport {
namespace {

using testing::MatchesRegex;

constexpr Message note{9001, message::Severity::info, "note"};
constexpr Message worry{9002, message::Severity::warning, "worry"};
constexpr Message disaster{9003, message::Severity::error, "disaster"};
constexpr Message flood{9004, message::Severity::warning, "flood"};

/// The lines on standard error while `act` ran and the log was written out.
std::vector<std::string> logged(log::Level least, const std::function<void()>& act) {
    testing::internal::CaptureStderr();
    log::start(least);
    act();
    log::finish();
    std::istringstream text(testing::internal::GetCapturedStderr());
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

TEST(Log, ALineHasItsTimeItsNumberItsSeverityAndItsText) {
    const auto lines = logged(log::Level::info, [] {
        log::write(note, "entry {}: {} on {}", "23450/TOP", "native,tls", "0.0.0.0:23450");
        log::write(worry, "careful");
        log::write(disaster, "over");
    });
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_THAT(lines[0], MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}[+-][0-9]{2}:"
                                       "[0-9]{2} SP-9001 I entry 23450/TOP: native,tls on 0\\.0\\.0\\.0:23450"));
    EXPECT_THAT(lines[1], testing::EndsWith(" SP-9002 W careful"));
    EXPECT_THAT(lines[2], testing::EndsWith(" SP-9003 E over"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    const auto lines = logged(log::Level::warning, [] {
        log::write(note, "not this");
        log::write(worry, "this");
        log::set_level(log::Level::error);
        log::write(worry, "not this either");
        EXPECT_FALSE(log::debugging());
    });
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], testing::EndsWith("W this"));
}

TEST(Log, TextIsNotAFormat) {
    const auto lines = logged(log::Level::info, [] { log::write(note, std::string_view("{} and %s stay")); });
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], testing::EndsWith("I {} and %s stay"));
}

TEST(Log, AFloodOfOneMessageIsCutAndCountedAndHidesNoOther) {
    const auto lines = logged(log::Level::info, [] {
        for (int i = 0; i < 100; ++i) log::write(flood, "again");
        log::write(disaster, "seen all the same");
    });
    // The flood may run over the end of a second, and then begins to be counted anew.
    const auto of_flood = std::count_if(
        lines.begin(), lines.end(), [](const auto& line) { return line.find("SP-9004 W again") != std::string::npos; });
    EXPECT_GE(of_flood, 20);
    EXPECT_LE(of_flood, 41);
    EXPECT_THAT(lines.back(), testing::EndsWith("E seen all the same"));
}

TEST(Log, DebugHasNoNumberOfItsOwnAndIsOnlyThereWhenAskedFor) {
    const auto lines = logged(log::Level::debug, [] {
        EXPECT_TRUE(log::debugging());
        log::debug("detail");
    });
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], testing::EndsWith(" SP-0000 D detail"));
}

TEST(Log, DropsMessagesWhileItIsNotStarted) {
    testing::internal::CaptureStderr();
    log::write(note, "nobody listens");
    log::debug("nor here");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace sallyport
