// The command line of sallyport.
#include <gmock/gmock.h>

#include <vector>

#include "client/options.hpp"

namespace sallyport::client {
namespace {

Options parse(std::vector<const char*> words) {
    words.insert(words.begin(), "sallyport");
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

TEST(Options, StandBeforeOrBehindTheVerb) {
    for (const auto& options :
         {parse({"--state", "/s", "--json", "status", "top"}), parse({"status", "top", "--json", "--state=/s"})}) {
        EXPECT_EQ(options.verb, "status");
        EXPECT_THAT(options.arguments, testing::ElementsAre("top"));
        EXPECT_EQ(options.state, "/s");
        EXPECT_TRUE(options.json);
    }
}

TEST(Options, HelpAndVersionNeedNoVerb) {
    EXPECT_TRUE(parse({"--help"}).help);
    EXPECT_TRUE(parse({"--version"}).version);
}

TEST(Options, WhatIsUnknownOrMissingIsRefusedWithWhatToWrite) {
    EXPECT_EQ(refusal({}), "a verb is missing; see: sallyport --help");
    EXPECT_EQ(refusal({"start"}), "there is no verb 'start'; see: sallyport --help");
    EXPECT_THAT(refusal({"--stat", "/s", "up"}), testing::EndsWith("; see: sallyport --help")) << "no abbreviations";
    EXPECT_EQ(refusal({"trust"}), "write: sallyport trust NAME");
    EXPECT_EQ(refusal({"explain"}), "write: sallyport explain ftp");
}

TEST(Options, HelpNamesEveryVerb) {
    for (const char* verb :
         {"up", "status", "sessions", "protect", "trust", "list", "add", "edit", "remove", "check", "explain"}) {
        EXPECT_THAT(help_text(), testing::HasSubstr(std::string("\n  ") + verb + " "));
    }
}

}  // namespace
}  // namespace sallyport::client
