#include "portconf/entry.hpp"

#include <gmock/gmock.h>

#include "tests/portconf/table.hpp"

namespace sallyport::portconf {
namespace {

using enum SecureLeg;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SupportNote, ApplicationLineIsReadAsItStandsAndSilently) {
    const Table table = parse("23450 $system.xygatehe.xygatehe -p2345 -t$ZB019 -aTOP");
    EXPECT_EQ(render(table.diagnostics), "");
    ASSERT_EQ(table.entries.size(), 1u);
    const Entry& entry = table.entries[0];
    EXPECT_EQ(entry.line, 1u);
    EXPECT_EQ(entry.service, "23450");
    EXPECT_EQ(entry.port, 23450);
    EXPECT_EQ(entry.program, "$system.xygatehe.xygatehe");
    EXPECT_EQ(entry.personality, Personality::xygatehe);
    EXPECT_EQ(entry.label, "TOP");
    EXPECT_FALSE(entry.ftp());
    EXPECT_THAT(entry.targets, ElementsAre(Target{"192.168.0.3", 2345}));
    EXPECT_EQ(entry.tcp_process, "$ZB019");
    EXPECT_EQ(entry.listen, "");
    EXPECT_EQ(entry.secure, (SecureLegs{native, tls}));
    EXPECT_EQ(entry.suites, SuiteSet::all());
    EXPECT_EQ(entry.fixed_key, "");
    EXPECT_EQ(entry.client_ca, "");
}

TEST(SupportNote, FtpLineGoesToTheDefaultServerAndSaysSo) {
    const Table table = parse("ftp $system.xygateef.xygateef");
    EXPECT_EQ(render(table.diagnostics),
              "portconf:1:5: notice: FTP goes to the server at 127.0.0.1:2121\n"
              "  ftp $system.xygateef.xygateef\n"
              "      ^\n"
              "  if it is elsewhere, add -p and its port, or set it under [ftp]\n");
    ASSERT_EQ(table.entries.size(), 1u);
    const Entry& entry = table.entries[0];
    EXPECT_EQ(entry.service, "ftp");
    EXPECT_EQ(entry.port, 21);
    EXPECT_EQ(entry.personality, Personality::xygateef);
    EXPECT_EQ(entry.label, "FTP");
    EXPECT_TRUE(entry.ftp());
    EXPECT_THAT(entry.targets, ElementsAre(Target{"127.0.0.1", 2121}));
    EXPECT_EQ(entry.secure, (SecureLegs{native, ftps, ftps_implicit}));
    EXPECT_EQ(entry.suites, SuiteSet::all());
}

TEST(SupportNote, PresentFtpEntryBelongsToAnotherListener) {
    const Table table = parse("ftp $system.ztcpip.ftpserv");
    EXPECT_THAT(table.entries, IsEmpty());
    EXPECT_FALSE(table.has_errors());
    EXPECT_EQ(render(table.diagnostics),
              "portconf:1:5: notice: $system.ztcpip.ftpserv belongs to another listener, and the line is skipped\n"
              "  ftp $system.ztcpip.ftpserv\n"
              "      ^\n");
}

TEST(VendorSample, EchoLineBelongsToAnotherListener) {
    const Table table = parse("7 $system.ztcpip.echoserv");
    EXPECT_THAT(table.entries, IsEmpty());
    EXPECT_EQ(render(table.diagnostics),
              "portconf:1:3: notice: $system.ztcpip.echoserv belongs to another listener, and the line is skipped\n"
              "  7 $system.ztcpip.echoserv\n"
              "    ^\n");
}

TEST(SupportNote, BothLinesLoadBesideThoseOfAnotherListener) {
    const Table table = parse(
        "# PORTCONF\n"
        "7      $system.ztcpip.echoserv\n"
        "23450  $system.xygatehe.xygatehe  -p2345 -t$ZB019 -aTOP\n"
        "ftp    $system.xygateef.xygateef\n");
    EXPECT_FALSE(table.has_errors());
    ASSERT_EQ(table.entries.size(), 2u);
    EXPECT_EQ(table.entries[0].line, 3u);
    EXPECT_EQ(table.entries[1].line, 4u);
}

TEST(SupportNote, UnmappedProcessMeansLoopbackAndSaysSo) {
    auto with = context();
    with.tcp_processes.clear();
    const std::string_view line = "23450 $system.xygatehe.xygatehe -p2345 -t$ZB019 -aTOP";
    EXPECT_EQ(reported(line, with),
              "portconf:1:42: notice: $ZB019 has no address, so loopback is used\n"
              "  23450 $system.xygatehe.xygatehe -p2345 -t$ZB019 -aTOP\n"
              "                                           ^\n"
              "  set $ZB019 = ADDRESS under [tcp-process]\n");
    const Entry entry = entry_of(line, with);
    EXPECT_THAT(entry.targets, ElementsAre(Target{"127.0.0.1", 2345}, Target{"::1", 2345}));
    EXPECT_EQ(entry.tcp_process, "$ZB019");
}

struct SameCase {
    const char* name;
    const char* line;
};
class SameEntry : public testing::TestWithParam<SameCase> {};

const SameCase same_cases[] = {
    {"values_joined", "23450 sallyport -p2345 -t$ZB019 -aTOP -l127.0.0.1 -eAES256,X25519 -snative,tls -k/k -c/c"},
    {"values_as_next_word",
     "23450 sallyport -p 2345 -t $ZB019 -a TOP -l 127.0.0.1 -e AES256,X25519 -s native,tls -k /k -c /c"},
    {"long_forms",
     "23450 sallyport --target-port 2345 --tcp-process $ZB019 --protocol TOP --listen 127.0.0.1 "
     "--encryption AES256,X25519 --secure native,tls --fixed-key /k --client-ca /c"},
    {"long_forms_with_equals_sign",
     "23450 sallyport --target-port=2345 --tcp-process=$ZB019 --protocol=TOP "
     "--listen=127.0.0.1 --encryption=AES256,X25519 --secure=native,tls "
     "--fixed-key=/k --client-ca=/c"},
    {"another_order", "23450 sallyport -c/c -k/k -stls,native -eAES256,X25519 -l127.0.0.1 -aTOP -t$ZB019 -p2345"},
    {"other_letter_case", "23450 SALLYPORT -p2345 -t$zb019 -atop -l127.0.0.1 -eaes256,x25519 -sNATIVE,Tls -k/k -c/c"},
    {"tabs_and_blanks",
     "\t 23450\t\tsallyport \t-p2345 -t\t$ZB019 -aTOP -l127.0.0.1 -eAES256,X25519 -snative,tls "
     "-k/k\t-c/c \t"},
    {"trailing_comment",
     "23450 sallyport -p2345 -t$ZB019 -aTOP -l127.0.0.1 -eAES256,X25519 -snative,tls -k/k -c/c "
     "# -p9 is only a comment"},
    {"names_of_services", "top sallyport -p2345 -t$ZB019 -aTOP -l127.0.0.1 -eAES256,X25519 -snative,tls -k/k -c/c"},
    {"a_comma_too_many", "23450 sallyport -p2345 -t$ZB019 -aTOP -l127.0.0.1 -eAES256,X25519 -s,native,,tls, -k/k -c/c"},
};

TEST_P(SameEntry, InEveryWayOfWritingIt) {
    const Table table = parse(GetParam().line);
    EXPECT_EQ(render(table.diagnostics), "");
    ASSERT_EQ(table.entries.size(), 1u);
    const Entry& entry = table.entries[0];
    EXPECT_EQ(entry.port, 23450);
    EXPECT_EQ(entry.personality, Personality::sallyport);
    EXPECT_EQ(entry.label, "TOP");
    EXPECT_THAT(entry.targets, ElementsAre(Target{"192.168.0.3", 2345}));
    EXPECT_EQ(entry.tcp_process, "$ZB019");
    EXPECT_EQ(entry.listen, "127.0.0.1");
    EXPECT_EQ(entry.secure, (SecureLegs{native, tls}));
    EXPECT_EQ(entry.suites.text(), "AES256,X25519");
    EXPECT_EQ(entry.fixed_key, "/k");
    EXPECT_EQ(entry.client_ca, "/c");
}
INSTANTIATE_TEST_SUITE_P(Entry, SameEntry, testing::ValuesIn(same_cases),
                         [](const auto& instance) { return instance.param.name; });

struct ProgramCase {
    const char* name;
    const char* program;
    std::optional<Personality> personality;
};
class ProgramName : public testing::TestWithParam<ProgramCase> {};

const ProgramCase program_cases[] = {
    {"guardian_name", "$system.xygatehe.xygatehe", Personality::xygatehe},
    {"letter_case_does_not_matter", "$SYSTEM.XYGATEEF.XyGateEF", Personality::xygateef},
    {"last_part_decides", "$data.xygateef.xygatehe", Personality::xygatehe},
    {"one_part", "sallyport", Personality::sallyport},
    {"path_of_the_host", "/usr/sbin/sallyport", Personality::sallyport},
    {"known_word_in_the_middle", "$system.xygatehe.other", {}},
    {"known_word_with_more", "$system.xygatehe.xygatehe2", {}},
    {"empty_last_part", "$system.xygatehe.", {}},
};

TEST_P(ProgramName, PicksThePersonalityOrAnotherListener) {
    const Table table = parse(std::string("1 ") + GetParam().program + " -p2");
    EXPECT_FALSE(table.has_errors());
    ASSERT_EQ(table.entries.size(), GetParam().personality ? 1u : 0u);
    if (GetParam().personality) {
        EXPECT_EQ(table.entries[0].personality, *GetParam().personality);
        EXPECT_EQ(table.entries[0].program, GetParam().program);
    } else {
        EXPECT_THAT(render(table.diagnostics), testing::HasSubstr("belongs to another listener"));
    }
}
INSTANTIATE_TEST_SUITE_P(Entry, ProgramName, testing::ValuesIn(program_cases),
                         [](const auto& instance) { return instance.param.name; });

struct LegsCase {
    const char* name;
    const char* line;
    SecureLegs legs;
};
class EntryLegs : public testing::TestWithParam<LegsCase> {};

const LegsCase legs_cases[] = {
    {"relay_by_default", "1 xygatehe -p2", {native, tls}},
    {"sallyport_by_default", "1 sallyport -p2", {native, tls}},
    {"xygateef_by_default", "1 xygateef -p2", {native, ftps, ftps_implicit}},
    {"sallyport_for_ftp_by_default", "1 sallyport -p2 -aFTP", {native, ftps, ftps_implicit}},
    {"xygatehe_for_ftp_by_default", "1 xygatehe -p2 -aftp", {native, ftps, ftps_implicit}},
    {"native_alone", "1 xygatehe -p2 -snative", {native}},
    {"tls_alone", "1 xygatehe -p2 -s tls", {tls}},
    {"ftps_alone", "1 xygateef -p2 -sftps", {ftps}},
    {"both_kinds_of_ftps", "1 sallyport -p2 -aFTP -sftps-implicit,FTPS", {ftps, ftps_implicit}},
    {"plain_alone", "1 sallyport -p2 -splain", {plain}},
    {"plain_alone_for_ftp", "1 xygateef -p2 -splain", {plain}},
    {"plain_beside_ftps", "1 xygateef -p2 -s ftps,plain", {ftps, plain}},
    {"plain_beside_all_of_ftp",
     "1 sallyport -p2 -aftp -splain,native,ftps,ftps-implicit",
     {native, ftps, ftps_implicit, plain}},
};

TEST_P(EntryLegs, AreThoseOfItsProtocolOrItsList) { EXPECT_EQ(entry_of(GetParam().line).secure, GetParam().legs); }
INSTANTIATE_TEST_SUITE_P(Entry, EntryLegs, testing::ValuesIn(legs_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(EntryLegs, AreToldApartByFirstBytesOrSilenceOrNot) {
    for (const bool ftp : {false, true}) {
        EXPECT_TRUE((SecureLegs{native, tls}.told_apart(ftp)));
        EXPECT_TRUE((SecureLegs{native, ftps, ftps_implicit}.told_apart(ftp)));
        EXPECT_TRUE((SecureLegs{plain}.told_apart(ftp)));
        EXPECT_FALSE((SecureLegs{tls, ftps_implicit}.told_apart(ftp)));
        EXPECT_EQ((SecureLegs{native, plain}.told_apart(ftp)), ftp) << "clients of FTP wait for a greeting";
        EXPECT_EQ((SecureLegs{tls, plain}.told_apart(ftp)), ftp);
    }
    EXPECT_TRUE((SecureLegs{ftps, plain}.told_apart(true))) << "AUTH makes the difference";
}

TEST(EntryLegs, KnowWhenThereIsNothingToTellApart) {
    EXPECT_EQ((SecureLegs{ftps_implicit}.only()), ftps_implicit);
    EXPECT_EQ((SecureLegs{native, tls}.only()), std::nullopt);
    EXPECT_EQ(SecureLegs{}.only(), std::nullopt);
}

TEST(EntryLegs, AreWrittenAsTheyAreRead) {
    EXPECT_EQ((SecureLegs{ftps_implicit, native, ftps}.text()), "native,ftps,ftps-implicit");
    for (const SecureLeg leg : all_secure_legs) EXPECT_EQ(secure_leg_from_text(text(leg)), leg);
}

struct TargetCase {
    const char* name;
    const char* line;
    std::vector<Target> targets;
};
class EntryTargets : public testing::TestWithParam<TargetCase> {};

const TargetCase target_cases[] = {
    {"loopback_by_default", "1 xygatehe -p2", {{"127.0.0.1", 2}, {"::1", 2}}},
    {"ipv4_host", "1 xygatehe -p2 -h10.1.2.3", {{"10.1.2.3", 2}}},
    {"ipv6_host", "1 xygatehe -p2 -h FD00:0::7", {{"fd00::7", 2}}},
    {"process_of_an_ipv6_address", "1 xygatehe -p2 -t$zsix", {{"fe80::1", 2}}},
    {"port_by_name", "1 xygatehe -pecho", {{"127.0.0.1", 7}, {"::1", 7}}},
    {"ftp_server_by_default", "1 xygateef", {{"127.0.0.1", 2121}}},
    {"ftp_server_by_port", "1 xygateef -p2100", {{"127.0.0.1", 2100}, {"::1", 2100}}},
    {"ftp_server_of_a_process_at_the_usual_port", "1 xygateef -t$ZB019", {{"192.168.0.3", 2121}}},
    {"ftp_server_of_a_host_at_the_usual_port", "1 xygateef -h10.1.2.3", {{"10.1.2.3", 2121}}},
};

TEST_P(EntryTargets, AreTriedInThisOrder) { EXPECT_EQ(entry_of(GetParam().line).targets, GetParam().targets); }
INSTANTIATE_TEST_SUITE_P(Entry, EntryTargets, testing::ValuesIn(target_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(EntryTargets, OfAnFtpEntryFollowTheSettingAndTheNoticeNamesIt) {
    auto with = context();
    with.ftp_server = {"fd00::21", 2100};
    EXPECT_THAT(entry_of("ftp xygateef", with).targets, ElementsAre(Target{"fd00::21", 2100}));
    EXPECT_THAT(reported("ftp xygateef", with), testing::HasSubstr("FTP goes to the server at [fd00::21]:2100\n"));
}

struct LabelCase {
    const char* name;
    const char* line;
    const char* label;
};
class EntryLabel : public testing::TestWithParam<LabelCase> {};

const LabelCase label_cases[] = {
    {"relay_by_default", "1 xygatehe -p2", "STREAM"},
    {"sallyport_by_default", "1 sallyport -p2", "STREAM"},
    {"xygateef_by_default", "1 xygateef -p2", "FTP"},
    {"xygateef_says_it_again", "1 xygateef -p2 -aFTP", "FTP"},
    {"capitals_whatever_is_written", "1 xygatehe -p2 -aMy-Top2", "MY-TOP2"},
    {"sixteen_characters", "1 xygatehe -p2 -aABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"},
    {"digits_alone", "1 xygatehe -p2 -a7", "7"},
};

TEST_P(EntryLabel, IsTheProtocolOrTheDefault) { EXPECT_EQ(entry_of(GetParam().line).label, GetParam().label); }
INSTANTIATE_TEST_SUITE_P(Entry, EntryLabel, testing::ValuesIn(label_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(EntryListen, IsAllAddressesOrOneCanonicalAddress) {
    EXPECT_EQ(entry_of("1 xygatehe -p2").listen, "");
    EXPECT_EQ(entry_of("1 xygatehe -p2 -lFE80:0::1").listen, "fe80::1");
    EXPECT_EQ(entry_of("1 xygatehe -p2 --listen 0.0.0.0").listen, "0.0.0.0");
}

}  // namespace
}  // namespace sallyport::portconf
