#include "client/list/server_list.hpp"

#include <gmock/gmock.h>

namespace sallyport::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view fixed_key =
    "01234567-89abcdef-01234567-89ABCDEF-01234567-89abcdef-01234567-89abcdef-deadbeef";
constexpr std::string_view pin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

constexpr std::string_view note_entry =
    "[top-prod]\n"
    "protocol   = TOP\n"
    "host       = 192.168.0.3\n"
    "port       = 23450\n"
    "encryption = DES168,DH1024\n"
    "fixed-key  =\n"
    "accept     = 127.0.0.1:2345\n"
    "card       = host-prod.card\n";

/// An entry that has what it must, and `more`.
std::string entry(std::string_view encryption, std::string_view more, std::string_view protocol = "TOP") {
    std::string text = "[e]\nprotocol = ";
    text.append(protocol).append("\nhost = h\nport = 1\naccept = 2345\nencryption = ").append(encryption);
    return text.append("\n").append(more).append("\n");
}

std::vector<std::string> names_of(const ServerList& list) {
    std::vector<std::string> names;
    for (const Entry& e : list.entries) names.push_back(e.name);
    return names;
}

TEST(ServerList, HoldsTheFieldsOfTheNotesApplicationEntry) {
    const auto list = parse(note_entry, "servers.conf");
    EXPECT_EQ(render(list.diagnostics), "");
    ASSERT_THAT(names_of(list), ElementsAre("top-prod"));
    const Entry& e = list.entries.front();
    EXPECT_EQ(e.line, 1u);
    EXPECT_EQ(e.protocol, "TOP");
    EXPECT_EQ(e.host, "192.168.0.3");
    EXPECT_EQ(e.port, 23450);
    EXPECT_TRUE(e.native());
    EXPECT_EQ(text_of(e.encryption), "DES168,DH1024");
    EXPECT_TRUE(e.fixed_key.empty());
    EXPECT_EQ(e.accept, (AcceptAddress{"127.0.0.1", 2345}));
    EXPECT_EQ(e.card, "host-prod.card");
    EXPECT_EQ(e.when_off, WhenOff::closed);
    EXPECT_TRUE(e.protection);
    EXPECT_TRUE(e.trusted());
}

TEST(ServerList, HoldsEveryFieldOfANativeEntry) {
    const auto list = parse(entry("CHACHA20,X25519 / AES256,X25519", "host-key = " + std::string(62, '0') +
                                                                         "fF\nfixed-key = " + std::string(fixed_key) +
                                                                         "\nclient-key = me.key\nprotection = off"),
                            "f");
    EXPECT_EQ(render(list.diagnostics), "");
    ASSERT_EQ(list.entries.size(), 1u);
    const Entry& e = list.entries.front();
    EXPECT_EQ(text_of(e.encryption), "AES256,X25519 CHACHA20,X25519");
    ASSERT_TRUE(e.host_key);
    EXPECT_EQ(e.host_key->back(), 0xFF);
    EXPECT_EQ(e.fixed_key.view(), fixed_key);
    EXPECT_EQ(e.client_key, "me.key");
    EXPECT_FALSE(e.protection);
}

TEST(ServerList, HoldsEveryFieldOfATlsEntry) {
    const auto list = parse(entry("tls", "pin = " + std::string(pin) + "  " + std::string(pin) +
                                             "\nca = ca.pem\nserver-name = host.example\ncertificate = c.pem\n"
                                             "key = c.key\nidentity = ws7\nfixed-key-file = ws7.key"),
                            "f");
    EXPECT_EQ(render(list.diagnostics), "");
    ASSERT_EQ(list.entries.size(), 1u);
    const Entry& e = list.entries.front();
    EXPECT_FALSE(e.native());
    EXPECT_EQ(e.encryption, Encryption(TlsKind::tls));
    EXPECT_THAT(e.pins, ElementsAre(pin, pin));
    EXPECT_EQ(e.ca, "ca.pem");
    EXPECT_EQ(e.server_name, "host.example");
    EXPECT_EQ(e.certificate, "c.pem");
    EXPECT_EQ(e.key, "c.key");
    EXPECT_EQ(e.identity, "ws7");
    EXPECT_EQ(e.fixed_key_file, "ws7.key");
}

