// What the server makes of a first message: docs/native-channel.md, 7.1. "Stranger" means that nothing is said.
#include <gtest/gtest.h>

#include "crypto/diffie_hellman.hpp"
#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

/// What a server of these settings says to a hello; each time a new one.
error_code answer_to(const std::shared_ptr<const ServerContext>& context, Bytes m1, Admission admission = admit()) {
    SeededRandom random(server_seed);
    ServerHandshake server(context, random);
    const ByteVector exact(m1.begin(), m1.end());  // so that a sanitizer sees one byte too many
    const auto reply = server.take_hello(exact, admission);
    return reply ? error_code() : reply.error();
}

ByteVector hello_of(ClientSettings settings) {
    SeededRandom random(client_seed);
    return ClientHandshake(shared(std::move(settings)), random).hello();
}
ByteVector hello_of(const Mode& mode, SuiteSet offers) { return hello_of(client_settings(mode, offers)); }

Secret32 pinned_mac1_key() { return mac1_key_of_host(host_key().public_key()); }

class AlteredHello : public testing::TestWithParam<SuiteAndMode> {};

TEST_P(AlteredHello, IsAStrangersWhateverBitOrByteIsWrong) {
    const auto [suite, mode] = GetParam();
    const auto context = shared(server_settings(mode));
    const auto m1 = hello_of(mode, only(suite));
    ASSERT_EQ(answer_to(context, m1), error_code());
    for_each_flip(m1, true, [&](const ByteVector& altered, std::size_t bit) {
        ASSERT_EQ(answer_to(context, altered), Error::stranger) << "bit " << bit;
    });
    for (std::size_t cut = 0; cut < m1.size(); ++cut) {
        ASSERT_EQ(answer_to(context, Bytes(m1).first(cut)), Error::stranger) << cut;
    }
    ByteVector longer = m1;
    longer.push_back(0);
    EXPECT_EQ(answer_to(context, longer), Error::stranger);
    put_u16(MutableBytes(longer).subspan(5), static_cast<std::uint16_t>(longer.size() - 7));
    EXPECT_EQ(answer_to(context, longer), Error::stranger);
}
INSTANTIATE_TEST_SUITE_P(, AlteredHello, testing::ValuesIn(all_suites_and_modes()), name_of);

TEST(Hello, OffersAndSharesMustFitEachOther) {
    const auto context = shared(server_settings(pinned));
    const auto key = pinned_mac1_key();
    for (const auto lengths : {only(1), only(9), only(3), SuiteSet::all()}) {
        auto m1 = hello_of(pinned, lengths);
        for (unsigned mask = 0; mask <= 0xFFFF; ++mask) {
            put_u16(MutableBytes(m1).subspan(hello_offers_at), static_cast<std::uint16_t>(mask));
            const auto offers = SuiteSet::from_mask(static_cast<std::uint16_t>(mask));
            const bool fits = offers && !offers->empty() &&
                              offers->needs(KeyExchange::dh2048) == lengths.needs(KeyExchange::dh2048) &&
                              offers->needs(KeyExchange::dh1024) == lengths.needs(KeyExchange::dh1024);
            const auto expected = fits ? error_code() : error_code(Error::stranger);
            ASSERT_EQ(answer_to(context, with_mac1(m1, key)), expected) << m1.size() << ' ' << mask;
        }
    }
}

struct LabelCase {
    const char* name;
    std::string field;  // as it stands in the hello, padded with zero bytes to 16
    error_code expected;
};
const std::string zero(1, '\0');
const LabelCase label_cases[] = {
    {"the_entrys", "TOP", {}},
    {"another", "FTP", Error::wrong_label},
    {"longer", "TOPS", Error::wrong_label},
    {"shorter", "TO", Error::wrong_label},
    {"of_16_characters", "ABCDEFGHIJKLMN-0", Error::wrong_label},
    {"empty", "", Error::stranger},
    {"lower_case", "top", Error::stranger},
    {"with_a_blank", "TOP ", Error::stranger},
    {"beginning_with_zero", zero + "TOP", Error::stranger},
    {"with_more_behind_its_end", "TOP" + zero + "X", Error::stranger},
    {"with_more_at_the_very_end", "TOP" + std::string(12, '\0') + "X", Error::stranger},
    {"with_a_high_byte", "TOP\xC3", Error::stranger},
};
class HelloLabel : public testing::TestWithParam<LabelCase> {};

