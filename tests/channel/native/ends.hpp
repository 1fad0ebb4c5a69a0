/// Two ends of the native channel as its tests need them: randomness that is known, settings that fit each other, the
/// messages of a handshake, and the secrets behind them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "channel/native/format.hpp"
#include "channel/native/handshake.hpp"

namespace sallyport::channel::native::tests {

/// Bytes that look random and are the same each time.
class SeededRandom final : public crypto::Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(MutableBytes bytes) override {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937_64 engine_;
};

/// The seeds of the two sides, wherever a test does not care.
inline constexpr std::uint64_t client_seed = 1, server_seed = 2;

inline Secret32 secret_of(std::uint8_t byte) {
    Secret32 secret;
    std::ranges::fill(secret.writable(), byte);
    return secret;
}
inline Secret32 fixed_key() {
    Secret32 key;
    for (std::uint8_t i = 0; i < 32; ++i) key.writable()[i] = i;
    return key;
}
inline constexpr std::uint8_t host_key_seed = 0x11, client_key_seed = 0x22, other_key_seed = 0x33;
inline crypto::SigningKey host_key() { return crypto::SigningKey(secret_of(host_key_seed)); }
inline crypto::SigningKey client_key() { return crypto::SigningKey(secret_of(client_key_seed)); }
inline crypto::SigningKey other_key() { return crypto::SigningKey(secret_of(other_key_seed)); }

inline SuiteSet only(unsigned number) { return *SuiteSet::from_mask(static_cast<std::uint16_t>(1u << (number - 1))); }

/// How the two sides know each other.
struct Mode {
    const char* name;
    bool pin, fixed, client_key;
};
inline constexpr Mode pinned{"pin", true, false, false};
inline constexpr Mode pinned_and_fixed{"pin_and_fixed_key", true, true, false};
inline constexpr Mode fixed_alone{"fixed_key_alone", false, true, false};
inline constexpr Mode with_client_key{"client_key", true, false, true};
inline constexpr Mode with_everything{"pin_fixed_key_and_client_key", true, true, true};
inline constexpr Mode all_modes[] = {pinned, pinned_and_fixed, fixed_alone, with_client_key, with_everything};
inline std::ostream& operator<<(std::ostream& out, const Mode& mode) { return out << mode.name; }

/// A row of tables of all suites in all modes, and its name as a test's.
struct SuiteAndMode {
    unsigned suite;
    Mode mode;
};
inline std::vector<SuiteAndMode> all_suites_and_modes() {
    std::vector<SuiteAndMode> all;
    for (unsigned suite = 1; suite <= Suite::count; ++suite) {
        for (const auto& mode : all_modes) all.push_back({suite, mode});
    }
    return all;
}
inline std::string name_of(const testing::TestParamInfo<SuiteAndMode>& row) {
    return "suite_" + std::to_string(row.param.suite) + "_" + row.param.mode.name;
}

inline ClientSettings client_settings(const Mode& mode, SuiteSet offers) {
    ClientSettings settings;
    settings.label = "TOP";
    settings.offers = offers;
    if (mode.pin) settings.pin = host_key().public_key();
    if (mode.fixed) settings.fixed_key = fixed_key();
    if (mode.client_key) settings.client_key = client_key();
    return settings;
}

inline ServerSettings server_settings(const Mode& mode) {
    ServerSettings settings;
    settings.label = "TOP";
    settings.host_keys = {std::make_shared<crypto::SigningKey>(host_key())};
    if (mode.fixed) {
        settings.fixed_keys.push_back({"other", Secret32{}});
        settings.fixed_keys.push_back({"ws1", fixed_key()});
    }
    if (mode.client_key)
        settings.client_keys = {{"other", other_key().public_key()}, {"ann", client_key().public_key()}};
    return settings;
}

inline auto shared(ClientSettings settings) { return std::make_shared<const ClientSettings>(std::move(settings)); }
inline auto shared(ServerSettings settings) { return std::make_shared<const ServerContext>(std::move(settings)); }

inline Admission admit(SuiteSet allowed = SuiteSet::all()) { return {allowed, true, {}}; }

/// One handshake, message by message; the client's part is made at once.
struct Handshake {
    Handshake(const Mode& mode, SuiteSet offers)
        : Handshake(shared(client_settings(mode, offers)), shared(server_settings(mode))) {}
    Handshake(std::shared_ptr<const ClientSettings> client_says, std::shared_ptr<const ServerContext> server_says)
        : client(std::move(client_says), client_random), server(std::move(server_says), server_random) {}

