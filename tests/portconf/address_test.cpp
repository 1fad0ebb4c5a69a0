#include "portconf/address.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace sallyport::portconf {
namespace {

using namespace std::string_view_literals;

TEST(Address, IsWrittenInOneWay) {
    EXPECT_EQ(canonical_address("192.168.0.3"), "192.168.0.3");
    EXPECT_EQ(canonical_address("FE80:0:0:0:0:0:0:0001"), "fe80::1");
    EXPECT_EQ(canonical_address("0:0:0:0:0:0:0:0"), "::");
}

TEST(Address, RefusesWhatIsNone) {
    for (const auto text : {""sv, "host-prod"sv, "192.168.0"sv, "192.168.0.256"sv, "192.168.0.3:80"sv, "[::1]"sv,
                            "fe80::1%eth0"sv, "::1::"sv, " ::1"sv, "::1\0"sv})
        EXPECT_EQ(canonical_address(text), std::nullopt) << text;
}

struct OverlapCase {
    const char* name;
    const char* first;
    const char* second;
    bool overlap;
};
class ListenAddresses : public testing::TestWithParam<OverlapCase> {};

const OverlapCase overlap_cases[] = {
    {"all_and_all", "", "", true},
    {"all_and_ipv4", "", "192.168.0.3", true},
    {"all_and_ipv6", "", "fe80::1", true},
    {"all_and_any_ipv4", "", "0.0.0.0", true},
    {"same_ipv4", "192.168.0.3", "192.168.0.3", true},
    {"same_ipv6", "fe80::1", "fe80::1", true},
    {"any_ipv4_and_ipv4", "0.0.0.0", "192.168.0.3", true},
    {"any_ipv6_and_ipv6", "::", "fe80::1", true},
    {"any_ipv6_takes_ipv4_too", "::", "192.168.0.3", true},
    {"any_ipv6_and_any_ipv4", "::", "0.0.0.0", true},
    {"any_ipv4_and_ipv6", "0.0.0.0", "fe80::1", false},
    {"two_ipv4", "192.168.0.3", "192.168.0.4", false},
    {"ipv4_and_ipv6", "127.0.0.1", "::1", false},
};

TEST_P(ListenAddresses, OverlapOrNotInEitherOrder) {
    const auto& [name, first, second, overlap] = GetParam();
    for (const auto& [a, b] : {std::pair(first, second), std::pair(second, first)}) {
        Claims claims;
        claims.claim(21, a, 5);
        EXPECT_EQ(claims.overlapping(21, b), overlap ? std::optional<std::size_t>(5) : std::nullopt) << a << " " << b;
        EXPECT_EQ(claims.overlapping(22, b), std::nullopt) << "of another port";
    }
}
INSTANTIATE_TEST_SUITE_P(Claims, ListenAddresses, testing::ValuesIn(overlap_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(Claims, NameTheFirstOfSeveral) {
    Claims claims;
    claims.claim(21, "127.0.0.1", 3);
    claims.claim(21, "192.168.0.3", 4);
    claims.claim(21, "::1", 5);
    EXPECT_EQ(claims.overlapping(21, ""), 3u);
    EXPECT_EQ(claims.overlapping(21, "0.0.0.0"), 3u);
    EXPECT_EQ(claims.overlapping(21, "192.168.0.3"), 4u);
    EXPECT_EQ(claims.overlapping(21, "10.0.0.1"), std::nullopt);
}

TEST(Address, IsCoveredByItselfAndByTheWildcardsOfItsKind) {
    EXPECT_TRUE(covers("127.0.0.1", "127.0.0.1"));
    EXPECT_FALSE(covers("127.0.0.1", "127.0.0.2"));
    EXPECT_TRUE(covers("", "::1"));
    EXPECT_TRUE(covers("0.0.0.0", "127.0.0.1"));
    EXPECT_FALSE(covers("0.0.0.0", "::1"));
    EXPECT_TRUE(covers("::", "127.0.0.1"));
}

}  // namespace
}  // namespace sallyport::portconf