TEST(ServerList, FtpMayUseFtps) {
    EXPECT_EQ(text_of(parse(entry("FTPS", "ca = c", "FTP"), "f").entries.at(0).encryption), "FTPS");
    EXPECT_EQ(text_of(parse(entry("ftps-implicit", "ca = c", "ftp"), "f").entries.at(0).encryption), "FTPS-IMPLICIT");
}

TEST(ServerList, HoldsTheFieldsOfFtp) {
    const auto list = parse(entry("FTPS",
                                  "ca = c\ndefault-data-port = on\nback-mode = As-Front\nlenient-end = on\n"
                                  "tls-min = 1.2\ntls-max = 1.2",
                                  "FTP"),
                            "f");
    EXPECT_EQ(render(list.diagnostics), "");
    ASSERT_EQ(list.entries.size(), 1u);
    const Entry& e = list.entries.front();
    EXPECT_TRUE(e.default_data_port);
    EXPECT_EQ(e.back_mode, BackMode::as_front);
    EXPECT_TRUE(e.lenient_end);
    EXPECT_EQ(e.tls_max, TlsVersion::tls1_2);
    EXPECT_EQ(parse(entry("FTPS", "back-mode = active", "FTP"), "f").entries.at(0).back_mode, BackMode::active);
}

TEST(ServerList, LeavesOutWhatAnEntryOfFtpDoesNotSay) {
    const auto list = parse(entry("FTPS", "ca = c", "FTP"), "f");
    const Entry& e = list.entries.at(0);
    EXPECT_FALSE(e.default_data_port);
    EXPECT_EQ(e.back_mode, BackMode::passive);
    EXPECT_FALSE(e.lenient_end);
    EXPECT_EQ(e.tls_min, TlsVersion::tls1_2);
    EXPECT_EQ(e.tls_max, TlsVersion::tls1_3);
}

TEST(ServerList, NativeFtpMayHaveADefaultDataPortAndAnyTlsItsVersions) {
    EXPECT_TRUE(parse(entry("AES256,X25519", "default-data-port = on", "FTP"), "f").entries.at(0).default_data_port);
    EXPECT_EQ(parse(entry("TLS", "tls-min = 1.3"), "f").entries.at(0).tls_min, TlsVersion::tls1_3);
}

TEST(ServerList, FindsAnEntryByItsName) {
    const auto list = parse(note_entry, "f");
    ASSERT_NE(list.find("top-prod"), nullptr);
    EXPECT_EQ(list.find("top-prod")->port, 23450);
    EXPECT_EQ(list.find("top"), nullptr);
}

TEST(ServerList, OfNothingIsEmptyAndOn) {
    for (const std::string_view text : {"", "\xEF\xBB\xBF", "\n\n", "# only a comment", "  \t\n; another\r\n"}) {
        const auto list = parse(text, "f");
        EXPECT_TRUE(list.protection);
        EXPECT_THAT(list.entries, IsEmpty());
        EXPECT_THAT(list.diagnostics, IsEmpty());
    }
}

TEST(ServerList, SwitchForAllStandsBeforeTheFirstEntry) {
    EXPECT_FALSE(parse("protection = off\n" + std::string(note_entry), "f").protection);
    EXPECT_TRUE(parse("protection = ON\n" + std::string(note_entry), "f").protection);
    EXPECT_TRUE(parse(std::string(note_entry) + "protection = off\n", "f").protection);
}

TEST(ServerList, AFaultySwitchForAllLeavesProtectionOn) {
    const auto list = parse("protection = of\n" + std::string(note_entry), "f");
    EXPECT_TRUE(list.protection);
    EXPECT_EQ(list.entries.size(), 1u);
    EXPECT_EQ(render(list.diagnostics),
              "f:1:14: protection cannot be of\n  protection = of\n               ^\n  write on or off\n");
}

TEST(ServerList, LineEndingsBomBlanksAndCommentsDoNotMatter) {
    std::string crlf = "\xEF\xBB\xBF# mine\r\n\r\n";
    for (const char c : note_entry) c == '\n' ? crlf += "  \r\n; c = d\r\n" : crlf += c;
    const auto list = parse(crlf, "f");
    EXPECT_EQ(render(list.diagnostics), "");
    ASSERT_EQ(list.entries.size(), 1u);
    EXPECT_EQ(list.entries[0].line, 3u);
    EXPECT_EQ(list.entries[0].card, "host-prod.card");
}

TEST(ServerList, LastLineNeedsNoLineEnding) {
    EXPECT_EQ(parse(note_entry.substr(0, note_entry.size() - 1), "f").entries.at(0).card, "host-prod.card");
}

