// Every byte of tests/vectors/native_channel.json, which the independent reference wrote.
#include <gtest/gtest.h>

#include "channel/native/card.hpp"
#include "channel/native/key_file.hpp"
#include "channel/native/token.hpp"
#include "crypto/des168.hpp"
#include "crypto/poly1305.hpp"
#include "tests/channel/native/ends.hpp"
#include "tests/channel/native/vectors.hpp"

namespace sallyport::channel::native::tests {
namespace {

using boost::json::object;
using boost::json::value;

const value& handshake_vectors() { return vectors().at("handshakes"); }

bool is_set(const object& vector, const char* field) { return !vector.at(field).is_null(); }

std::string group_label(std::string_view side, KeyExchange exchange) {
    return std::string(side) + (exchange == KeyExchange::dh2048 ? " dh2048" : " dh1024");
}

/// One handshake of the vectors, made again from its randomness.
struct Remade {
    explicit Remade(const object& v)
        : name(text_of(v.at("name"))),
          suite(*Suite::from_number(static_cast<unsigned>(v.at("suite").as_int64()))),
          client_random(draws("client")),
          server_random(draws("server")),
          client(shared(client_side(v)), client_random),
          server(shared(server_side(v)), server_random) {}

    ByteVector draws(std::string_view side) const {
        ByteVector script = drawn(name, std::string(side) + " random");
        append(script, drawn(name, std::string(side) + " x25519"));
        if (suite.key_exchange() != KeyExchange::x25519) {
            append(script, drawn(name, group_label(side, suite.key_exchange())));
        }
        return script;
    }
    ClientSettings client_side(const object& v) const {
        ClientSettings settings;
        settings.label = text_of(v.at("label"));
        settings.offers.insert(suite);
        if (v.at("pin").as_bool()) settings.pin = crypto::SigningKey(secret_of(v.at("host_seed"))).public_key();
        if (is_set(v, "fixed")) settings.fixed_key = secret_of(v.at("fixed"));
        if (is_set(v, "client_seed")) settings.client_key.emplace(secret_of(v.at("client_seed")));
        return settings;
    }
    static ServerSettings server_side(const object& v) {
        ServerSettings settings;
        settings.label = text_of(v.at("label"));
        settings.host_keys = {std::make_shared<crypto::SigningKey>(secret_of(v.at("host_seed")))};
        if (is_set(v, "fixed")) {
            settings.fixed_keys.push_back({"other", Secret32{}});
            settings.fixed_keys.push_back({"ws1", secret_of(v.at("fixed"))});
        }
        if (is_set(v, "client_seed")) {
            settings.client_keys = {{"ann", crypto::SigningKey(secret_of(v.at("client_seed"))).public_key()}};
        }
        return settings;
    }

