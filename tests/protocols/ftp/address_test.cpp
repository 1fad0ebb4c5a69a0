// PORT: RFC 959; EPRT, EPSV: RFC 2428; and what is written, of both and of the replies.
#include "protocols/ftp/address.hpp"

#include <gtest/gtest.h>

namespace sallyport::protocols::ftp {

// How a failed comparison shows it.
void PrintTo(const HostPort& at, std::ostream* out) { *out << at.address << " port " << at.port; }

namespace tests {
namespace {

using namespace std::string_literals;

template <typename T>
std::optional<T> value_of(const Result<T>& result) {
    return result ? std::optional(*result) : std::nullopt;
}
template <typename T>
error_code error_of(const Result<T>& result) {
    return result ? error_code() : result.error();
}

struct PortCase {
    const char* name;
    std::string argument;
    std::optional<HostPort> value;
};
void PrintTo(const PortCase& row, std::ostream* out) { *out << row.name; }

const PortCase port_cases[] = {
    {"six_numbers", "10,0,0,7,195,80", HostPort{"10.0.0.7", 50000}},
    {"least_numbers", "0,0,0,0,0,1", HostPort{"0.0.0.0", 1}},
    {"greatest_numbers", "255,255,255,255,255,255", HostPort{"255.255.255.255", 65535}},
    {"leading_zeros", "010,000,00,007,195,080", HostPort{"10.0.0.7", 50000}},
    {"low_port", "127,0,0,1,0,21", HostPort{"127.0.0.1", 21}},
    {"port_0", "10,0,0,7,0,0", {}},
    {"empty", "", {}},
    {"five_numbers", "10,0,0,7,195", {}},
    {"seven_numbers", "10,0,0,7,195,80,1", {}},
    {"octet_over_255", "10,0,0,256,195,80", {}},
    {"port_byte_over_255", "10,0,0,7,195,256", {}},
    {"four_digits", "10,0,0,0007,195,80", {}},
    {"number_that_wraps", "10,0,0,7,195,4294967376", {}},
    {"leading_space", " 10,0,0,7,195,80", {}},
    {"trailing_space", "10,0,0,7,195,80 ", {}},
    {"space_within", "10, 0,0,7,195,80", {}},
    {"minus", "10,0,0,7,195,-80", {}},
    {"plus", "10,0,0,7,195,+80", {}},
    {"dots", "10.0.0.7.195.80", {}},
    {"missing_number", "10,0,,7,195,80", {}},
    {"trailing_comma", "10,0,0,7,195,80,", {}},
    {"leading_comma", ",10,0,0,7,195,80", {}},
    {"empty_last_number", "10,0,0,7,195,", {}},
    {"parentheses", "(10,0,0,7,195,80)", {}},
    {"hexadecimal", "0xA,0,0,7,195,80", {}},
    {"nul", "10,0,0,7,195,80\0"s, {}},
    {"carriage_return", "10,0,0,7,195,80\r", {}},
};

class PortArgument : public testing::TestWithParam<PortCase> {};
INSTANTIATE_TEST_SUITE_P(, PortArgument, testing::ValuesIn(port_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(PortArgument, YieldsItsAddressOrIsASyntaxError) {
    const auto parsed = parse_port(GetParam().argument);
    EXPECT_EQ(value_of(parsed), GetParam().value);
    EXPECT_EQ(error_of(parsed), GetParam().value ? error_code() : AddressError::syntax);
}

struct EprtCase {
    const char* name;
    std::string argument;
    Family of_control;
    Result<HostPort> value;
};
void PrintTo(const EprtCase& row, std::ostream* out) { *out << row.name; }

constexpr auto v4 = Family::v4;
constexpr auto v6 = Family::v6;
constexpr auto syntax = AddressError::syntax;
constexpr auto family = AddressError::family;

const EprtCase eprt_cases[] = {
    {"v4", "|1|10.0.0.7|50000|", v4, HostPort{"10.0.0.7", 50000}},
    {"v6", "|2|2001:db8::7|50000|", v6, HostPort{"2001:db8::7", 50000}},
    {"v6_written_at_length", "|2|2001:0DB8:0:0:0:0:0:7|50000|", v6, HostPort{"2001:db8::7", 50000}},
    {"least_port", "|1|10.0.0.7|1|", v4, HostPort{"10.0.0.7", 1}},
    {"greatest_port", "|1|10.0.0.7|65535|", v4, HostPort{"10.0.0.7", 65535}},
    {"least_delimiter", "!1!10.0.0.7!50000!", v4, HostPort{"10.0.0.7", 50000}},
    {"greatest_delimiter", "~1~10.0.0.7~50000~", v4, HostPort{"10.0.0.7", 50000}},
    {"letter_as_delimiter", "x1x10.0.0.7x50000x", v4, HostPort{"10.0.0.7", 50000}},
    {"v4_mapped_is_v4", "|2|::ffff:10.0.0.7|50000|", v4, HostPort{"10.0.0.7", 50000}},

    {"v4_on_v6", "|1|10.0.0.7|50000|", v6, family},
    {"v6_on_v4", "|2|2001:db8::7|50000|", v4, family},
    {"v4_mapped_on_v6", "|2|::ffff:10.0.0.7|50000|", v6, family},
    {"family_0", "|0|10.0.0.7|50000|", v4, family},
    {"family_3", "|3|10.0.0.7|50000|", v4, family},
    {"family_that_wraps", "|4294967297|10.0.0.7|50000|", v4, family},
    {"family_3_with_an_address_of_its_own", "|3|host.example|50000|", v6, family},

    {"no_family", "||10.0.0.7|50000|", v4, syntax},
    {"family_that_is_no_number", "|x|10.0.0.7|50000|", v4, syntax},
    {"negative_family", "|-1|10.0.0.7|50000|", v4, syntax},
    {"empty", "", v4, syntax},
    {"delimiters_alone", "||||", v4, syntax},
    {"digit_as_delimiter", "111010.0.0.71500001", v4, syntax},
    {"space_as_delimiter", " 1 10.0.0.7 50000 ", v4, syntax},
    {"delete_as_delimiter",
     "\x7F"
     "1\x7F"
     "10.0.0.7\x7F"
     "50000\x7F",
     v4, syntax},
    {"eighth_bit_as_delimiter",
     "\xA6"
     "1\xA6"
     "10.0.0.7\xA6"
     "50000\xA6",
     v4, syntax},
    {"no_last_delimiter", "|1|10.0.0.7|50000", v4, syntax},
    {"no_first_delimiter", "1|10.0.0.7|50000|", v4, syntax},
    {"mixed_delimiters", "|1|10.0.0.7|50000!", v4, syntax},
    {"text_behind", "|1|10.0.0.7|50000|x", v4, syntax},
    {"space_behind", "|1|10.0.0.7|50000| ", v4, syntax},
    {"fourth_field", "|1|10.0.0.7|50000|1|", v4, syntax},
    {"address_of_another_family", "|1|2001:db8::7|50000|", v4, syntax},
    {"v4_address_as_family_2", "|2|10.0.0.7|50000|", v6, syntax},
    {"name", "|1|localhost|50000|", v4, syntax},
    {"short_address", "|1|10.7|50000|", v4, syntax},
    {"address_with_zone", "|2|fe80::1%eth0|50000|", v6, syntax},
    {"address_with_nul", "|1|10.0.0.7\0|50000|"s, v4, syntax},
    {"no_address", "|1||50000|", v4, syntax},
    {"port_0", "|1|10.0.0.7|0|", v4, syntax},
    {"port_over_65535", "|1|10.0.0.7|65536|", v4, syntax},
    {"port_that_wraps", "|1|10.0.0.7|115536|", v4, syntax},
    {"port_with_sign", "|1|10.0.0.7|+5000|", v4, syntax},
    {"negative_port", "|1|10.0.0.7|-5000|", v4, syntax},
    {"port_with_space", "|1|10.0.0.7| 5000|", v4, syntax},
    {"no_port", "|1|10.0.0.7||", v4, syntax},
};

class EprtArgument : public testing::TestWithParam<EprtCase> {};
INSTANTIATE_TEST_SUITE_P(, EprtArgument, testing::ValuesIn(eprt_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(EprtArgument, YieldsItsAddressOrItsError) {
    const auto parsed = parse_eprt(GetParam().argument, GetParam().of_control);
    EXPECT_EQ(value_of(parsed), value_of(GetParam().value));
    EXPECT_EQ(error_of(parsed), error_of(GetParam().value));
}

struct EpsvCase {
    const char* name;
    std::string argument;
    Family of_control;
    Result<EpsvRequest> value;
};
void PrintTo(const EpsvCase& row, std::ostream* out) { *out << row.name; }

const EpsvCase epsv_cases[] = {
    {"nothing", "", v4, EpsvRequest{}},
    {"nothing_on_v6", "", v6, EpsvRequest{}},
    {"v4", "1", v4, EpsvRequest{false, v4}},
    {"v6", "2", v6, EpsvRequest{false, v6}},
    {"all", "ALL", v4, EpsvRequest{true, {}}},
    {"all_in_lower_case", "all", v6, EpsvRequest{true, {}}},
    {"all_in_mixed_case", "aLl", v6, EpsvRequest{true, {}}},
    {"v6_on_v4", "2", v4, family},
    {"v4_on_v6", "1", v6, family},
    {"family_0", "0", v4, family},
    {"family_3", "3", v4, family},
    {"family_12", "12", v4, family},
    {"family_that_wraps", "4294967297", v4, family},
    {"word", "foo", v4, syntax},
    {"word_that_begins_with_all", "ALLE", v4, syntax},
    {"part_of_all", "AL", v4, syntax},
    {"bytes_that_differ_from_all_by_a_bit", "a,l", v4, syntax},
    {"trailing_space", "1 ", v4, syntax},
    {"leading_space", " 1", v4, syntax},
    {"space_alone", " ", v4, syntax},
    {"sign", "+1", v4, syntax},
    {"two_words", "1 2", v4, syntax},
    {"nul", "1\0"s, v4, syntax},
};

class EpsvArgument : public testing::TestWithParam<EpsvCase> {};
INSTANTIATE_TEST_SUITE_P(, EpsvArgument, testing::ValuesIn(epsv_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(EpsvArgument, YieldsWhatIsAskedForOrItsError) {
    const auto parsed = parse_epsv(GetParam().argument, GetParam().of_control);
    EXPECT_EQ(value_of(parsed) == value_of(GetParam().value), true);
    EXPECT_EQ(error_of(parsed), error_of(GetParam().value));
}

TEST(Addresses, AreWrittenInOneWay) {
    EXPECT_EQ(canonical("10.0.0.7"), "10.0.0.7");
    EXPECT_EQ(canonical("::ffff:10.0.0.7"), "10.0.0.7");
    EXPECT_EQ(canonical("0:0:0:0:0:FFFF:0A00:0007"), "10.0.0.7");
    EXPECT_EQ(canonical("2001:0DB8::0:7"), "2001:db8::7");
    EXPECT_EQ(canonical("::1"), "::1");
    EXPECT_EQ(canonical("::10.0.0.7"), "::10.0.0.7");
    EXPECT_EQ(canonical("fe80::1%eth0"), "fe80::1%eth0");
    EXPECT_EQ(canonical("somewhere"), "somewhere");
    EXPECT_EQ(canonical(""), "");
}

TEST(Addresses, HaveAFamily) {
    EXPECT_EQ(family_of("10.0.0.7"), Family::v4);
    EXPECT_EQ(family_of("::ffff:10.0.0.7"), Family::v4);
    EXPECT_EQ(family_of("::1"), Family::v6);
    EXPECT_EQ(family_of("::10.0.0.7"), Family::v6);
    EXPECT_EQ(family_of("fe80::1%eth0"), Family::v6);
}

TEST(PassiveReplies, AreWrittenAsClientsReadThem) {
    EXPECT_EQ(write_227({"10.0.0.7", 50000}), "227 Entering Passive Mode (10,0,0,7,195,80).");
    EXPECT_EQ(write_227({"::ffff:127.0.0.1", 1024}), "227 Entering Passive Mode (127,0,0,1,4,0).");
    EXPECT_EQ(write_229(50000), "229 Entering Extended Passive Mode (|||50000|)");
}

TEST(ActiveCommands, AreWrittenAsTheyAreRead) {
    EXPECT_EQ(write_port({"10.0.0.7", 65535}), "PORT 10,0,0,7,255,255");
    EXPECT_EQ(write_eprt({"10.0.0.7", 50000}), "EPRT |1|10.0.0.7|50000|");
    EXPECT_EQ(write_eprt({"2001:db8::7", 1}), "EPRT |2|2001:db8::7|1|");
    EXPECT_EQ(write_eprt({"::ffff:10.0.0.7", 50000}), "EPRT |1|10.0.0.7|50000|");
}

TEST(EveryPort, IsReadAsItWasWritten) {
    for (int number = 1; number <= 65535; ++number) {
        const HostPort at{"192.0.2.1", static_cast<std::uint16_t>(number)};
        const HostPort at_v6{"2001:db8::1", at.port};
        const auto usable = number >= 1024 ? std::optional(at.port) : std::nullopt;
        ASSERT_EQ(value_of(parse_port(write_port(at).substr(5))), at);
        ASSERT_EQ(value_of(parse_eprt(write_eprt(at).substr(5), v4)), at);
        ASSERT_EQ(value_of(parse_eprt(write_eprt(at_v6).substr(5), v6)), at_v6);
        ASSERT_EQ(parse_227(write_227(at)), usable);
        ASSERT_EQ(parse_229(write_229(at.port)), usable);
    }
}

TEST(AddressErrors, HaveNames) {
    EXPECT_EQ(error_name(AddressError::syntax), "syntax");
    EXPECT_EQ(error_name(AddressError::family), "family");
    EXPECT_FALSE(error_sentence(AddressError::syntax).empty());
    EXPECT_NE(error_sentence(AddressError::syntax), error_sentence(AddressError::family));
}

}  // namespace
}  // namespace tests
}  // namespace sallyport::protocols::ftp