TEST_P(HelloLabel, IsJudgedAfterItsForm) {
    auto m1 = hello_of(pinned, only(1));
    ByteVector field(max_label_size);
    std::ranges::copy(GetParam().field, field.begin());
    std::ranges::copy(field, m1.begin() + hello_label_at);
    EXPECT_EQ(answer_to(shared(server_settings(pinned)), with_mac1(m1, pinned_mac1_key())), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(, HelloLabel, testing::ValuesIn(label_cases), [](const auto& row) { return row.param.name; });

struct RefusalCase {
    const char* name;
    const char* label;
    SuiteSet offers, allowed;
    bool has_capacity;
    error_code expected;
    std::optional<Refusal> told;
};
const RefusalCase refusal_cases[] = {
    {"wrong_label", "FTP", SuiteSet::all(), SuiteSet::all(), true, Error::wrong_label, Refusal::wrong_label},
    {"wrong_label_before_busy", "FTP", SuiteSet::all(), SuiteSet::none(), false, Error::wrong_label,
     Refusal::wrong_label},
    {"busy", "TOP", SuiteSet::all(), SuiteSet::all(), false, Error::busy, Refusal::busy},
    {"busy_before_suites", "TOP", SuiteSet::all(), SuiteSet::none(), false, Error::busy, Refusal::busy},
    {"modern_where_legacy_is_allowed", "TOP", SuiteSet::modern(), SuiteSet::legacy(), true, Error::no_common_suite,
     Refusal::no_common_suite},
    {"all_where_none_is_allowed", "TOP", SuiteSet::all(), SuiteSet::none(), true, Error::no_common_suite,
     Refusal::no_common_suite},
    {"one_modern_suite_among_legacy", "TOP", *SuiteSet::from_mask(0x1F1), only(2), true, Error::no_common_suite,
     Refusal::no_common_suite},
    {"legacy_where_modern_is_allowed", "TOP", SuiteSet::legacy(), SuiteSet::modern(), true,
     Error::legacy_suites_refused, Refusal::legacy_not_allowed},
    {"legacy_where_other_legacy_is_allowed", "TOP", only(9), only(5), true, Error::legacy_suites_refused,
     Refusal::legacy_not_allowed},
    {"legacy_where_none_is_allowed", "TOP", only(9), SuiteSet::none(), true, Error::legacy_suites_refused,
     Refusal::legacy_not_allowed},
};
class HelloRefusal : public testing::TestWithParam<RefusalCase> {};

TEST_P(HelloRefusal, IsToldInTheOrderOfTheSpecification) {
    const auto& c = GetParam();
    auto settings = client_settings(pinned, c.offers);
    settings.label = c.label;
    const auto error =
        answer_to(shared(server_settings(pinned)), hello_of(std::move(settings)), {c.allowed, c.has_capacity, {}});
    EXPECT_EQ(error, c.expected);
    EXPECT_EQ(refusal_of(error), c.told);
}
INSTANTIATE_TEST_SUITE_P(, HelloRefusal, testing::ValuesIn(refusal_cases),
                         [](const auto& row) { return row.param.name; });

TEST(Hello, StrangersAreToldNothing) {
    for (const auto error : {Error::stranger, Error::bad_share, Error::bad_finish, Error::client_key_refused,
                             Error::bad_record, Error::card_sent}) {
        EXPECT_EQ(refusal_of(error), std::nullopt) << error_name(error);
    }
    EXPECT_EQ(refusal_of({}), std::nullopt);
}

TEST(Hello, TheLowestSuiteThatBothHaveIsChosen) {
    for (std::uint16_t offers = 1; offers <= 0x1FF; offers = static_cast<std::uint16_t>(offers + 37)) {
        for (std::uint16_t allowed = 1; allowed <= 0x1FF; allowed = static_cast<std::uint16_t>(allowed + 5)) {
            const auto common = *SuiteSet::from_mask(offers) & *SuiteSet::from_mask(allowed);
            if (common.empty()) continue;
            Handshake handshake(pinned, *SuiteSet::from_mask(offers));
            ASSERT_EQ(handshake.greet(*SuiteSet::from_mask(allowed)), error_code());
            ASSERT_EQ(handshake.m2[header_size], common.first()->number());
        }
    }
}

TEST(Hello, WhoDoesNotKnowTheHostIsAStranger) {
    auto settings = client_settings(pinned, only(1));
    settings.pin = other_key().public_key();
    EXPECT_EQ(answer_to(shared(server_settings(pinned)), hello_of(std::move(settings))), Error::stranger);
    // Who names the host but makes the MAC with another host's key is one as well.
    auto m1 = hello_of(pinned, only(1));
    m1 = with_mac1(m1, mac1_key_of_host(other_key().public_key()));
    EXPECT_EQ(answer_to(shared(server_settings(pinned)), m1), Error::stranger);
}

TEST(Hello, WhoNamesAnotherHostIsAStrangerThoughItKnowsThisOne) {
    const auto context = shared(server_settings(pinned));
    for (const HostId& named : {no_pin, host_id(other_key().public_key())}) {
        auto m1 = hello_of(pinned, only(1));
        std::ranges::copy(named, m1.begin() + hello_host_id_at);
        EXPECT_EQ(answer_to(context, with_mac1(m1, pinned_mac1_key())), Error::stranger);
    }
}

TEST(Hello, WhereAFixedKeyIsRequiredAPinIsNotEnough) {
    EXPECT_EQ(answer_to(shared(server_settings(pinned_and_fixed)), hello_of(pinned, only(1))), Error::stranger);
}

TEST(Hello, AFixedKeyThatTheHostDoesNotHaveIsAStrangers) {
    for (const auto& mode : {pinned_and_fixed, fixed_alone}) {
        EXPECT_EQ(answer_to(shared(server_settings(pinned)), hello_of(mode, only(1))), Error::stranger);
        auto settings = client_settings(mode, only(1));
        settings.fixed_key = secret_of(7);
        EXPECT_EQ(answer_to(shared(server_settings(mode)), hello_of(std::move(settings))), Error::stranger);
    }
}

TEST(Hello, EachOfTheFixedKeysFits) {
    auto server_says = server_settings(pinned);
    for (std::uint8_t i = 0; i < max_fixed_keys; ++i) {
        server_says.fixed_keys.push_back({"ws" + std::to_string(i), secret_of(i)});
    }
    const auto context = shared(std::move(server_says));
    for (std::uint8_t i = 0; i < max_fixed_keys; ++i) {
        for (const auto& mode : {pinned_and_fixed, fixed_alone}) {
            auto client_says = client_settings(mode, only(1));
            client_says.fixed_key = secret_of(i);
            Handshake handshake(shared(std::move(client_says)), context);
            ASSERT_EQ(handshake.shake(), error_code()) << int{i};
            EXPECT_EQ(handshake.server.outcome().peer, "fixed key ws" + std::to_string(i));
        }
    }
}

/// 13.4: while a host changes its key it has both; the hello's host_id selects.
TEST(Hello, SelectsOneOfTwoHostKeys) {
    auto server_says = server_settings(pinned);
    server_says.host_keys.push_back(std::make_shared<crypto::SigningKey>(other_key()));
    const auto context = shared(std::move(server_says));
    for (const auto& key : {host_key().public_key(), other_key().public_key()}) {
        auto client_says = client_settings(pinned, only(1));
        client_says.pin = key;
        Handshake handshake(shared(std::move(client_says)), context);
        ASSERT_EQ(handshake.shake(), error_code());
        EXPECT_EQ(handshake.client.outcome().host_key, key);
        EXPECT_EQ(handshake.server.outcome().host_key, key);
    }
    auto client_says = client_settings(pinned, only(1));
    client_says.pin = client_key().public_key();
    EXPECT_EQ(answer_to(context, hello_of(std::move(client_says))), Error::stranger);
}

TEST(Hello, TheFirstOfTwoHostKeysServesThoseWithoutAPin) {
    auto server_says = server_settings(pinned_and_fixed);
    server_says.host_keys.push_back(std::make_shared<crypto::SigningKey>(other_key()));
    const auto context = shared(std::move(server_says));
    for (const bool pin_second : {false, true}) {
        auto client_says = client_settings(fixed_alone, only(1));
        if (pin_second) client_says.pin = other_key().public_key();
        Handshake handshake(shared(std::move(client_says)), context);
        ASSERT_EQ(handshake.shake(), error_code());
        EXPECT_EQ(handshake.client.outcome().host_key, (pin_second ? other_key() : host_key()).public_key());
    }
}

ByteVector number_near(crypto::FiniteField group, int offset) {
    auto bytes = crypto::prime(group);  // its last byte is FF, so that nothing is carried
    bytes.back() = static_cast<std::uint8_t>(bytes.back() + offset);
    if (offset == 1) {  // p + 1 ends in 64 zero bits
        for (std::size_t i = 1; bytes[bytes.size() - i] == 0; ++i) ++bytes[bytes.size() - i - 1];
    }
    return bytes;
}
ByteVector small_number(crypto::FiniteField group, std::uint8_t value) {
    ByteVector bytes(crypto::share_size(group));
    bytes.back() = value;
    return bytes;
}

TEST(Hello, FiniteFieldSharesMustLieBetween2AndPMinus2) {
    const auto context = shared(server_settings(pinned));
    for (const auto& [suite, group] :
         {std::pair{3u, crypto::FiniteField::ffdhe2048}, {9u, crypto::FiniteField::modp1024}}) {
        const auto answer = [&](const ByteVector& share) {
            auto m1 = hello_of(pinned, only(suite));
            std::ranges::copy(share, m1.begin() + hello_shares_at);
            return answer_to(context, with_mac1(m1, pinned_mac1_key()));
        };
        EXPECT_EQ(answer(small_number(group, 0)), Error::bad_share);
        EXPECT_EQ(answer(small_number(group, 1)), Error::bad_share);
        EXPECT_EQ(answer(small_number(group, 2)), error_code());
        EXPECT_EQ(answer(number_near(group, -2)), error_code());
        EXPECT_EQ(answer(number_near(group, -1)), Error::bad_share);
        EXPECT_EQ(answer(number_near(group, 0)), Error::bad_share);
        EXPECT_EQ(answer(number_near(group, 1)), Error::bad_share);
        EXPECT_EQ(answer(ByteVector(crypto::share_size(group), 0xFF)), Error::bad_share);
    }
}

TEST(Hello, OnlyTheShareOfTheChosenSuiteIsJudged) {
    auto m1 = hello_of(pinned, SuiteSet::all());
    std::fill(m1.begin() + hello_shares_at, m1.end() - mac_size, std::uint8_t{0});
    m1 = with_mac1(m1, pinned_mac1_key());
    const auto context = shared(server_settings(pinned));
    EXPECT_EQ(answer_to(context, m1, admit(only(2))), error_code());
    EXPECT_EQ(answer_to(context, m1, admit(only(4))), Error::bad_share);
    EXPECT_EQ(answer_to(context, m1, admit(only(8))), Error::bad_share);
}

}  // namespace
}  // namespace sallyport::channel::native::tests
