// Everything that parse() complains about: where, why, and what to write instead.
#include <gmock/gmock.h>

#include "client/list/server_list.hpp"

namespace sallyport::client {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view secret = "5ec2e701-5ec2e702-5ec2e703-5ec2e704-5ec2e705-5ec2e706-5ec2e707-5ec2e708-5ec2e709";

/// A whole entry that accepts native AES256,X25519, with one line after it: line 7.
std::string native_and(std::string_view line) {
    return std::string("[e]\nprotocol = TOP\nhost = h\nport = 1\naccept = 2345\nencryption = AES256,X25519\n")
        .append(line);
}
std::string tls_and(std::string_view line) {
    return std::string("[e]\nprotocol = TOP\nhost = h\nport = 1\naccept = 2345\nencryption = TLS\n").append(line);
}
std::string ftp_and(std::string_view encryption, std::string_view line) {
    return std::string("[e]\nprotocol = FTP\nhost = h\nport = 1\naccept = 2345\nencryption = ")
        .append(encryption)
        .append("\n")
        .append(line);
}
std::string ftps_and(std::string_view line) { return ftp_and("FTPS", line); }
std::string native_ftp_and(std::string_view line) { return ftp_and("AES256,X25519", line); }
/// The entry, with the line of `key` replaced by `line`.
std::string native_with(std::string_view key, std::string_view line) {
    std::string text = native_and("");
    const auto at = text.find("\n" + std::string(key) + " =") + 1;
    return text.replace(at, text.find('\n', at) - at, line);
}

struct FaultCase {
    const char* name;
    std::string text;
    std::size_t line;
    std::size_t column;
    const char* reason;
    const char* remedy;
};
class ServerListFault : public testing::TestWithParam<FaultCase> {};

const char* const suites = "write one of AES256,X25519 CHACHA20,X25519";

const FaultCase fault_cases[] = {
    // Lines and names
    {"neither_pair_nor_section", native_and("port 2"), 7, 1, "neither key = value nor [NAME]", "write key = value"},
    {"unknown_key", native_and("cards = x"), 7, 1, "key cards is unknown", "write card"},
    {"unknown_key_in_capitals", native_and("Client-Key = x"), 7, 1, "key Client-Key is unknown", "write client-key"},
    {"unknown_key_with_underscore", native_and(" host_key = x"), 7, 2, "key host_key is unknown", "write host-key"},
    {"unknown_key_like_none", native_and("colour = x"), 7, 1, "key colour is unknown", "remove this line"},
    {"no_key", native_and("= x"), 7, 1, "key  is unknown", "remove this line"},
    {"repeated_key", native_and("port = 2"), 7, 1, "port is given already, in line 4", "keep one"},
    {"repeated_key_with_the_same_value", native_and("port = 1"), 7, 1, "port is given already", "keep one"},
    {"control_byte", native_and("card = a\x1b[2J"), 7, 9, "control byte", "write the line again"},
    {"zero_byte", native_and(std::string("card = a\0b", 10)), 7, 9, "control byte", "write the line again"},
    {"carriage_return_inside", native_and("card = a\rport = 2"), 7, 9, "control byte", "write the line again"},
    {"repeated_section", native_and("[e]"), 7, 2, "there is an entry e above", "another name"},
    {"section_without_end", "[e", 1, 1, "no name of an entry", "write [NAME] alone on its line"},
    {"section_with_text_behind", "[e] # mine", 1, 1, "no name of an entry", "write [NAME] alone on its line"},
    {"section_without_name", "[ ]", 1, 3, "no name of an entry", "write [NAME] alone on its line"},
    {"section_name_with_blank", "[ a b ]", 1, 3, "no name of an entry", "1 to 64 letters"},
    {"section_name_with_slash", "[../x]", 1, 2, "no name of an entry", "1 to 64 letters"},
    {"section_name_of_65", "[" + std::string(65, 'a') + "]", 1, 2, "no name of an entry", "1 to 64 letters"},
    {"field_before_first_section", "port = 1\n", 1, 1, "port belongs to an entry", "write [NAME] above it"},
    {"unknown_before_first_section", "protectoin = on\n", 1, 1, "key protectoin is unknown", "write protection"},
    {"switch_for_all_repeated", "protection = on\nprotection = off\n", 2, 1, "given already, in line 1", "keep one"},
    {"switch_for_all_empty", "protection =\n", 1, 13, "protection cannot be ", "write on or off"},

    // Required fields
    {"no_protocol", native_with("protocol", ""), 1, 2, "entry e has no protocol", "write protocol = TOP"},
    {"no_host", native_with("host", ""), 1, 2, "entry e has no host", "write host = "},
    {"no_port", native_with("port", "port ="), 4, 1, "entry e has no port", "write port = 23450"},
    {"no_encryption", native_with("encryption", ""), 1, 2, "entry e has no encryption", "write encryption = "},
    {"no_accept", native_with("accept", "#"), 1, 2, "entry e has no accept", "write accept = 127.0.0.1:2345"},

    // Values
    {"label_too_long", native_with("protocol", "protocol = ABCDEFGHIJKLMNOPQ"), 2, 12, "is no label", "write TOP, FTP"},
    {"label_with_underscore", native_with("protocol", "protocol = A_B"), 2, 12, "A_B is no label", "write TOP, FTP"},
    {"port_zero", native_with("port", "port = 0"), 4, 8, "port 0 is outside 1-65535", "from 1 to 65535"},
    {"port_70000", native_with("port", "port = 70000"), 4, 8, "port 70000 is outside 1-65535", "from 1 to 65535"},
    {"port_65536", native_with("port", "port = 65536"), 4, 8, "port 65536 is outside", "from 1 to 65535"},
    {"port_negative", native_with("port", "port = -1"), 4, 8, "port -1 is outside", "from 1 to 65535"},
    {"port_with_plus", native_with("port", "port = +1"), 4, 8, "port +1 is outside", "from 1 to 65535"},
    {"port_name", native_with("port", "port = ftp"), 4, 8, "port ftp is outside", "from 1 to 65535"},
    {"port_then_text", native_with("port", "port = 21x"), 4, 8, "port 21x is outside", "from 1 to 65535"},
    {"host_bad", native_with("host", "host = $ZB019"), 3, 8, "$ZB019 is neither an address nor", "write an address"},
    {"suite_unknown", native_with("encryption", "encryption = AES256,X25519 DES186,DH1024"), 6, 28,
     "suite DES186,DH1024 does not exist", suites},
    {"suite_half", native_with("encryption", "encryption = AES256"), 6, 14, "suite AES256 does not exist", suites},
    {"suite_list_of_separators", native_with("encryption", "encryption = / ;"), 6, 14, "suite / ; does not exist",
     suites},
    {"ssl", native_with("encryption", "encryption = SSL"), 6, 14, "suite SSL does not exist", suites},
    {"tls_in_a_list", native_with("encryption", "encryption = AES256,X25519 TLS"), 6, 28,
     "TLS does not stand in a list", "write TLS alone, or native suites alone"},
    {"ftps_for_top", native_with("encryption", "encryption = FTPS"), 6, 14, "FTPS is for protocol FTP, and this is TOP",
     "write encryption = TLS"},
    {"implicit_ftps_for_top", native_with("encryption", "encryption = FTPS-IMPLICIT"), 6, 14,
     "FTPS-IMPLICIT is for protocol FTP, and this is TOP", "write encryption = TLS"},
    {"tls_for_ftp", "[e]\nprotocol = FTP\nhost = h\nport = 21\naccept = 2121\nencryption = TLS\n", 6, 14,
     "TLS does not say which kind of FTPS the server speaks", "write encryption = FTPS (AUTH TLS) or FTPS-IMPLICIT"},
    {"accept_port_zero", native_with("accept", "accept = 127.0.0.1:0"), 5, 10, "127.0.0.1:0 is no address and port",
     "127.0.0.1:2345"},
    {"accept_without_port", native_with("accept", "accept = 127.0.0.1"), 5, 10, "is no address and port",
     "127.0.0.1:2345"},
    {"accept_without_address", native_with("accept", "accept = :2345"), 5, 10, "is no address and port",
     "127.0.0.1:2345"},
    {"accept_name", native_with("accept", "accept = localhost:2345"), 5, 10, "is no address and port",
     "127.0.0.1:2345"},
    {"accept_ipv6_without_brackets", native_with("accept", "accept = ::1:2345"), 5, 10, "is no address and port",
     "[::1]:2345"},
    {"accept_octet", native_with("accept", "accept = 127.0.0.256:2345"), 5, 10, "is no address and port", "write a"},
    {"host_key_short", native_and("host-key = " + std::string(63, 'a')), 7, 12, "a host key is 64 hex digits", "card"},
    {"host_key_long", native_and("host-key = " + std::string(66, 'a')), 7, 12, "a host key is 64 hex digits", "card"},
    {"host_key_not_hex", native_and("host-key = " + std::string(63, 'a') + "g"), 7, 12, "64 hex digits", "card"},
    {"pin_without_prefix", tls_and("pin = 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), 7, 7, "is no pin",
     "sha256//"},
    {"pin_short", tls_and("pin = sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF="), 7, 7, "is no pin", "sha256//"},
    {"pin_without_padding", tls_and("pin = sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA"), 7, 7, "is no pin",
     "sha256//"},
    {"pin_of_url_letters", tls_and("pin = sha256//47DEQpj8HBSa-_TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), 7, 7, "is no pin",
     "sha256//"},
    {"pin_that_no_key_has", tls_and("pin = sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="), 7, 7, "is no pin",
     "sha256//"},
    {"pin_second", tls_and("pin = sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= x"), 7, 60, "x is no pin",
     "sha256//"},
    {"fixed_key_phrase", native_and("fixed-key = correct horse"), 7, 13, "a phrase is not a key",
     "sallyportd keygen --fixed"},
    {"fixed_key_short", native_and("fixed-key = " + std::string(71, 'a')), 7, 13, "9 groups of 8 hex digits",
     "sallyportd keygen --fixed"},
    {"fixed_key_long", native_and("fixed-key = " + std::string(73, 'a')), 7, 13, "9 groups of 8 hex digits",
     "sallyportd keygen --fixed"},
    {"when_off_unknown", native_and("when-off = open"), 7, 12, "when-off cannot be open", "write closed"},
    {"default_data_port_unknown", ftps_and("default-data-port = 20"), 7, 21, "default-data-port cannot be 20",
     "write on or off"},
    {"lenient_end_unknown", ftps_and("lenient-end = yes"), 7, 15, "lenient-end cannot be yes", "write on or off"},
    {"back_mode_unknown", ftps_and("back-mode = port"), 7, 13, "back-mode cannot be port", "write passive, active"},
    {"tls_version_unknown", tls_and("tls-max = 1.1"), 7, 11, "TLS 1.1 is not offered", "write 1.2 or 1.3"},
    {"protection_unknown", native_and("protection = yes"), 7, 14, "protection cannot be yes", "write on or off"},

    // Fields together
    {"both_fixed_keys", native_and("fixed-key-file = f\nfixed-key = " + std::string(secret)), 8, 1,
     "fixed-key-file and fixed-key exclude each other", "keep one"},
    {"card_and_host_key", native_and("card = f\nhost-key = " + std::string(64, 'a')), 8, 1,
     "card and host-key exclude each other", "keep one"},
    {"card_under_tls", tls_and("card = f"), 7, 1, "card belongs to the native suites, and the encryption is TLS",
     "write pin = sha256//BASE64 or ca = FILE instead"},
    {"host_key_under_tls", tls_and("host-key = " + std::string(64, 'a')), 7, 1, "host-key belongs to the native suites",
     "write pin = sha256//BASE64 or ca = FILE instead"},
    {"client_key_under_tls", tls_and("client-key = f"), 7, 1, "client-key belongs to the native suites",
     "write certificate = FILE and key = FILE instead"},
    {"pin_under_native", native_and("pin = sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), 7, 1,
     "pin belongs to TLS, and the encryption is AES256,X25519", "write card = FILE or host-key"},
    {"ca_under_native", native_and("ca = f"), 7, 1, "ca belongs to TLS", "write card = FILE or host-key"},
    {"server_name_under_native", native_and("server-name = f"), 7, 1, "server-name belongs to TLS", "remove this line"},
    {"identity_under_native", native_and("identity = f\nfixed-key-file = f"), 7, 1, "identity belongs to TLS",
     "remove this line"},
    {"tls_min_under_native", native_and("tls-min = 1.2"), 7, 1, "tls-min belongs to TLS", "remove this line"},
    {"back_mode_under_native_ftp", native_ftp_and("back-mode = active"), 7, 1,
     "back-mode belongs to TLS, and the encryption is AES256,X25519", "the host decides, by back-mode under [ftp]"},
    {"lenient_end_under_native_ftp", native_ftp_and("lenient-end = on"), 7, 1, "lenient-end belongs to TLS",
     "the native channel signs every end"},
    {"default_data_port_for_top", native_and("default-data-port = on"), 7, 1,
     "default-data-port is for FTP, and this is TOP", "remove this line"},
    {"back_mode_for_top", tls_and("back-mode = active"), 7, 1, "back-mode is for FTP, and this is TOP",
     "remove this line"},
    {"lenient_end_for_top", tls_and("lenient-end = on"), 7, 1, "lenient-end is for FTP, and this is TOP",
     "remove this line"},
    {"tls_min_above_tls_max", tls_and("tls-min = 1.3\ntls-max = 1.2"), 7, 11, "tls-min is newer than tls-max",
     "remove one of the two lines"},
    {"certificate_without_key", tls_and("certificate = f"), 7, 1, "certificate needs key", "write key = FILE"},
    {"key_without_certificate", tls_and("key = f"), 7, 1, "key needs certificate", "write certificate = FILE"},
    {"identity_without_fixed_key", tls_and("identity = f"), 7, 1, "identity needs fixed-key", "write fixed-key"},
    {"fixed_key_without_identity", tls_and("fixed-key = " + std::string(secret)), 7, 1, "fixed-key needs identity",
     "write identity = NAME"},
    {"fixed_key_file_without_identity", tls_and("fixed-key-file = f"), 7, 1, "fixed-key-file needs identity",
     "write identity = NAME"},
    {"accept_taken", native_and("[b]\nprotocol = TOP\nhost = h\nport = 1\nencryption = TLS\naccept = 2345"), 12, 10,
     "entry e accepts at 127.0.0.1:2345 already", "write another port"},
};

TEST_P(ServerListFault, IsShownInPlaceWithWhatToWriteInstead) {
    const FaultCase& fault = GetParam();
    const auto list = parse(fault.text, "servers.conf");
    ASSERT_EQ(list.diagnostics.size(), 1u) << render(list.diagnostics);
    const Diagnostic& d = list.diagnostics[0];
    EXPECT_EQ(d.severity, Severity::error);
    EXPECT_EQ(d.file, "servers.conf");
    EXPECT_EQ(d.line, fault.line);
    EXPECT_EQ(d.column, fault.column);
    EXPECT_THAT(d.reason, HasSubstr(fault.reason));
    EXPECT_THAT(d.remedy, HasSubstr(fault.remedy));
    // The section of that line yields no entry; one that ended before it is whole.
    EXPECT_THAT(list.entries, testing::SizeIs(fault.text.find("\n[") != std::string::npos ? 1 : 0));
}
INSTANTIATE_TEST_SUITE_P(, ServerListFault, testing::ValuesIn(fault_cases),
                         [](const auto& row) { return row.param.name; });

struct RemarkCase {
    const char* name;
    std::string text;
    Severity severity;
    const char* reason;
};
class ServerListRemark : public testing::TestWithParam<RemarkCase> {};

const RemarkCase remark_cases[] = {
    {"plain_when_off", native_and("when-off = plain"), Severity::warning, "passes in clear"},
    {"accept_beyond_loopback", native_with("accept", "accept = 0.0.0.0:2345"), Severity::notice, "other computers"},
};

TEST_P(ServerListRemark, LeavesTheEntryInUse) {
    const auto list = parse(GetParam().text, "f");
    EXPECT_EQ(list.entries.size(), 1u);
    ASSERT_EQ(list.diagnostics.size(), 1u) << render(list.diagnostics);
    EXPECT_EQ(list.diagnostics[0].severity, GetParam().severity);
    EXPECT_THAT(list.diagnostics[0].reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(list.diagnostics[0].remedy, Not(IsEmpty()));
}
INSTANTIATE_TEST_SUITE_P(, ServerListRemark, testing::ValuesIn(remark_cases),
                         [](const auto& row) { return row.param.name; });

TEST(ServerListFaults, WhenOffPlainIsReadAsPlain) {
    EXPECT_EQ(parse(native_and("when-off = plain"), "f").entries.at(0).when_off, WhenOff::plain);
    EXPECT_EQ(parse(native_and("when-off = closed"), "f").entries.at(0).when_off, WhenOff::closed);
}

TEST(ServerListFaults, LongValuesAreQuotedInPart) {
    const auto list = parse(native_with("port", "port = " + std::string(5000, '1')), "f");
    EXPECT_LT(render(list.diagnostics).size(), 600u);
}

struct SecretCase {
    const char* name;
    std::string text;
    const char* shown;  // of the source line; must be there, or the case shows nothing
};
class FixedKey : public testing::TestWithParam<SecretCase> {};

const std::string key(secret);
const SecretCase secret_cases[] = {
    {"of_wrong_size", native_and("fixed-key = " + key + "0"), "  fixed-key = ***\n"},
    {"with_a_control_byte", native_and("fixed-key = " + key + "\x01"), "  fixed-key = ***\n"},
    {"repeated", native_and("fixed-key = " + key + "\nfixed-key = " + key), "  fixed-key = ***\n"},
    {"without_identity", tls_and("fixed-key = " + key), "  fixed-key = ***\n"},
    {"with_file", native_and("fixed-key-file = f\nfixed-key = " + key), "  fixed-key = ***\n"},
    {"before_the_first_section", "fixed-key = " + key + "\n", "  fixed-key = ***\n"},
    {"in_capitals", native_and("Fixed-Key = " + key), "  Fixed-Key = ***\n"},
    {"with_underscore", native_and("fixed_key = " + key), "  fixed_key = ***\n"},
    {"with_blank", native_and("fixed key = " + key), "  fixed key = ***\n"},
    {"under_another_unknown_key", native_and("secret = " + key), "  secret = ***\n"},
    {"without_equals", native_and("fixed-key " + key), "  fixed-key***\n"},
    {"with_colon", native_and("fixed-key: " + key), "  fixed-key:***\n"},
    {"in_a_field_for_another_key", native_and("host-key = " + key), "  host-key = ***\n"},
    {"in_a_field_that_is_quoted", native_with("port", "port = " + key), "  port = ***\n"},
    {"continued_on_the_next_line", native_and("fixed-key =\n  " + key), "  ***\n"},
    {"as_a_key", native_and(key + " = x"), "  ***\n"},
    {"behind_a_section", "[e] fixed-key = " + key, "  [e]***\n"},
    {"in_a_section", "[fixed-key = " + key + "]", "  [fixed-key ***\n"},
    {"in_an_open_section", "[fixed-key " + key, "  [fixed-key ***\n"},
};

TEST_P(FixedKey, IsNeverShown) {
    const auto list = parse(GetParam().text, "f");
    const std::string shown = render(list.diagnostics);
    EXPECT_THAT(shown, HasSubstr(GetParam().shown));
    EXPECT_THAT(shown, Not(HasSubstr("5ec2e7")));
    for (const Diagnostic& d : list.diagnostics) {
        EXPECT_THAT(d.source + d.reason + d.remedy, Not(HasSubstr("5ec2e7")));
        EXPECT_LE(d.column, d.source.size() + 1);
    }
}
INSTANTIATE_TEST_SUITE_P(, FixedKey, testing::ValuesIn(secret_cases), [](const auto& row) { return row.param.name; });

TEST(FixedKeyText, MayBeWrittenWithBlanksWithoutHyphensAndInCapitals) {
    for (const std::string& written :
         {std::string(72, 'A'), key, std::string("0123 4567\t") + std::string(64, 'f'), std::string(72, '0') + "-"}) {
        const auto list = parse(native_and("fixed-key = " + written), "f");
        ASSERT_EQ(list.entries.size(), 1u) << render(list.diagnostics);
        EXPECT_EQ(list.entries[0].fixed_key.view(), written);
    }
}

}  // namespace
}  // namespace sallyport::client
