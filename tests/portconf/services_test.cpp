#include "portconf/services.hpp"

#include <gtest/gtest.h>

namespace sallyport::portconf {
namespace {

using Port = std::optional<std::uint16_t>;

const Services& services() {
    static const Services services(
        "# Network services\n"
        "\n"
        "ftp\t\t21/tcp\t\tftpalias FTP-Control  # comment with 99/tcp words\n"
        "telnet 23/tcp#comment\n"
        "   indented 24/TCP\r\n"
        "Mixed 1001/tcp\n"
        "mixed 1002/tcp\n"
        "tftp 69/udp trivial\n"
        "echo 7/udp\n"
        "echo 7/tcp\n"
        "twice 1/tcp\n"
        "twice 2/tcp\n"
        "zero 0/tcp\n"
        "large 65536/tcp\n"
        "largest 65535/tcp\n"
        "alone\n"
        "numberless tcp\n"
        "bare 80\n"
        "sign +80/tcp\n"
        "wide 80x/tcp\n"
        "last 90/tcp");
    return services;
}

struct NameCase {
    const char* name;
    const char* service;
    Port port;
};
class ServiceName : public testing::TestWithParam<NameCase> {};

const NameCase name_cases[] = {
    {"by_name", "ftp", 21},
    {"by_alias", "ftpalias", 21},
    {"in_another_letter_case", "FTP", 21},
    {"alias_in_another_letter_case", "ftp-control", 21},
    {"exact_letter_case_goes_first", "mixed", 1002},
    {"exact_letter_case_of_the_first", "Mixed", 1001},
    {"any_letter_case_gives_the_first_listed", "MIXED", 1001},
    {"comment_joined_to_the_port", "telnet", 23},
    {"indented_with_crlf_and_capital_protocol", "indented", 24},
    {"udp_before_tcp", "echo", 7},
    {"listed_twice_gives_the_first", "twice", 1},
    {"without_final_newline", "last", 90},
    {"highest_port", "largest", 65535},
    {"words_of_comments_are_no_aliases", "words", {}},
    {"udp_alone", "tftp", {}},
    {"port_zero", "zero", {}},
    {"port_too_large", "large", {}},
    {"name_without_port", "alone", {}},
    {"port_without_number", "numberless", {}},
    {"port_without_protocol", "bare", {}},
    {"signed_port", "sign", {}},
    {"letters_after_the_port", "wide", {}},
    {"not_listed", "nosuch", {}},
    {"empty", "", {}},
};

TEST_P(ServiceName, HasItsTcpPortOrNone) { EXPECT_EQ(services().tcp_port(GetParam().service), GetParam().port); }
INSTANTIATE_TEST_SUITE_P(Services, ServiceName, testing::ValuesIn(name_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(Services, NamesTheOtherProtocolOfAServiceWithoutTcp) {
    EXPECT_EQ(services().other_protocol("tftp"), "udp");
    EXPECT_EQ(services().other_protocol("TRIVIAL"), "udp");
}

TEST(Services, NamesNoOtherProtocolWhenThereIsTcpOrNothing) {
    EXPECT_EQ(services().other_protocol("echo"), "");
    EXPECT_EQ(services().other_protocol("nosuch"), "");
}

TEST(Services, OfAnEmptyTextKnowNothing) {
    EXPECT_EQ(Services("").tcp_port("ftp"), Port{});
    EXPECT_EQ(Services().tcp_port("ftp"), Port{});
}

}  // namespace
}  // namespace sallyport::portconf
