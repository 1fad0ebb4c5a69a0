// What is told of -s, -e, -k and -c: how an entry is protected.
#include "tests/portconf/mistake.hpp"

namespace sallyport::portconf {
namespace {

class ProtectionMistake : public testing::TestWithParam<MistakeCase> {};

const MistakeCase mistakes[] = {
    {"encryption_value_missing", "23450 sallyport -p2345 -e",
     "portconf:1:24: -e has no value\n"
     "  23450 sallyport -p2345 -e\n"
     "                         ^\n"
     "  join the value to it, as in -eAES256,X25519\n"},
    {"secure_unknown", "23450 sallyport -p2345 -sssh",
     "portconf:1:26: ssh is no kind of secure leg\n"
     "  23450 sallyport -p2345 -sssh\n"
     "                           ^\n"
     "  write native, tls, ftps, ftps-implicit, plain, or a list such as native,tls\n"},
    {"secure_nearly_right", "23450 sallyport -p2345 -aFTP -snative,ftps_implicit",
     "portconf:1:39: ftps_implicit is no kind of secure leg\n"
     "  23450 sallyport -p2345 -aFTP -snative,ftps_implicit\n"
     "                                        ^\n"
     "  write ftps-implicit\n"},
    {"secure_two_unknown", "23450 sallyport -p2345 -sone,native,two",
     "portconf:1:26: one is no kind of secure leg\n"
     "  23450 sallyport -p2345 -sone,native,two\n"
     "                           ^\n"
     "  write native, tls, ftps, ftps-implicit, plain, or a list such as native,tls\n"
     "portconf:1:37: two is no kind of secure leg\n"
     "  23450 sallyport -p2345 -sone,native,two\n"
     "                                      ^\n"
     "  write native, tls, ftps, ftps-implicit, plain, or a list such as native,tls\n"},
    {"secure_commas_alone", "23450 sallyport -p2345 -s,,",
     "portconf:1:26: ,, names no secure leg\n"
     "  23450 sallyport -p2345 -s,,\n"
     "                           ^\n"
     "  write native,tls or one of the two\n"},
    {"secure_ftps_for_top", "23450 sallyport -p2345 -aTOP -snative,ftps",
     "portconf:1:39: ftps is for FTP, and the protocol of this entry is TOP\n"
     "  23450 sallyport -p2345 -aTOP -snative,ftps\n"
     "                                        ^\n"
     "  write tls, or -aFTP if it is FTP\n"},
    {"secure_ftps_implicit_for_a_stream", "23450 sallyport -p2345 -s ftps-implicit",
     "portconf:1:27: ftps-implicit is for FTP, and the protocol of this entry is STREAM\n"
     "  23450 sallyport -p2345 -s ftps-implicit\n"
     "                            ^\n"
     "  write tls, or -aFTP if it is FTP\n"},
    {"secure_tls_for_ftp", "ftp sallyport -p2121 -aFTP -stls",
     "portconf:1:30: tls does not say which kind of FTPS this entry serves\n"
     "  ftp sallyport -p2121 -aFTP -stls\n"
     "                               ^\n"
     "  write ftps-implicit for TLS from the first byte, ftps for AUTH TLS, or both\n"},
    {"secure_plain_beside_others", "23450 sallyport -p2345 -snative,plain",
     "portconf:1:33: plain cannot be told apart from the others\n"
     "  23450 sallyport -p2345 -snative,plain\n"
     "                                  ^\n"
     "  take plain out, or give it an entry of its own\n"},
    {"secure_plain_beside_tls", "23450 sallyport -p2345 -s plain,tls",
     "portconf:1:27: plain cannot be told apart from the others\n"
     "  23450 sallyport -p2345 -s plain,tls\n"
     "                            ^\n"
     "  take plain out, or give it an entry of its own\n"},
    {"client_ca_beside_plain", "ftp xygateef -p2121 -sftps,plain -c/c",
     "portconf:1:28: warning: passwords and files cross the network in clear: everyone on it can read and change "
     "them\n"
     "  ftp xygateef -p2121 -sftps,plain -c/c\n"
     "                             ^\n"
     "  take plain out as soon as every client asks for protection\n"
     "portconf:1:34: -c asks clients for a proof, and plain lets everyone in without\n"
     "  ftp xygateef -p2121 -sftps,plain -c/c\n"
     "                                   ^\n"
     "  take plain out of -s, or -c out of the line\n"},
    {"fixed_key_beside_plain", "ftp xygateef -p2121 -splain,native --fixed-key /k",
     "portconf:1:23: warning: passwords and files cross the network in clear: everyone on it can read and change "
     "them\n"
     "  ftp xygateef -p2121 -splain,native --fixed-key /k\n"
     "                        ^\n"
     "  take plain out as soon as every client asks for protection\n"
     "portconf:1:36: --fixed-key asks clients for a proof, and plain lets everyone in without\n"
     "  ftp xygateef -p2121 -splain,native --fixed-key /k\n"
     "                                     ^\n"
     "  take plain out of -s, or --fixed-key out of the line\n"},
    {"suite_unknown", "23450 sallyport -p2345 -eAES256,X25519/AES128,X25519",
     "portconf:1:40: AES128,X25519 is not a suite\n"
     "  23450 sallyport -p2345 -eAES256,X25519/AES128,X25519\n"
     "                                         ^\n"
     "  write suites such as AES256,X25519 with / between them\n"},
    {"suite_halved", "23450 sallyport -p2345 -e AES256",
     "portconf:1:27: AES256 is not a suite\n"
     "  23450 sallyport -p2345 -e AES256\n"
     "                            ^\n"
     "  write suites such as AES256,X25519 with / between them\n"},
    {"suites_separated_by_a_blank", "23450 sallyport -p2345 -e AES256,X25519 DES168,DH1024",
     "portconf:1:41: DES168,DH1024 belongs to no flag\n"
     "  23450 sallyport -p2345 -e AES256,X25519 DES168,DH1024\n"
     "                                          ^\n"
     "  take it out; a comment begins with #\n"},
    {"suites_none", "23450 sallyport -p2345 -e/",
     "portconf:1:26: / is not a suite\n"
     "  23450 sallyport -p2345 -e/\n"
     "                           ^\n"
     "  write suites such as AES256,X25519 with / between them\n"},
    {"suites_where_native_is_left_out", "23450 sallyport -p2345 -stls -eAES256,X25519",
     "portconf:1:30: -e is about native, and this entry is tls alone\n"
     "  23450 sallyport -p2345 -stls -eAES256,X25519\n"
     "                               ^\n"
     "  take it out, or add native to -s\n"},
    {"fixed_key_where_native_is_left_out", "23450 sallyport -p2345 -stls --fixed-key=/k",
     "portconf:1:30: --fixed-key is about native, and this entry is tls alone\n"
     "  23450 sallyport -p2345 -stls --fixed-key=/k\n"
     "                               ^\n"
     "  take it out, or add native to -s\n"},
    {"client_ca_where_tls_is_left_out", "23450 sallyport -p2345 -snative -c/c",
     "portconf:1:33: -c is about TLS, and this entry is native alone\n"
     "  23450 sallyport -p2345 -snative -c/c\n"
     "                                  ^\n"
     "  take it out, or add tls to -s\n"},
    {"client_ca_where_ftps_is_left_out", "ftp xygateef -p2121 -snative -c/c",
     "portconf:1:30: -c is about TLS, and this entry is native alone\n"
     "  ftp xygateef -p2121 -snative -c/c\n"
     "                               ^\n"
     "  take it out, or add ftps to -s\n"},
};

TEST_P(ProtectionMistake, IsToldWithItsPlaceAndItsRemedyAndYieldsNoEntry) { expect_told(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Diagnostics, ProtectionMistake, testing::ValuesIn(mistakes),
                         [](const auto& instance) { return instance.param.name; });

TEST(Diagnostics, OfPlainWarnThatTrafficIsReadableAndTheEntryServes) {
    const Table table = parse("23 sallyport -p2323 -s plain");
    EXPECT_EQ(table.entries.size(), 1u);
    EXPECT_EQ(render(table.diagnostics),
              "portconf:1:24: warning: everyone on the network can read and change this traffic\n"
              "  23 sallyport -p2323 -s plain\n"
              "                         ^\n"
              "  take -s out to have it protected\n");
}

TEST(Diagnostics, OfPlainFtpWarnOfPasswordsAloneAndBesideOthers) {
    const Table alone = parse("ftp xygateef -p2121 -splain");
    EXPECT_EQ(alone.entries.size(), 1u);
    EXPECT_EQ(render(alone.diagnostics),
              "portconf:1:23: warning: passwords and files cross the network in clear: everyone on it can read and "
              "change them\n"
              "  ftp xygateef -p2121 -splain\n"
              "                        ^\n"
              "  take -s out to have them protected\n");
    const Table beside = parse("ftp xygateef -p2121 -s ftps,plain");
    EXPECT_EQ(beside.entries.size(), 1u);
    EXPECT_EQ(render(beside.diagnostics),
              "portconf:1:29: warning: passwords and files cross the network in clear: everyone on it can read and "
              "change them\n"
              "  ftp xygateef -p2121 -s ftps,plain\n"
              "                              ^\n"
              "  take plain out as soon as every client asks for protection\n");
}

}  // namespace
}  // namespace sallyport::portconf