TEST(ServerList, AFaultyEntryLeavesTheOthers) {
    const auto list = parse(std::string(note_entry) + entry("AES999", "card = c") +
                                "[third]\nprotocol = TOP\nhost = h\nport = 1\naccept = 2345\nencryption = TLS\n"
                                "[fourth]\nprotocol = TOP\nhost = h\nport = 1\naccept = 2346\nencryption = TLS\n",
                            "f");
    EXPECT_THAT(names_of(list), ElementsAre("top-prod", "fourth"));
}

TEST(ServerList, AFaultyEntryDoesNotTakeAnAddressFromAnother) {
    const auto list = parse(entry("AES999", "card = c") +
                                "[ok]\nprotocol = TOP\nhost = h\nport = 1\naccept = 2345\n"
                                "encryption = AES256,X25519\n",
                            "f");
    EXPECT_THAT(names_of(list), ElementsAre("ok"));
}

TEST(ServerList, ShowsAllFaultsInTheOrderOfTheirLines) {
    const auto list = parse("[a]\nport = 0\nprotocl = TOP\nencryption = DES186,DH1024\n", "servers.conf");
    EXPECT_THAT(list.entries, IsEmpty());
    std::vector<std::string> reasons;
    for (const auto& d : list.diagnostics) reasons.push_back(std::to_string(d.line) + " " + d.reason);
    EXPECT_THAT(reasons, ElementsAre("1 entry a has no protocol", "1 entry a has no host", "1 entry a has no accept",
                                     "2 port 0 is outside 1-65535", "3 key protocl is unknown",
                                     "4 suite DES186,DH1024 does not exist"));
}

TEST(ServerList, DiagnosticsShowWhereAndWhatInstead) {
    EXPECT_EQ(render(parse("[a]\nprotocol = TOP\nhost = h\nport = 1\naccept = 1\n\nencryption = DES186,DH1024\n",
                           "servers.conf")
                         .diagnostics),
              "servers.conf:7:14: suite DES186,DH1024 does not exist\n"
              "  encryption = DES186,DH1024\n"
              "               ^\n"
              "  write one of AES256,X25519 CHACHA20,X25519 AES256,DH2048 CHACHA20,DH2048 DES168,X25519 DES168,DH2048 "
              "AES256,DH1024 CHACHA20,DH1024 DES168,DH1024 or TLS; for FTP also FTPS or FTPS-IMPLICIT\n");
}

struct TrustCase {
    const char* name;
    std::string text;
    bool trusted;
};
class Trust : public testing::TestWithParam<TrustCase> {};

const TrustCase trust_cases[] = {
    {"native_alone", entry("AES256,X25519", ""), false},
    {"native_with_card", entry("AES256,X25519", "card = c"), true},
    {"native_with_host_key", entry("AES256,X25519", "host-key = " + std::string(64, 'a')), true},
    {"native_with_fixed_key", entry("AES256,X25519", "fixed-key = " + std::string(fixed_key)), true},
    {"native_with_fixed_key_file", entry("AES256,X25519", "fixed-key-file = f"), true},
    {"native_with_client_key", entry("AES256,X25519", "client-key = c"), false},
    {"native_with_empty_card", entry("AES256,X25519", "card ="), false},
    {"tls_alone", entry("TLS", ""), false},
    {"tls_with_pin", entry("TLS", "pin = " + std::string(pin)), true},
    {"tls_with_ca", entry("TLS", "ca = c"), true},
    {"tls_with_psk", entry("TLS", "identity = i\nfixed-key = " + std::string(fixed_key)), true},
    {"tls_with_psk_file", entry("TLS", "identity = i\nfixed-key-file = f"), true},
    {"tls_with_own_certificate", entry("TLS", "certificate = c\nkey = k"), false},
    {"tls_with_server_name", entry("TLS", "server-name = c"), false},
};

TEST_P(Trust, NeedsWhatVouchesForTheHostUnderItsEncryption) {
    const auto list = parse(GetParam().text, "f");
    ASSERT_EQ(list.entries.size(), 1u) << render(list.diagnostics);
    EXPECT_EQ(list.entries[0].trusted(), GetParam().trusted);
}
INSTANTIATE_TEST_SUITE_P(, Trust, testing::ValuesIn(trust_cases), [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace sallyport::client
