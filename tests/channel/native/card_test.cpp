// The host card: docs/native-channel.md, 12.
#include "channel/native/card.hpp"

#include <gtest/gtest.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>

#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

Card a_card() {
    return {"host.example", {}, "2026-11-23", {{23450, "TOP", SuiteSet::all()}, {21, "FTP", SuiteSet::legacy()}}};
}
std::string written(const Card& card) { return write_card(host_key(), card); }

error_code error_of(std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());  // so that a sanitizer sees one byte too many
    const auto card = read_card({exact.data(), exact.size()});
    return card ? error_code() : card.error();
}

/// The card with this body, signed by the host: what is refused of it is its form.
std::string signed_card(const std::string& body) {
    const auto signature = sign(host_key(), "spc1 card", {as_bytes(body)});
    return body + "signature: " + to_hex(signature) + "\n";
}
std::string body_of(const std::string& host, const std::string& made, const std::string& services) {
    return "sallyport-host-card 1\nhost: " + host + "\nkey: " + to_hex(host_key().public_key()) + "\nmade: " + made +
           "\n" + services;
}

TEST(HostCard, IsReadAsItWasWritten) {
    const auto card = read_card(written(a_card()));
    ASSERT_TRUE(card.has_value()) << error_name(card.error());
    EXPECT_EQ(card->host, "host.example");
    EXPECT_EQ(card->key, host_key().public_key());
    EXPECT_EQ(card->made, "2026-11-23");
    ASSERT_EQ(card->services.size(), 2u);
    EXPECT_EQ(card->services[1].port, 21);
    EXPECT_EQ(card->services[1].label, "FTP");
    EXPECT_EQ(card->services[1].suites, SuiteSet::legacy());
}

TEST(HostCard, SurvivesTheLineEndsOfWindows) {
    EXPECT_EQ(error_of(boost::replace_all_copy(written(a_card()), "\n", "\r\n")), error_code());
    EXPECT_EQ(error_of(boost::replace_first_copy(written(a_card()), "\n", "\r\r\n")), CardError::bad_form);
    EXPECT_EQ(error_of(boost::replace_first_copy(written(a_card()), "host.", "host\r.")), CardError::bad_form);
}

TEST(HostCard, WithAnyBitChangedIsRefused) {
    const auto text = written(a_card());
    for_each_flip(as_bytes(text), true, [](const ByteVector& altered, std::size_t bit) {
        ASSERT_TRUE(error_of(as_text(altered))) << "bit " << bit;
    });
}

TEST(HostCard, CutOrLengthenedIsRefused) {
    const auto text = written(a_card());
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
        ASSERT_EQ(error_of(std::string_view(text).substr(0, cut)), CardError::bad_form) << cut;
    }
    for (const char* more : {"\n", " ", "\r\n", "x", "signature: x\n"}) EXPECT_TRUE(error_of(text + more)) << more;
    EXPECT_TRUE(error_of(" " + text));
    EXPECT_TRUE(error_of(text + text));
}

TEST(HostCard, SignedByAnotherKeyIsRefused) {
    const auto forged = boost::replace_all_copy(write_card(other_key(), a_card()), to_hex(other_key().public_key()),
                                                to_hex(host_key().public_key()));
    EXPECT_EQ(error_of(forged), CardError::bad_signature);
}

TEST(HostCard, ThatIsTooLongIsRefused) {
    EXPECT_EQ(error_of(std::string(max_card_size + 1, 'x')), CardError::too_long);
    EXPECT_EQ(error_of(std::string(max_card_size, 'x')), CardError::bad_form);
    EXPECT_EQ(error_of(std::string(10 * max_card_size, '\n')), CardError::too_long);
    std::string windows;
    for (std::size_t i = 0; i < 10 * max_card_size; ++i) windows += "\r\n";
    EXPECT_TRUE(error_of(windows));
}

TEST(HostCard, HoldsAtMost32Services) {
    Card card = a_card();
    card.host = std::string(253, 'h');
    card.services.assign(40, {65535, "ABCDEFGHIJKLMNOP", SuiteSet::all()});
    const auto text = written(card);
    EXPECT_LE(text.size(), max_card_size);  // the largest that there can be
    const auto read = read_card(text);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->services.size(), 32u);
    std::string services;
    for (int i = 0; i < 33; ++i) services += "service: 1 A AES256,X25519\n";
    EXPECT_EQ(error_of(signed_card(body_of("h", "2026-01-01", services))), CardError::bad_form);
}

