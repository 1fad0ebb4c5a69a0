// The ports in replies to PASV and EPSV: RFC 959, RFC 1123, 4.1.2.6, RFC 2428.
#include <gtest/gtest.h>

#include "protocols/ftp/address.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

struct PassiveCase {
    const char* name;
    std::string line;
    std::optional<std::uint16_t> port;
};
void PrintTo(const PassiveCase& row, std::ostream* out) { *out << row.name; }

const PassiveCase pasv_cases[] = {
    {"in_parentheses", "227 Entering Passive Mode (10,0,0,7,195,80)", 50000},
    {"in_parentheses_with_full_stop", "227 Entering Passive Mode (10,0,0,7,195,80).", 50000},
    {"without_parentheses", "227 Passive mode 10,0,0,7,195,80", 50000},
    {"without_text", "227 10,0,0,7,195,80", 50000},
    {"behind_an_equals_sign", "227 Entering Passive Mode =10,0,0,7,195,80", 50000},
    {"dots", "227 Entering Passive Mode (10.0.0.7.195.80).", 50000},
    {"dots_and_commas", "227 Entering Passive Mode (10.0.0.7,195,80)", 50000},
    {"text_behind", "227 Ok (10,0,0,7,195,80) [1 of 3], good luck", 50000},
    {"first_of_two", "227 Ok (10,0,0,7,195,80) (10,0,0,7,195,81)", 50000},
    {"numbers_in_the_text", "227 Mode 2, try 1: port 10,0,0,7,195,80", 50000},
    {"seventh_number", "227 Ok (10,0,0,7,195,80,9)", 50000},
    {"leading_zeros", "227 Ok (010,000,000,007,195,080)", 50000},
    {"any_address", "227 Ok (0,0,0,0,195,80)", 50000},
    {"first_line_of_a_group", "227-Ok (10,0,0,7,195,80)", 50000},
    {"group_that_begins_with_numbers", "227-10,0,0,7,195,80", 50000},
    {"least_port", "227 Ok (10,0,0,7,4,0)", 1024},
    {"greatest_port", "227 Ok (10,0,0,7,255,255)", 65535},
    {"port_below_1024", "227 Ok (10,0,0,7,3,255)", {}},
    {"port_0", "227 Ok (10,0,0,7,0,0)", {}},
    {"another_code", "228 Ok (10,0,0,7,195,80)", {}},
    {"inner_line", " 227 Ok (10,0,0,7,195,80)", {}},
    {"code_run_into_numbers", "22710,0,0,7,195,80", {}},
    {"code_alone", "227", {}},
    {"empty", "", {}},
    {"five_numbers", "227 Ok (10,0,0,7,195)", {}},
    {"octet_over_255", "227 Ok (10,0,0,256,195,80)", {}},
    {"first_octet_over_255_is_not_skipped", "227 Ok (256,10,0,0,7,195,80)", {}},
    {"octet_that_wraps", "227 Ok (10,0,0,4294967303,195,80)", {}},
    {"port_byte_over_255", "227 Ok (10,0,0,7,195,336)", {}},
    {"four_digits", "227 Ok (10,0,0,7,195,0080)", {}},
    {"negative_first", "227 Ok (-10,0,0,7,195,80)", {}},
    {"negative_within", "227 Ok (10,0,0,-7,195,80,1,2)", {}},
    {"negative_port", "227 Ok (10,0,0,7,195,-80)", {}},
    {"spaces_between", "227 Ok (10, 0, 0, 7, 195, 80)", {}},
    {"missing_number", "227 Ok (10,0,,7,195,80)", {}},
    {"only_the_code_has_digits", "227 Ok", {}},
};

class PasvReply : public testing::TestWithParam<PassiveCase> {};
INSTANTIATE_TEST_SUITE_P(, PasvReply, testing::ValuesIn(pasv_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(PasvReply, YieldsItsPortOrNothing) { EXPECT_EQ(parse_227(GetParam().line), GetParam().port); }

const PassiveCase extended_cases[] = {
    {"usual", "229 Entering Extended Passive Mode (|||50000|)", 50000},
    {"full_stop", "229 Entering extended passive mode (|||50000|).", 50000},
    {"text_in_the_empty_fields", "229 Ok (|1|10.9.9.9|50000|)", 50000},
    {"another_delimiter", "229 Ok (!!!50000!)", 50000},
    {"letter_as_delimiter", "229 Ok (xxx50000x)", 50000},
    {"parenthesis_in_the_text", "229 Extended (passive) mode (|||50000|)", 50000},
    {"without_text", "229 (|||50000|)", 50000},
    {"first_line_of_a_group", "229-Ok (|||50000|)", 50000},
    {"least_port", "229 Ok (|||1024|)", 1024},
    {"greatest_port", "229 Ok (|||65535|)", 65535},
    {"port_below_1024", "229 Ok (|||1023|)", {}},
    {"port_1", "229 Ok (|||1|)", {}},
    {"port_0", "229 Ok (|||0|)", {}},
    {"port_over_65535", "229 Ok (|||65536|)", {}},
    {"port_of_seven_digits", "229 Ok (|||1000000|)", {}},
    {"port_that_wraps", "229 Ok (|||4294967298|)", {}},
    {"negative_port", "229 Ok (|||-5000|)", {}},
    {"port_with_space", "229 Ok (||| 50000|)", {}},
    {"no_port", "229 Ok (||||)", {}},
    {"digit_as_delimiter", "229 Ok (111500001)", {}},
    {"space_as_delimiter", "229 Ok (   50000 )", {}},
    {"delete_as_delimiter",
     "229 Ok (\x7F\x7F\x7F"
     "50000\x7F)",
     {}},
    {"eighth_bit_as_delimiter",
     "229 Ok (\xA6\xA6\xA6"
     "50000\xA6)",
     {}},
    {"no_parentheses", "229 Ok |||50000|", {}},
    {"no_closing_parenthesis", "229 Ok (|||50000|", {}},
    {"no_last_delimiter", "229 Ok (|||50000)", {}},
    {"two_delimiters", "229 Ok (||50000|)", {}},
    {"five_delimiters", "229 Ok (||||50000|)", {}},
    {"text_behind", "229 Ok (|||50000|) really", {}},
    {"another_code", "227 Ok (|||50000|)", {}},
    {"inner_line", " 229 Ok (|||50000|)", {}},
    {"code_alone", "229", {}},
    {"empty", "", {}},
};

class EpsvReply : public testing::TestWithParam<PassiveCase> {};
INSTANTIATE_TEST_SUITE_P(, EpsvReply, testing::ValuesIn(extended_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(EpsvReply, YieldsItsPortOrNothing) { EXPECT_EQ(parse_229(GetParam().line), GetParam().port); }

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
