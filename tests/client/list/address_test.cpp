#include "client/list/address.hpp"

#include <gmock/gmock.h>

#include "client/list/server_list.hpp"

namespace sallyport::client {
namespace {

using testing::IsEmpty;

struct AcceptCase {
    const char* name;
    const char* value;
    const char* text;
    bool loopback;
};
class Accept : public testing::TestWithParam<AcceptCase> {};

const AcceptCase accept_cases[] = {
    {"port_alone_is_loopback", "2345", "127.0.0.1:2345", true},
    {"loopback", "127.0.0.1:2345", "127.0.0.1:2345", true},
    {"another_loopback", "127.8.0.1:65535", "127.8.0.1:65535", true},
    {"ipv6", "[::1]:2345", "[::1]:2345", true},
    {"ipv6_in_full", "[0:0:0:0:0:0:0:1]:2345", "[::1]:2345", true},
    {"everywhere_if_written_out", "0.0.0.0:2345", "0.0.0.0:2345", false},
    {"one_interface_if_written_out", "192.168.0.77:2345", "192.168.0.77:2345", false},
};

TEST_P(Accept, IsReadAndShownInItsUsualForm) {
    const auto list = parse(
        "[a]\nprotocol = TOP\nhost = h\nport = 1\nencryption = TLS\naccept = " + std::string(GetParam().value), "f");
    ASSERT_EQ(list.entries.size(), 1u) << render(list.diagnostics);
    EXPECT_EQ(list.entries[0].accept.text(), GetParam().text);
    EXPECT_EQ(list.entries[0].accept.loopback(), GetParam().loopback);
    EXPECT_EQ(list.diagnostics.size(), GetParam().loopback ? 0u : 1u);  // a notice
}
INSTANTIATE_TEST_SUITE_P(, Accept, testing::ValuesIn(accept_cases), [](const auto& row) { return row.param.name; });

struct ClashCase {
    const char* name;
    const char* first;
    const char* second;
    bool clash;
};
class AcceptTwice : public testing::TestWithParam<ClashCase> {};

const ClashCase clash_cases[] = {
    {"same", "127.0.0.1:1", "127.0.0.1:1", true},        {"same_spelt_differently", "1", "127.0.0.1:1", true},
    {"same_ipv6", "[::1]:1", "[0::1]:1", true},          {"all_and_one", "0.0.0.0:1", "127.0.0.1:1", true},
    {"one_and_all", "127.0.0.1:1", "0.0.0.0:1", true},   {"all_ipv6_takes_ipv4_too", "[::]:1", "127.0.0.1:1", true},
    {"other_port", "127.0.0.1:1", "127.0.0.1:2", false}, {"other_address", "127.0.0.1:1", "127.0.0.2:1", false},
    {"other_family", "127.0.0.1:1", "[::1]:1", false},   {"all_ipv4_leaves_ipv6", "0.0.0.0:1", "[::1]:1", false},
};

TEST_P(AcceptTwice, IsRefusedForTheLaterEntry) {
    const std::string rest = "protocol = TOP\nhost = h\nport = 1\nencryption = TLS\naccept = ";
    const auto list = parse("[a]\n" + rest + GetParam().first + "\n[b]\n" + rest + GetParam().second, "f");
    EXPECT_EQ(list.find("b") == nullptr, GetParam().clash);
    EXPECT_NE(list.find("a"), nullptr);
}
INSTANTIATE_TEST_SUITE_P(, AcceptTwice, testing::ValuesIn(clash_cases), [](const auto& row) { return row.param.name; });

struct HostCase {
    const char* name;
    std::string value;
    const char* host;  // null: refused
};
class Host : public testing::TestWithParam<HostCase> {};

const HostCase host_cases[] = {
    {"ipv4", "192.168.0.3", "192.168.0.3"},
    {"ipv6", "FE80::0001", "fe80::1"},
    {"ipv6_in_brackets", "[2001:db8::3]", "2001:db8::3"},
    {"name", "Host-1.example.com", "Host-1.example.com"},
    {"single_word", "prod", "prod"},
    {"underscore", "host_1", "host_1"},
    {"closing_dot", "host.example.", "host.example."},
    {"octet_over_255", "192.168.0.300", nullptr},
    {"too_few_octets", "192.168.3", nullptr},
    {"with_port", "192.168.0.3:23450", nullptr},
    {"name_with_port", "prod:23450", nullptr},
    {"process_name", "$ZB019", nullptr},
    {"blank_inside", "a b", nullptr},
    {"empty_part", "a..b", nullptr},
    {"dot_alone", ".", nullptr},
    {"two_closing_dots", "a..", nullptr},
    {"hyphen_first", "-a.example", nullptr},
    {"hyphen_last", "a-.example", nullptr},
    {"part_of_63", std::string(63, 'a'), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"part_of_64", std::string(64, 'a'), nullptr},
    {"url", "https://host", nullptr},
    {"not_ascii", "h\xc3\xb6st", nullptr},
};

TEST_P(Host, IsAnAddressOrADnsName) {
    const auto list =
        parse("[a]\nprotocol = TOP\nport = 1\nencryption = TLS\naccept = 1\nhost = " + GetParam().value, "f");
    if (GetParam().host == nullptr) {
        EXPECT_THAT(list.entries, IsEmpty());
        ASSERT_EQ(list.diagnostics.size(), 1u);
        EXPECT_THAT(list.diagnostics[0].reason, testing::HasSubstr("is neither an address nor a host name"));
    } else {
        ASSERT_EQ(list.entries.size(), 1u) << render(list.diagnostics);
        EXPECT_EQ(list.entries[0].host, GetParam().host);
    }
}
INSTANTIATE_TEST_SUITE_P(, Host, testing::ValuesIn(host_cases), [](const auto& row) { return row.param.name; });

TEST(HostName, OfMoreThan253CharactersIsRefused) {
    std::string name;
    while (name.size() < 250) name += "abcdefghi.";
    const auto with = [&](std::string_view end) {
        return parse("[a]\nprotocol = TOP\nport = 1\nencryption = TLS\naccept = 1\nhost = " + name + std::string(end),
                     "f")
            .entries.size();
    };
    EXPECT_EQ(with("abc"), 1u);
    EXPECT_EQ(with("abcd"), 0u);
}

}  // namespace
}  // namespace sallyport::client
