#include "protocols/ftp/verbs.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sallyport::protocols::ftp::tests {
namespace {

struct KindCase {
    const char* name;
    VerbKind kind;
    std::vector<const char*> verbs;
};
void PrintTo(const KindCase& row, std::ostream* out) { *out << row.name; }

const KindCase kind_cases[] = {
    {"downloads", VerbKind::transfer_down, {"RETR", "LIST", "NLST", "MLSD", "MLFL"}},
    {"uploads", VerbKind::transfer_up, {"STOR", "APPE", "STOU"}},
    {"pasv", VerbKind::pasv, {"PASV", "P@SW"}},
    {"epsv", VerbKind::epsv, {"EPSV"}},
    {"port", VerbKind::port, {"PORT"}},
    {"eprt", VerbKind::eprt, {"EPRT"}},
    {"user", VerbKind::user, {"USER"}},
    {"quit", VerbKind::quit, {"QUIT"}},
    {"auth", VerbKind::auth, {"AUTH"}},
    {"pbsz", VerbKind::pbsz, {"PBSZ"}},
    {"prot", VerbKind::prot, {"PROT"}},
    {"ccc", VerbKind::ccc, {"CCC"}},
    {"feat", VerbKind::feat, {"FEAT"}},
    {"abor", VerbKind::abor, {"ABOR"}},
    {"rein", VerbKind::rein, {"REIN"}},
    {"mode", VerbKind::mode, {"MODE"}},
    {"older_security", VerbKind::security, {"ADAT", "MIC", "CONF", "ENC"}},
    {"setups_that_are_refused",
     VerbKind::refused_setup,
     {"LPRT", "LPSV", "APSV", "CPSV", "SSCN", "PRET", "SPSV", "ESTA", "ESTP", "CEPR"}},
    {"site", VerbKind::site, {"SITE"}},
    {"stat", VerbKind::stat, {"STAT"}},
    {"rest", VerbKind::rest, {"REST"}},
    {"rnfr", VerbKind::rnfr, {"RNFR"}},
    {"other_protocols",
     VerbKind::http,
     {"GET", "POST", "HEAD", "PUT", "CONNECT", "EHLO", "HOST:", "CONTENT-TYPE:", "CONTENT-LENGTH:", "CONTENT-"}},
    {"all_others_are_passed_on",
     VerbKind::forward,
     {"PASS", "ACCT", "CWD",  "CDUP", "SMNT", "PWD",  "XCWD", "XCUP",    "XPWD", "XMKD", "XRMD", "OPTS", "LANG",
      "CLNT", "CSID", "ALLO", "TYPE", "STRU", "RNTO", "DELE", "MKD",     "RMD",  "SIZE", "MDTM", "MFMT", "MFF",
      "MLST", "HELP", "SYST", "NOOP", "HASH", "XCRC", "XMD5", "XSHA256", "COMB", "RANG", "AVBL", "THMB"}},
    {"what_nobody_knows_is_passed_on",
     VerbKind::forward,
     {"GUARDIAN", "OSS", "RETRX", "RET", "A", "~", "", "!", "CONTENT", "HOSTS", "PAS", "retr"}},
};

class Verbs : public testing::TestWithParam<KindCase> {};
INSTANTIATE_TEST_SUITE_P(, Verbs, testing::ValuesIn(kind_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Verbs, AreHandledByTheirKind) {
    for (const auto* const verb : GetParam().verbs) EXPECT_EQ(kind_of(verb), GetParam().kind) << verb;
}

TEST(SecretArguments, AreThoseOfPasswords) {
    const auto secret = [](const std::string& verb, const std::string& argument) {
        return carries_secret({verb, argument, true, verb + " " + argument});
    };
    for (const auto* const verb : {"PASS", "ACCT", "ADAT"}) EXPECT_TRUE(secret(verb, "x")) << verb;
    for (const auto* const argument : {"PSWD a b", "pswd a", "PSWD", " PSWD a", "\tPsWd\ta"}) {
        EXPECT_TRUE(secret("SITE", argument)) << argument;
    }
    for (const auto* const argument : {"CHMOD 644 PSWD", "PSW a", "PSWDS a", "", " "}) {
        EXPECT_FALSE(secret("SITE", argument)) << argument;
    }
    for (const auto* const verb : {"USER", "CWD", "PSWD", "PASV", "STAT"}) EXPECT_FALSE(secret(verb, "PSWD x")) << verb;
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
