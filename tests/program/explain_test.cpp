// `explain ftp` shows what the conversations do, not what somebody wrote down once.
#include "program/explain.hpp"

#include <gmock/gmock.h>

namespace sallyport::program {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The part of the text about one way, by the words that it begins with.
std::string way(const std::string& begins) {
    const auto all = explain_ftp();
    const auto start = all.find("\n" + begins);
    EXPECT_NE(start, std::string::npos) << begins;
    if (start == std::string::npos) return {};
    const auto end = std::min(all.find("\nFTPS ", start + 1), all.find("\nWith PORT", start + 1));
    return all.substr(start, end - start);
}

std::string line(const std::string& from, const std::string& to, const std::string& text) {
    return "  " + std::string(10 - from.size(), ' ') + from + " > " + to + std::string(12 - to.size(), ' ') + text +
           "\n";
}

TEST(ExplainFtp, NativeAsksForATokenAndShowsNoAddressOfTheServers) {
    const auto text = way("Native:");
    EXPECT_THAT(text, HasSubstr(line("program", "sallyport", "PASV")));
    EXPECT_THAT(text, HasSubstr(line("sallyport", "sallyportd", "SETUP")));
    EXPECT_THAT(text, HasSubstr(line("sallyportd", "server", "PASV")));
    EXPECT_THAT(text, HasSubstr(line("sallyportd", "sallyport", "TOKEN")));
    EXPECT_THAT(text, HasSubstr(line("sallyport", "program", "227 Entering Passive Mode (127,0,0,1,156,64).")));
    EXPECT_THAT(text, Not(HasSubstr(line("sallyport", "sallyportd", "PASV"))));
}

TEST(ExplainFtp, ACutTransferIsToldAsSuchWhateverTheServerSaid) {
    const auto text = way("Native:");
    const auto cut = text.substr(text.find("RETR b.txt"));
    EXPECT_THAT(cut, HasSubstr(line("server", "sallyportd", "226 Transfer complete")));
    EXPECT_THAT(cut, HasSubstr("  sallyport > program     426 Transfer incomplete"));
    EXPECT_THAT(cut, Not(HasSubstr(line("sallyport", "program", "226 Transfer complete"))));
}

TEST(ExplainFtp, FtpsOutProtectsTheServerBeforeTheProgramIsGreeted) {
    const auto text = way("FTPS out:");
    EXPECT_LT(text.find(line("sallyport", "server", "AUTH TLS")), text.find(line("sallyport", "server", "PROT P")));
    EXPECT_LT(text.find(line("sallyport", "server", "PROT P")),
              text.find(line("sallyport", "program", "220 FTP server ready")));
    EXPECT_THAT(text, HasSubstr(line("sallyport", "program", "227 Entering Passive Mode (127,0,0,1,156,64).")));
    EXPECT_THAT(text, HasSubstr(line("sallyport", "server", "(TLS handshake on the data connection)")));
}

TEST(ExplainFtp, FtpsInAnswersProtectionItselfAndShowsItsOwnAddress) {
    const auto text = way("FTPS in:");
    EXPECT_THAT(text, HasSubstr("  sallyportd > program     234 "));
    EXPECT_THAT(text, Not(HasSubstr(line("sallyportd", "server", "PROT P"))));
    EXPECT_THAT(text, HasSubstr(line("sallyportd", "program", "227 Entering Passive Mode (192,168,0,3,195,180).")));
    EXPECT_THAT(text, HasSubstr(line("sallyportd", "program", "226 Transfer complete")));
}

TEST(ExplainFtp, ShowsNoPassword) { EXPECT_THAT(explain_ftp(), Not(HasSubstr("secret"))); }

}  // namespace
}  // namespace sallyport::program
