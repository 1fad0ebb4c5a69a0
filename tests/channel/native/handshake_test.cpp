// What each side makes of the other's answers: docs/native-channel.md, 7.2 to 7.4, and 4.5 to 4.6.
#include <gtest/gtest.h>

#include <functional>

#include "tests/channel/native/ends.hpp"

namespace sallyport::channel::native::tests {
namespace {

constexpr std::string_view client_label = "spc1 client";

class KnownTo : public testing::TestWithParam<SuiteAndMode> {};

TEST_P(KnownTo, EachOther) {
    const auto [suite, mode] = GetParam();
    Handshake handshake(mode, only(suite));
    ASSERT_EQ(handshake.shake(), error_code());
    const auto exchange = Suite::from_number(suite)->key_exchange();
    const std::size_t share = exchange == KeyExchange::dh2048 ? 256 : exchange == KeyExchange::dh1024 ? 128 : 0;
    EXPECT_EQ(handshake.client.hello().size(), 137 + share);
    EXPECT_EQ(handshake.m2.size(), 68 + share);
    EXPECT_EQ(handshake.m3.size(), 148u);
    EXPECT_EQ(handshake.m4.size(), 147u);
    const auto client = handshake.client.outcome();
    const auto server = handshake.server.outcome();
    EXPECT_EQ(client.suite.number(), suite);
    EXPECT_EQ(server.suite.number(), suite);
    EXPECT_TRUE(std::ranges::equal(client.exporter.bytes(), server.exporter.bytes()));
    EXPECT_EQ(client.peer, "host key " + fingerprint(host_key().public_key()));
    EXPECT_EQ(server.peer, mode.client_key ? "client key ann" : mode.fixed ? "fixed key ws1" : "");
}
INSTANTIATE_TEST_SUITE_P(, KnownTo, testing::ValuesIn(all_suites_and_modes()), name_of);

/// A client of these settings against a server that holds what an honest one holds and may say anything in M3.
struct AgainstForger {
    AgainstForger(const Mode& as, unsigned number)
        : settings(client_settings(as, only(number))), mode(as), suite(number) {}

    error_code answer(const Forgery& forgery) {
        SeededRandom random(client_seed);
        ClientHandshake client(shared(std::move(settings)), random);
        auto [m2, m3] = forged_answer(client.hello(), mode, suite, forgery);
        if (const auto error = client.take_answer(m2)) return error;
        const auto m4 = client.take_server(m3);
        shown = client.shown_key();
        return m4 ? error_code() : m4.error();
    }