    std::string name;
    Suite suite;
    ScriptedRandom client_random, server_random;
    ClientHandshake client;
    ServerHandshake server;
};

/// Records that `sealer` makes and `opener` opens, as `entries` have them.
void check_records(const value& entries, Sealer& sealer, Opener& opener) {
    for (const auto& each : entries.as_array()) {
        const auto& entry = each.as_object();
        const auto sequence = static_cast<std::uint64_t>(entry.at("seq").as_int64());
        while (sealer.sequence() < sequence) {
            auto skipped = *sealer.seal(Type::ping, {});
            ASSERT_TRUE(opener.open(skipped).has_value());
        }
        ByteVector content;
        if (entry.at("content").is_null()) {
            ASSERT_EQ(text_of(entry.at("content_rule")), "byte i = (7 i + 3) mod 256");
            content.resize(static_cast<std::size_t>(entry.at("content_len").as_int64()));
            for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(7 * i + 3);
        } else {
            content = bytes_of(entry.at("content"));
        }
        auto frame = sealer.seal(static_cast<Type>(entry.at("type").as_int64()), content);
        ASSERT_TRUE(frame.has_value());
        if (entry.at("frame").is_null()) {
            EXPECT_EQ(to_hex(crypto::sha256({*frame})), text_of(entry.at("frame_sha256")));
        } else {
            EXPECT_EQ(to_hex(*frame), text_of(entry.at("frame"))) << "seq " << sequence;
        }
        const auto opened = opener.open(*frame);
        ASSERT_TRUE(opened.has_value()) << "seq " << sequence;
        EXPECT_TRUE(std::ranges::equal(*opened, content));
    }
}

void check_data_channel(const object& v, const Secret32& exporter, Cipher cipher, const std::string& tag) {
    ScriptedRandom client_random(tag, {"data client random"});
    ScriptedRandom server_random(tag, {"token", "data server random"});
    TokenStore tokens;
    const Token token = tokens.add({exporter.duplicate(), cipher, 7}, server_random);
    EXPECT_EQ(to_hex(token), text_of(v.at("token")));
    const DataOpen open(exporter, cipher, token, client_random);
    EXPECT_EQ(to_hex(open.message()), text_of(v.at("d1")));
    auto accepted = tokens.take(open.message(), server_random);
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->owner, 7u);
    EXPECT_EQ(to_hex(accepted->answer), text_of(v.at("d2")));
    auto keys = open.take_answer(accepted->answer);
    ASSERT_TRUE(keys.has_value());
    check_records(v.at("records_c"), keys->sealer, accepted->keys.opener);
    check_records(v.at("records_s"), accepted->keys.sealer, keys->opener);
    const auto transcript = crypto::sha256({open.message(), accepted->answer});
    EXPECT_EQ(to_hex(derive(exporter, "d c", transcript).bytes()), text_of(v.at("c_secret")));
    EXPECT_EQ(to_hex(derive(exporter, "d s", transcript).bytes()), text_of(v.at("s_secret")));
}

class HandshakeVector : public testing::TestWithParam<std::size_t> {
protected:
    const object& vector() const { return handshake_vectors().as_array()[GetParam()].as_object(); }
};

TEST_P(HandshakeVector, IsReproducedByBothSides) {
    const auto& v = vector();
    SCOPED_TRACE(text_of(v.at("name")));
    Remade remade(v);
    EXPECT_EQ(to_hex(remade.client.hello()), text_of(v.at("m1")));
    const auto reply = remade.server.take_hello(remade.client.hello(), admit());
    ASSERT_TRUE(reply.has_value()) << error_name(reply.error());
    EXPECT_EQ(to_hex(*reply), text_of(v.at("m2")) + text_of(v.at("m3")));
    ASSERT_EQ(remade.client.take_answer(bytes_of(v.at("m2"))), error_code());
    auto m3 = bytes_of(v.at("m3"));
    const auto m4 = remade.client.take_server(m3);
    ASSERT_TRUE(m4.has_value()) << error_name(m4.error());
    EXPECT_EQ(to_hex(*m4), text_of(v.at("m4")));
    auto arrived = *m4;
    ASSERT_EQ(remade.server.take_client(arrived), error_code());

    auto client = remade.client.outcome();
    auto server = remade.server.outcome();
    for (const Outcome* outcome : {&client, &server}) {
        EXPECT_EQ(outcome->suite, remade.suite);
        EXPECT_EQ(to_hex(outcome->exporter.bytes()), text_of(v.at("exp")));
        EXPECT_EQ(to_hex(outcome->host_key), text_of(v.at("host_key")));
    }
    check_records(v.at("records_c"), client.sealer, server.opener);
    check_records(v.at("records_s"), server.sealer, client.opener);
    if (v.contains("data_channel")) {
        check_data_channel(v.at("data_channel").as_object(), client.exporter, remade.suite.cipher(), remade.name);
    }
}

TEST_P(HandshakeVector, HasTheSecretsOfTheKeySchedule) {
    const auto& v = vector();
    SCOPED_TRACE(text_of(v.at("name")));
    const auto expect = [&](const char* field, Bytes actual) { EXPECT_EQ(to_hex(actual), text_of(v.at(field))); };
    const auto suite = *Suite::from_number(static_cast<unsigned>(v.at("suite").as_int64()));
    const auto m1 = bytes_of(v.at("m1")), m2 = bytes_of(v.at("m2")), m3 = bytes_of(v.at("m3")),
               m4 = bytes_of(v.at("m4"));

    const bool pin = v.at("pin").as_bool();
    const HostId host = pin ? host_id(crypto::SigningKey(secret_of(v.at("host_seed"))).public_key()) : no_pin;
    expect("host_id", host);
    const Secret32 fixed = is_set(v, "fixed") ? secret_of(v.at("fixed")) : Secret32{};
    const Secret32 imported = import_fixed_key(is_set(v, "fixed") ? &fixed : nullptr, host);
    expect("psk_imp", imported.bytes());

    ByteVector script = bytes_of(v.at("client_x25519"));
    if (v.contains("client_exponent")) append(script, bytes_of(v.at("client_exponent")));
    ScriptedRandom random(script);
    SuiteSet offers;
    offers.insert(suite);
    const KeyShares shares(offers, random);
    const auto z = shares.agree(suite.key_exchange(), Bytes(m2).subspan(36, 32), Bytes(m2).subspan(68));
    ASSERT_TRUE(z.has_value());
    expect("z", *z);

    const auto th1 = crypto::sha256({m1, m2}), th2 = crypto::sha256({m1, m2, m3}),
               th3 = crypto::sha256({m1, m2, m3, m4});
    expect("th1", th1);
    expect("th2", th2);
    expect("th3", th3);
    expect("hs", crypto::hkdf_extract(derive(imported, "kex").bytes(), *z).bytes());
    HandshakeSecrets secrets(imported, *z, th1);
    expect("c_hs", secrets.client().bytes());
    expect("s_hs", secrets.server().bytes());
    const auto keys = secrets.application(th3);
    expect("c_ap", keys.client.bytes());
    expect("s_ap", keys.server.bytes());
    expect("exp", keys.exporter.bytes());
}

std::string vector_name(const testing::TestParamInfo<std::size_t>& info) {
    auto name = text_of(handshake_vectors().as_array()[info.param].as_object().at("name"));
    std::ranges::replace_if(
        name, [](char c) { return c == ',' || c == ' ' || c == '-'; }, '_');
    return name;
}
INSTANTIATE_TEST_SUITE_P(, HandshakeVector, testing::Range<std::size_t>(0, 45), vector_name);

TEST(NativeVectors, AreAllOfTheFile) { EXPECT_EQ(handshake_vectors().as_array().size(), 45u); }

TEST(NativeVectors, TheStrongestAllowedSuiteIsChosen) {
    for (const auto& each : vectors().at("choice").as_array()) {
        const auto& v = each.as_object();
        constexpr auto tag = "offer all";
        const auto chosen = *Suite::from_number(static_cast<unsigned>(v.at("chosen").as_int64()));
        const auto allowed = SuiteSet::from_mask(static_cast<std::uint16_t>(v.at("allowed").as_int64()));
        ScriptedRandom client_random(tag, {"client random", "client x25519", "client dh2048", "client dh1024"});
        ByteVector script = drawn(tag, "server random");
        append(script, drawn(tag, "server x25519"));
        if (chosen.key_exchange() != KeyExchange::x25519) {
            append(script, drawn(tag, group_label("server", chosen.key_exchange())));
        }
        ScriptedRandom server_random(script);
        const auto seed = drawn(tag, "host key");
        const auto key = std::make_shared<crypto::SigningKey>(Secret32(std::span<const std::uint8_t, 32>(seed)));
        ClientSettings client_says;
        client_says.label = "TOP";
        client_says.offers = *SuiteSet::from_mask(static_cast<std::uint16_t>(v.at("offers").as_int64()));
        client_says.pin = key->public_key();
        ServerSettings server_says;
        server_says.label = "TOP";
        server_says.host_keys = {key};

        ClientHandshake client(shared(std::move(client_says)), client_random);
        ServerHandshake server(shared(std::move(server_says)), server_random);
        EXPECT_EQ(to_hex(client.hello()), text_of(v.at("m1")));
        const auto reply = server.take_hello(client.hello(), admit(*allowed));
        ASSERT_TRUE(reply.has_value());
        EXPECT_EQ(to_hex(*reply), text_of(v.at("m2")) + text_of(v.at("m3")));
        ASSERT_EQ(client.take_answer(bytes_of(v.at("m2"))), error_code());
        auto m3 = bytes_of(v.at("m3"));
        const auto m4 = client.take_server(m3);
        ASSERT_TRUE(m4.has_value());
        EXPECT_EQ(to_hex(*m4), text_of(v.at("m4")));
        EXPECT_EQ(to_hex(crypto::sha256({client.hello(), *reply, *m4})), text_of(v.at("th3")));
        EXPECT_EQ(client.outcome().suite, chosen);
    }
}

TEST(NativeVectors, Des168RecordHasItsInnerValues) {
    const auto& v = vectors().at("des168_record").as_object();
    const auto expect = [&](const char* field, Bytes actual) { EXPECT_EQ(to_hex(actual), text_of(v.at(field))); };
    const Secret32 secret = secret_of(v.at("secret"));
    const Secret32 rk = derive(secret, "rk");
    expect("rk", rk.bytes());
    std::array<std::uint8_t, 9> input{};
    put_u64(input, static_cast<std::uint64_t>(v.at("seq").as_int64()));
    input[8] = 1;
    const auto block = crypto::hmac_sha256(rk.bytes(), {input});
    expect("k", Bytes(block).first(24));
    input[8] = 2;
    const Secret32 one_time(crypto::hmac_sha256(rk.bytes(), {input}));
    expect("otk", one_time.bytes());
    auto content = bytes_of(v.at("content"));
    const auto c0 = std::stoull(text_of(v.at("c0")), nullptr, 16);
    crypto::des168_ctr(std::span(block).first<24>(), c0, content);
    expect("ct", content);

    Sealer sealer(Cipher::des168, secret.duplicate());
    while (sealer.sequence() < 5) ASSERT_TRUE(sealer.seal(Type::ping, {}).has_value());
    const auto frame = sealer.seal(Type::data, bytes_of(v.at("content")));
    ASSERT_TRUE(frame.has_value());
    expect("frame", *frame);
    expect("frame", [&] {
        ByteVector whole{0x10, 0, 36};
        append(whole, content);
        append(whole, crypto::poly1305(one_time, {whole}));
        return whole;
    }());
}

TEST(NativeVectors, CardIsWrittenAndRead) {
    const auto& v = vectors().at("enrol").as_object();
    const crypto::SigningKey key(secret_of(v.at("host_seed")));
    const auto suites = [](const char* text) { return *SuiteSet::from_text(text); };
    const auto text = text_of(v.at("card"));
    EXPECT_EQ(to_hex(enrol_request()), text_of(v.at("request")));
    EXPECT_EQ(to_hex(card_frame(text)), text_of(v.at("answer")));
    EXPECT_EQ(fingerprint(key.public_key()), text_of(v.at("fingerprint")));
    const auto card = read_card(text);
    ASSERT_TRUE(card.has_value()) << error_name(card.error());
    EXPECT_EQ(card->host, "host.example");
    EXPECT_EQ(card->key, key.public_key());
    EXPECT_EQ(card->made, "2026-11-23");
    ASSERT_EQ(card->services.size(), 2u);
    EXPECT_EQ(card->services[0].port, 23450);
    EXPECT_EQ(card->services[0].label, "TOP");
    EXPECT_EQ(card->services[0].suites, suites("DES168,DH1024 AES256,X25519"));
    EXPECT_EQ(card->services[1].port, 21);
    EXPECT_EQ(card->services[1].suites, suites("DES168,DH1024"));
    // Ours names suites in order of preference, so the signature is another; a host of one suite each has the same.
    Card one = *card;
    one.services.erase(one.services.begin());
    const auto written = write_card(key, one);
    EXPECT_TRUE(written.starts_with(text.substr(0, text.find("service:")) + "service: 21 FTP DES168,DH1024\n"));
    EXPECT_TRUE(read_card(written).has_value());
}

TEST(NativeVectors, FixedKeyIsWrittenAndRead) {
    const auto& v = vectors().at("fixed_key").as_object();
    EXPECT_EQ(write_fixed_key(secret_of(v.at("key"))).view(), text_of(v.at("text")));
    const auto key = read_fixed_key(text_of(v.at("text")));
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(to_hex(key->bytes()), text_of(v.at("key")));
}

}  // namespace
}  // namespace sallyport::channel::native::tests