struct FormCase {
    const char* name;
    std::string body;
    bool good;
};
const FormCase form_cases[] = {
    {"no_services", body_of("h", "2026-01-01", ""), true},
    {"ip6_host", body_of("2001:db8::1", "2026-01-01", ""), true},
    {"host_of_253", body_of(std::string(253, 'a'), "2026-01-01", ""), true},
    {"host_of_254", body_of(std::string(254, 'a'), "2026-01-01", ""), false},
    {"no_host", body_of("", "2026-01-01", ""), false},
    {"host_with_blank", body_of("a b", "2026-01-01", ""), false},
    {"host_with_escape", body_of("a\x1b[2J", "2026-01-01", ""), false},
    {"host_with_zero", body_of(std::string("a\0b", 3), "2026-01-01", ""), false},
    {"host_with_underscore", body_of("a_b", "2026-01-01", ""), false},
    {"date_without_hyphens", body_of("h", "2026/01/01", ""), false},
    {"date_too_short", body_of("h", "2026-1-1", ""), false},
    {"date_too_long", body_of("h", "2026-01-011", ""), false},
    {"date_of_letters", body_of("h", "abcd-ef-gh", ""), false},
    {"port_too_large", body_of("h", "2026-01-01", "service: 65536 TOP AES256,X25519\n"), false},
    {"port_negative", body_of("h", "2026-01-01", "service: -1 TOP AES256,X25519\n"), false},
    {"port_missing", body_of("h", "2026-01-01", "service: TOP AES256,X25519\n"), false},
    {"service_empty", body_of("h", "2026-01-01", "service: \n"), false},
    {"service_without_suites", body_of("h", "2026-01-01", "service: 1 TOP\n"), false},
    {"service_with_blank_suites", body_of("h", "2026-01-01", "service: 1 TOP \n"), false},
    {"service_with_unknown_suite", body_of("h", "2026-01-01", "service: 1 TOP RC4,MD5\n"), false},
    {"label_in_lower_case", body_of("h", "2026-01-01", "service: 1 top AES256,X25519\n"), false},
    {"label_too_long", body_of("h", "2026-01-01", "service: 1 ABCDEFGHIJKLMNOPQ AES256,X25519\n"), false},
    {"unknown_line", body_of("h", "2026-01-01", "policy: open\n"), false},
    {"empty_line", body_of("h", "2026-01-01", "\n"), false},
    {"version_2", boost::replace_first_copy(body_of("h", "2026-01-01", ""), "card 1", "card 2"), false},
    {"key_in_capitals", boost::to_upper_copy(body_of("h", "2026-01-01", "")), false},
    {"lines_in_another_order",
     "sallyport-host-card 1\nkey: " + to_hex(host_key().public_key()) + "\nhost: h\nmade: 2026-01-01\n", false},
};
class HostCardForm : public testing::TestWithParam<FormCase> {};

TEST_P(HostCardForm, IsExact) {
    const auto expected = GetParam().good ? error_code() : error_code(CardError::bad_form);
    EXPECT_EQ(error_of(signed_card(GetParam().body)), expected);
}
INSTANTIATE_TEST_SUITE_P(, HostCardForm, testing::ValuesIn(form_cases), [](const auto& row) { return row.param.name; });

TEST(HostCard, FramesAreJudgedByTheirHead) {
    const auto frame = card_frame("card");
    EXPECT_EQ(to_hex(frame), "32000463617264");
    EXPECT_EQ(card_frame_size(Bytes(frame).first(header_size)), frame.size());
    const auto size_of = [](std::array<std::uint8_t, 3> head) { return card_frame_size(head); };
    EXPECT_EQ(size_of({0x32, 0x20, 0x00}), max_card_size + header_size);
    EXPECT_EQ(size_of({0x32, 0x20, 0x01}), 0u);
    EXPECT_EQ(size_of({0x31, 0x00, 0x01}), 0u);
}

TEST(HostCard, ErrorsAreNamed) {
    for (const auto error : {CardError::too_long, CardError::bad_form, CardError::bad_signature}) {
        EXPECT_NE(error_name(error), "unknown");
        EXPECT_NE(error_sentence(error), "");
    }
}

}  // namespace
}  // namespace sallyport::channel::native::tests