    ClientSettings settings;
    Mode mode;
    unsigned suite;
    crypto::PublicKey shown{};
};

/// One bit of M3's content before fin_S changed.
Forgery flipped(std::size_t at) {
    return {.alter = [at](MutableBytes content) { content[at] ^= 1; }};
}

void nothing(MutableBytes) {}

TEST(ClientSide, GoesAlongWithWhatIsRight) {
    for (const unsigned suite : {1u, 2u, 5u}) {
        for (const auto& mode : {pinned, pinned_and_fixed, fixed_alone}) {
            EXPECT_EQ(AgainstForger(mode, suite).answer({}), error_code()) << suite << ' ' << mode;
        }
    }
}

TEST(ClientSide, RefusesAnotherHostKeyThanThePinned) {
    AgainstForger server(pinned, 1);
    EXPECT_EQ(server.answer({.signer_seed = other_key_seed}), Error::wrong_host_key);
    EXPECT_EQ(server.shown, other_key().public_key());
}

TEST(ClientSide, TakesAnyHostKeyThatAFixedKeyVouchesFor) {
    AgainstForger server(fixed_alone, 1);
    EXPECT_EQ(server.answer({.signer_seed = other_key_seed}), error_code());
    EXPECT_EQ(server.shown, other_key().public_key());
}

TEST(ClientSide, RefusesAHostKeyOfItsOwnComputer) {
    AgainstForger server(fixed_alone, 1);
    server.settings.own_host_keys = {client_key().public_key(), host_key().public_key()};
    EXPECT_EQ(server.answer({}), Error::own_host_key);
    AgainstForger other(fixed_alone, 1);
    other.settings.own_host_keys = {client_key().public_key()};
    EXPECT_EQ(other.answer({}), error_code());
    AgainstForger known(pinned_and_fixed, 1);  // who pins the own host means it
    known.settings.own_host_keys = {host_key().public_key()};
    EXPECT_EQ(known.answer({}), error_code());
}

TEST(ClientSide, RefusesAHostThatDoesNotHoldItsKey) {
    for (const std::size_t at : {33u, 64u, 65u, 96u}) {  // R and S of the signature
        EXPECT_EQ(AgainstForger(pinned, 1).answer(flipped(at)), Error::bad_signature) << at;
    }
    const Forgery show_pinned{
        .alter = [](MutableBytes c) { std::ranges::copy(host_key().public_key(), c.begin()); },
        .signer_seed = other_key_seed,
    };
    EXPECT_EQ(AgainstForger(pinned, 1).answer(show_pinned), Error::bad_signature);
    EXPECT_EQ(AgainstForger(fixed_alone, 1).answer(show_pinned), Error::bad_signature);
    EXPECT_EQ(AgainstForger(pinned, 1).answer(flipped(32)), Error::bad_signature);  // the flags are signed
}

TEST(ClientSide, RefusesUnknownFlags) {
    for (unsigned flags = 2; flags <= 255; ++flags) {
        const auto set = [&](MutableBytes c) { c[32] = static_cast<std::uint8_t>(flags); };
        EXPECT_EQ(AgainstForger(pinned, 1).answer({.alter = set}), Error::bad_answer) << flags;
    }
}

TEST(ClientSide, RefusesAWrongFinish) {
    EXPECT_EQ(AgainstForger(pinned, 1).answer({.right_finish = false}), Error::bad_finish);
}

TEST(ClientSide, RefusesAnAnswerMadeForAnotherSession) {
    for (unsigned suite = 1; suite <= Suite::count; ++suite) {
        Handshake mine(pinned, only(suite));
        SeededRandom random(99);
        const auto settings = shared(client_settings(pinned, only(suite)));
        ClientHandshake other(settings, random);
        const auto reply = mine.server.take_hello(other.hello(), admit());
        ASSERT_TRUE(reply.has_value());
        const auto m3_at = reply->size() - server_frame_size;
        ASSERT_EQ(mine.client.take_answer(Bytes(*reply).first(m3_at)), error_code());
        ByteVector m3(reply->begin() + static_cast<std::ptrdiff_t>(m3_at), reply->end());
        EXPECT_EQ(mine.client.take_server(m3).error(), Error::bad_record);
    }
}

TEST(ClientSide, RefusesASuiteThatItDidNotOffer) {
    for (unsigned offered = 1; offered <= Suite::count; ++offered) {
        Handshake handshake(pinned, only(offered));
        ASSERT_EQ(handshake.greet(), error_code());
        for (unsigned number = 0; number <= 255; ++number) {
            if (number == offered) continue;
            auto m2 = handshake.m2;
            m2[header_size] = static_cast<std::uint8_t>(number);
            EXPECT_EQ(Handshake(pinned, only(offered)).client.take_answer(m2), Error::bad_answer) << number;
        }
    }
}

TEST(ClientSide, RefusesSharesThatNoHonestHostSends) {
    const auto answer = [](unsigned suite, std::size_t at, const ByteVector& share) {
        Handshake handshake(pinned, only(suite));
        EXPECT_EQ(handshake.greet(), error_code());
        std::ranges::copy(share, handshake.m2.begin() + static_cast<std::ptrdiff_t>(at));
        return handshake.client.take_answer(handshake.m2);
    };
    for (const auto& [suite, group] :
         {std::pair{3u, crypto::FiniteField::ffdhe2048}, {9u, crypto::FiniteField::modp1024}}) {
        const auto p = crypto::prime(group);
        ByteVector share(p.size());
        EXPECT_EQ(answer(suite, 68, share), Error::bad_share);
        share.back() = 1;
        EXPECT_EQ(answer(suite, 68, share), Error::bad_share);
        EXPECT_EQ(answer(suite, 68, p), Error::bad_share);
        share = p;
        share.back() = 0xFE;  // p - 1
        EXPECT_EQ(answer(suite, 68, share), Error::bad_share);
        EXPECT_EQ(answer(suite, 68, ByteVector(p.size(), 0xFF)), Error::bad_share);
    }
    for (const char* low_order : {"0000000000000000000000000000000000000000000000000000000000000000",
                                  "0100000000000000000000000000000000000000000000000000000000000000",
                                  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                                  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
        ByteVector share;
        ASSERT_TRUE(from_hex(low_order, share));
        EXPECT_EQ(answer(1, 36, share), Error::bad_share) << low_order;
        EXPECT_EQ(answer(9, 36, share), Error::bad_share) << low_order;
    }
}

/// A client that holds what an honest one holds and may say anything in M4.
error_code forged_finish(const Mode& mode, const std::function<void(MutableBytes)>& alter,
                         const crypto::SigningKey* signer, bool right_finish = true) {
    Handshake handshake(mode, only(1));
    EXPECT_EQ(handshake.greet(), error_code());
    SeededRandom random(client_seed);
    std::array<std::uint8_t, 32> hello_random;
    random.fill(hello_random);
    const KeyShares shares(only(1), random);
    const auto& m2 = handshake.m2;
    const auto secrets = secrets_of(shares, *Suite::from_number(1), Bytes(m2).subspan(36, 32), {}, Secret32{},
                                    handshake.client.hello(), m2);
    const auto th2 = crypto::sha256({handshake.client.hello(), m2, handshake.m3});
    ByteVector content(96);
    if (signer != nullptr) {
        std::ranges::copy(signer->public_key(), content.begin());
        std::ranges::copy(sign(*signer, client_label, {th2, signer->public_key()}), content.begin() + 32);
    }
    alter(content);
    append(content, HandshakeSecrets::finish(secrets.client(), {th2, Bytes(content)}));
    if (!right_finish) content.back() ^= 1;
    Sealer sealer(Cipher::aes256, secrets.client().duplicate());
    auto m4 = *sealer.seal(Type::client, content);
    return handshake.server.take_client(m4);
}

TEST(ServerSide, GoesAlongWithWhatIsRight) {
    const auto key = client_key();
    EXPECT_EQ(forged_finish(pinned, nothing, nullptr), error_code());
    EXPECT_EQ(forged_finish(with_client_key, nothing, &key), error_code());
}

TEST(ServerSide, RefusesAWrongFinish) {
    EXPECT_EQ(forged_finish(pinned, nothing, nullptr, false), Error::bad_finish);
    const auto key = client_key();
    EXPECT_EQ(forged_finish(with_client_key, nothing, &key, false), Error::bad_finish);
}

TEST(ServerSide, RefusesAClientKeyThatItDidNotAskFor) {
    const auto key = client_key();
    EXPECT_EQ(forged_finish(pinned, nothing, &key), Error::bad_finish);
    for (std::size_t at = 0; at < 96; ++at) {
        EXPECT_EQ(forged_finish(
                      pinned, [&](MutableBytes c) { c[at] = 1; }, nullptr),
                  Error::bad_finish)
            << at;
    }
}

TEST(ServerSide, RefusesAClientKeyThatIsMissingUnknownOrNotHeld) {
    EXPECT_EQ(forged_finish(with_client_key, nothing, nullptr), Error::client_key_refused);
    const auto unknown = host_key();
    EXPECT_EQ(forged_finish(with_client_key, nothing, &unknown), Error::client_key_refused);
    const auto key = client_key();
    for (const std::size_t at : {0u, 31u, 32u, 63u, 64u, 95u}) {
        EXPECT_EQ(forged_finish(
                      with_client_key, [&](MutableBytes c) { c[at] ^= 1; }, &key),
                  Error::client_key_refused);
    }
    const auto listed = other_key();  // the signature of one listed key for another
    const auto show_other = [&](MutableBytes c) { std::ranges::copy(listed.public_key(), c.begin()); };
    EXPECT_EQ(forged_finish(with_client_key, show_other, &key), Error::client_key_refused);
}

TEST(ServerSide, AnEmptyListOfClientKeysLetsNobodyIn) {
    auto server_says = server_settings(with_client_key);
    server_says.client_keys->clear();
    Handshake handshake(shared(client_settings(with_client_key, only(1))), shared(std::move(server_says)));
    EXPECT_EQ(handshake.shake(), Error::client_key_refused);
}

TEST(ServerSide, AClientShowsItsKeyOnlyWhereOneIsWanted) {
    Handshake handshake(shared(client_settings(with_client_key, only(1))), shared(server_settings(pinned)));
    EXPECT_EQ(handshake.shake(), error_code());
    EXPECT_EQ(handshake.server.outcome().peer, "");
}

TEST(ServerSide, CountsEveryHandshakeAnew) {  // two of them share no key: nothing of one opens in the other
    auto first = session(pinned, 1);
    Handshake second(pinned, only(1));
    second.server_random = SeededRandom(77);
    ASSERT_EQ(second.shake(), error_code());
    auto record = *first.client.sealer.seal(Type::data, as_bytes("x"));
    EXPECT_EQ(second.server.outcome().opener.open(record).error(), Error::bad_record);
}

}  // namespace
}  // namespace sallyport::channel::native::tests
