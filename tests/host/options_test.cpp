// The command line of sallyportd.
#include <gmock/gmock.h>

#include <vector>

#include "host/options.hpp"

namespace sallyport::host {
namespace {

Options parse(std::vector<const char*> words) {
    words.insert(words.begin(), "sallyportd");
    return parse_options(static_cast<int>(words.size()), words.data());
}

std::string refusal(std::vector<const char*> words) {
    try {
        parse(std::move(words));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Options, WithoutWordsTheDaemonRuns) {
    const auto options = parse({});
    EXPECT_EQ(options.verb, "run");
    EXPECT_EQ(options.portconf, "/etc/sallyport/portconf");
    EXPECT_FALSE(options.config_given) << "the usual configuration may be missing";
}

TEST(Options, StandBeforeOrBehindTheVerb) {
    for (const auto& options :
         {parse({"--state", "/s", "--json", "status"}), parse({"status", "--json", "--state=/s"})}) {
        EXPECT_EQ(options.verb, "status");
        EXPECT_EQ(options.state, "/s");
        EXPECT_TRUE(options.json);
    }
}

TEST(Options, HostIsANameForTheCardAndAFileForKeygen) {
    EXPECT_EQ(parse({"card", "--host", "host.example"}).host_name, "host.example");
    EXPECT_EQ(parse({"keygen", "--host", "host.key"}).host_key, "host.key");
}

TEST(Options, ASessionToStopIsAnArgument) {
    EXPECT_THAT(parse({"stop", "41"}).arguments, testing::ElementsAre("41"));
    EXPECT_THAT(parse({"check", "table"}).arguments, testing::ElementsAre("table"));
}

TEST(Options, ExplainSaysWhatCanBeExplained) {
    EXPECT_EQ(parse({"explain", "ftp"}).verb, "explain");
    EXPECT_EQ(refusal({"explain"}), "write: sallyportd explain ftp");
    EXPECT_EQ(refusal({"explain", "top"}), "write: sallyportd explain ftp");
    EXPECT_EQ(refusal({"explain", "ftp", "top"}), "explain takes no 'top'; see: sallyportd --help");
}

TEST(Options, WhatIsUnknownIsRefusedWithWhatToWrite) {
    EXPECT_EQ(refusal({"start"}),
              "there is no verb 'start'; write one of run, check, card, keygen, status, sessions, stop, explain");
    EXPECT_THAT(refusal({"--verbose"}), testing::EndsWith("see: sallyportd --help"));
    EXPECT_THAT(refusal({"--stat", "/s"}), testing::EndsWith("see: sallyportd --help")) << "no abbreviations";
    EXPECT_EQ(refusal({"status", "23450"}), "status takes no '23450'; see: sallyportd --help");
    EXPECT_EQ(refusal({"stop", "1", "2"}), "stop takes no '2'; see: sallyportd --help");
}

TEST(Options, HelpNamesEveryVerb) {
    for (const char* verb : {"run", "check", "card", "keygen", "status", "sessions", "stop", "explain"}) {
        EXPECT_THAT(help_text(), testing::HasSubstr(std::string("\n  ") + verb + " "));
    }
}

}  // namespace
}  // namespace sallyport::host
