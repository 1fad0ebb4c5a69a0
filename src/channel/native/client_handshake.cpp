#include <algorithm>
#include <cassert>

#include "channel/native/handshake.hpp"

namespace sallyport::channel::native {
namespace {

using namespace std::string_view_literals;

error_code refused_by_host(std::uint8_t code) {
    switch (static_cast<Refusal>(code)) {
        case Refusal::no_common_suite:
            return Error::refused_suite;
        case Refusal::wrong_label:
            return Error::refused_label;
        case Refusal::busy:
            return Error::refused_busy;
        case Refusal::legacy_not_allowed:
            return Error::refused_legacy;
    }
    return Error::refused_unknown;
}

std::size_t finite_share_size(KeyExchange exchange) {
    switch (exchange) {
        case KeyExchange::dh2048:
            return ffdhe2048_size;
        case KeyExchange::dh1024:
            return modp1024_size;
        case KeyExchange::x25519:
            break;
    }
    return 0;
}

/// M3's content (4): pk_S[32] | flags u8 | sig_S[64] | fin_S[32].
struct ServerContent {
    Bytes host_key, signed_part, flags, signature, finished_part, finish;
    explicit ServerContent(Bytes content)
        : host_key(content.first(32)),
          signed_part(content.first(33)),
          flags(content.subspan(32, 1)),
          signature(content.subspan(33, 64)),
          finished_part(content.first(97)),
          finish(content.subspan(97)) {}
};

}  // namespace

ClientHandshake::ClientHandshake(std::shared_ptr<const ClientSettings> settings, crypto::Random& random)
    : settings_(std::move(settings)), shares_([&] {
          // The hello's random comes first: vectors are drawn in the order of the message.
          m1_.assign(magic.begin(), magic.end());
          m1_.resize(hello_host_id_at);
          random.fill(MutableBytes(m1_).subspan(hello_random_at));
          return KeyShares(settings_->offers, random);
      }()) {
    assert(settings_->pin || settings_->fixed_key);
    const HostId host = settings_->pin ? host_id(*settings_->pin) : no_pin;
    append(m1_, host);
    append(m1_, as_bytes(settings_->label));
    m1_.resize(hello_offers_at + 2);  // the label is padded with zero bytes
    put_u16(MutableBytes(m1_).subspan(hello_offers_at), settings_->offers.mask());
    shares_.append_to(m1_);
    m1_[magic.size()] = static_cast<std::uint8_t>(Type::hello);
    put_u16(MutableBytes(m1_).subspan(magic.size() + 1),
            static_cast<std::uint16_t>(m1_.size() + mac_size - magic.size() - header_size));

    const Secret32* fixed = settings_->fixed_key ? &*settings_->fixed_key : nullptr;
    imported_ = import_fixed_key(fixed, host);
    const Secret32 mac1_key = fixed != nullptr ? mac1_key_of_fixed(imported_) : mac1_key_of_host(*settings_->pin);
    append(m1_, mac16(mac1_key, {m1_}));
}

ClientHandshake::~ClientHandshake() = default;

std::optional<std::size_t> ClientHandshake::answer_size(Bytes header) {
    const std::size_t length = get_u16(header.subspan(1));
    if (header[0] == static_cast<std::uint8_t>(Type::refuse)) {
        return length == 1 ? std::optional(header_size + length) : std::nullopt;
    }
    if (header[0] != static_cast<std::uint8_t>(Type::answer)) return std::nullopt;
    const auto suite = Suite::from_number(header[header_size]);
    if (!suite || length != answer_body_least + finite_share_size(suite->key_exchange())) return std::nullopt;
    return header_size + length;
}

error_code ClientHandshake::take_answer(Bytes m2) {
    const Bytes body = m2.subspan(header_size);
    if (m2[0] == static_cast<std::uint8_t>(Type::refuse)) return refused_by_host(body[0]);
    suite_ = Suite::from_number(body[0]);
    if (!suite_ || !settings_->offers.contains(*suite_)) return Error::bad_answer;
    auto z = shares_.agree(suite_->key_exchange(), body.subspan(33, 32), body.subspan(answer_body_least));
    if (!z) return z.error();
    m2_.assign(m2.begin(), m2.end());
    secrets_.emplace(imported_, *z, crypto::sha256({m1_, m2_}));
    wipe(*z);
    imported_ = Secret32{};
    return {};
}

Result<ByteVector> ClientHandshake::take_server(MutableBytes m3) {
    m3_.assign(m3.begin(), m3.end());  // as it was sent: it is part of the transcript
    Opener opener(suite_->cipher(), Secret32(secrets_->server().duplicate()));
    const auto opened = opener.open(m3);
    if (!opened) return opened.error();
    const ServerContent content{Bytes(*opened)};
    const std::uint8_t flags = content.flags[0];
    if (flags > 1) return make_error_code(Error::bad_answer);
    std::copy(content.host_key.begin(), content.host_key.end(), host_key_.begin());
    if (settings_->pin) {
        if (!equal_in_constant_time(host_key_, *settings_->pin)) return make_error_code(Error::wrong_host_key);
    } else {
        const auto& own = settings_->own_host_keys;
        if (std::find(own.begin(), own.end(), host_key_) != own.end()) return make_error_code(Error::own_host_key);
    }
    const auto th1 = crypto::sha256({m1_, m2_});
    ByteVector message(as_bytes("spc1 server\0"sv).begin(), as_bytes("spc1 server\0"sv).end());
    append(message, crypto::sha256({th1, content.signed_part}));
    if (!crypto::verify(host_key_, message, content.signature)) return make_error_code(Error::bad_signature);
    if (!equal_in_constant_time(HandshakeSecrets::finish(secrets_->server(), {th1, content.finished_part}),
                                content.finish)) {
        return make_error_code(Error::bad_finish);
    }

    const auto th2 = crypto::sha256({m1_, m2_, m3_});
    ByteVector identity(96);  // pk_C and sig_C; zero bytes when no key is wanted, or none is there (4.6)
    if (flags == 1 && settings_->client_key) {
        const auto& key = *settings_->client_key;
        ByteVector to_sign(as_bytes("spc1 client\0"sv).begin(), as_bytes("spc1 client\0"sv).end());
        append(to_sign, crypto::sha256({th2, key.public_key()}));
        const auto signature = key.sign(to_sign);
        std::copy(key.public_key().begin(), key.public_key().end(), identity.begin());
        std::copy(signature.begin(), signature.end(), identity.begin() + 32);
    }
    append(identity, HandshakeSecrets::finish(secrets_->client(), {th2, Bytes(identity)}));
    Sealer sealer(suite_->cipher(), secrets_->client().duplicate());
    auto m4 = sealer.seal(Type::client, identity);
    if (!m4) return m4.error();
    auto keys = secrets_->application(crypto::sha256({m1_, m2_, m3_, *m4}));
    secrets_.reset();
    outcome_.emplace(Outcome{*suite_, Sealer(suite_->cipher(), std::move(keys.client)),
                             Opener(suite_->cipher(), std::move(keys.server)), std::move(keys.exporter), host_key_,
                             "host key " + fingerprint(host_key_)});
    return m4;
}

Outcome ClientHandshake::outcome() { return std::move(*outcome_); }

}  // namespace sallyport::channel::native
