// How the programs read their words, and which exit code is made of what goes wrong.
#include "program/command_line.hpp"

#include <gmock/gmock.h>

#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/files.hpp"

namespace sallyport::program {
namespace {

struct Parsed {
    std::string state;
    bool json = false;
    std::vector<std::string> words;
};

Parsed parse(std::vector<const char*> words) {
    words.insert(words.begin(), "tool");
    Parsed parsed;
    boost::program_options::options_description options;
    options.add_options()("state", boost::program_options::value(&parsed.state))(
        "json", boost::program_options::bool_switch(&parsed.json));
    parsed.words = read_command_line("tool", static_cast<int>(words.size()), words.data(), options).words;
    return parsed;
}

std::string refusal(std::vector<const char*> words) {
    try {
        parse(std::move(words));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(CommandLine, OptionsStandBeforeBetweenAndBehindTheWords) {
    for (const auto& parsed :
         {parse({"--state", "/s", "--json", "stop", "41"}), parse({"stop", "--json", "41", "--state=/s"})}) {
        EXPECT_THAT(parsed.words, testing::ElementsAre("stop", "41"));
        EXPECT_EQ(parsed.state, "/s");
        EXPECT_TRUE(parsed.json);
    }
}

TEST(CommandLine, WhatIsUnknownOrShortenedIsRefusedWithWhereToLook) {
    EXPECT_THAT(refusal({"--verbose"}), testing::EndsWith("; see: tool --help"));
    EXPECT_THAT(refusal({"--stat", "/s"}), testing::EndsWith("; see: tool --help")) << "no abbreviations";
    EXPECT_THAT(refusal({"stop", "--state"}), testing::EndsWith("; see: tool --help")) << "its value is missing";
}

/// The exit code, and what is printed, of a program that throws `error`.
template <typename Thrown>
std::pair<int, std::string> end_of(const Thrown& error) {
    testing::internal::CaptureStderr();
    const int code = run_program("tool", [&]() -> int { throw error; });
    return {code, testing::internal::GetCapturedStderr()};
}

TEST(Program, EndsWithTheCodeOfWhatItDid) {
    EXPECT_EQ(run_program("tool", [] { return 2; }), 2);
}

TEST(Program, MakesALineAndAnExitCodeOfWhatWentWrong) {
    EXPECT_EQ(end_of(UsageError("write this")), std::pair(int(exit_usage), std::string("tool: write this\n")));
    EXPECT_EQ(end_of(FileProblem("no file")).first, exit_configuration);
    FileProblem closed("closed");
    closed.not_permitted = true;
    EXPECT_EQ(end_of(closed).first, exit_not_permitted);
    EXPECT_EQ(end_of(std::runtime_error("failed")).first, exit_failed);
}

}  // namespace
}  // namespace sallyport::program