    /// M1 to the server; m2 and m3 are there afterwards, if it answers.
    error_code greet(SuiteSet allowed = SuiteSet::all()) {
        const auto reply = server.take_hello(client.hello(), admit(allowed));
        if (!reply) return reply.error();
        m2.assign(reply->begin(), reply->end() - static_cast<std::ptrdiff_t>(server_frame_size));
        m3.assign(reply->end() - static_cast<std::ptrdiff_t>(server_frame_size), reply->end());
        return {};
    }
    /// M2 and M3 to the client; m4 is there afterwards, if it goes along.
    error_code answer() {
        if (const auto error = client.take_answer(m2)) return error;
        ByteVector in_place = m3;
        const auto reply = client.take_server(in_place);
        if (!reply) return reply.error();
        m4 = *reply;
        return {};
    }
    /// M4 to the server.
    error_code finish() {
        ByteVector in_place = m4;
        return server.take_client(in_place);
    }
    /// All of it.
    error_code shake(SuiteSet allowed = SuiteSet::all()) {
        if (const auto error = greet(allowed)) return error;
        if (const auto error = answer()) return error;
        return finish();
    }

    SeededRandom client_random{client_seed}, server_random{server_seed};
    ClientHandshake client;
    ServerHandshake server;
    ByteVector m2, m3, m4;
};

/// A finished handshake's two ends of records.
struct Session {
    Outcome client, server;
};
inline Session session(const Mode& mode, unsigned suite) {
    Handshake handshake(mode, only(suite));
    EXPECT_EQ(handshake.shake(), error_code());
    return {handshake.client.outcome(), handshake.server.outcome()};
}

/// The MAC of a hello made anew, after it was altered: by one who knows what an honest client knows.
inline ByteVector with_mac1(Bytes altered, const Secret32& mac1_key) {
    ByteVector m1(altered.begin(), altered.end() - mac_size);
    append(m1, mac16(mac1_key, {m1}));
    return m1;
}

/// H("..." 00 || H(parts)), signed: what a signature of the handshake covers (4.4, 4.6).
inline crypto::Signature sign(const crypto::SigningKey& key, std::string_view label,
                              std::initializer_list<Bytes> parts) {
    ByteVector message(as_bytes(label).begin(), as_bytes(label).end());
    message.push_back(0);
    append(message, crypto::sha256(parts));
    return key.sign(message);
}

/// The secrets of a handshake as one of its sides has them: `own` are its shares, `peer_*` what the other one sent.
inline HandshakeSecrets secrets_of(const KeyShares& own, Suite suite, Bytes peer_x25519, Bytes peer_finite,
                                   const Secret32& imported, Bytes m1, Bytes m2) {
    const auto z = own.agree(suite.key_exchange(), peer_x25519, peer_finite);
    EXPECT_TRUE(z.has_value());
    return {imported, *z, crypto::sha256({m1, m2})};
}

/// What a server that holds the right secrets says wrongly in M3.
struct Forgery {
    std::function<void(MutableBytes)> alter = [](MutableBytes) {};  // pk_S, flags and sig_S, before fin_S is made
    std::uint8_t signer_seed = host_key_seed;
    bool right_finish = true;
};
/// M2 and M3 for the hello of a client of this mode, with a suite of X25519.
inline std::pair<ByteVector, ByteVector> forged_answer(Bytes m1, const Mode& mode, unsigned number,
                                                       const Forgery& forgery) {
    SeededRandom random(server_seed);
    const auto suite = *Suite::from_number(number);
    const KeyShares shares(only(number), random);
    ByteVector m2{2, 0, 65, suite.number()};
    m2.resize(m2.size() + 32);
    shares.append_to(m2);
    const Secret32 fixed = fixed_key();
    const Secret32 imported =
        import_fixed_key(mode.fixed ? &fixed : nullptr, mode.pin ? host_id(host_key().public_key()) : no_pin);
    const auto secrets = secrets_of(shares, suite, m1.subspan(hello_x25519_at, 32), {}, imported, m1, m2);
    const auto th1 = crypto::sha256({m1, m2});
    const crypto::SigningKey signer(secret_of(forgery.signer_seed));
    ByteVector content(signer.public_key().begin(), signer.public_key().end());
    content.push_back(0);
    append(content, sign(signer, "spc1 server", {th1, Bytes(content)}));
    forgery.alter(content);
    append(content, HandshakeSecrets::finish(secrets.server(), {th1, Bytes(content)}));
    if (!forgery.right_finish) content.back() ^= 1;
    Sealer sealer(suite.cipher(), secrets.server().duplicate());
    return {m2, *sealer.seal(Type::server, content)};
}

/// Each single bit of a message changed, or only one bit of each byte.
template <typename Check>
void for_each_flip(Bytes message, bool every_bit, Check check) {
    for (std::size_t i = 0; i < message.size() * (every_bit ? 8 : 1); ++i) {
        ByteVector altered(message.begin(), message.end());
        altered[every_bit ? i / 8 : i] ^= static_cast<std::uint8_t>(1 << i % 8);
        check(std::move(altered), i);
        if (testing::Test::HasFatalFailure()) return;
    }
}

}  // namespace sallyport::channel::native::tests
