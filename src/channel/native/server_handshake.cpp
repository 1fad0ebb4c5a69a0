#include <algorithm>
#include <cassert>

#include "channel/native/handshake.hpp"

namespace sallyport::channel::native {
namespace {

using namespace std::string_view_literals;

/// A hello, taken apart at fixed offsets: all that is done for a stranger (18.1).
struct Hello {
    Bytes host_id, label, x25519, shares, before_mac, mac;
    std::uint16_t offers;

    explicit Hello(Bytes m1)
        : host_id(m1.subspan(hello_host_id_at, 32)),
          label(m1.subspan(hello_label_at, max_label_size)),
          x25519(m1.subspan(hello_x25519_at, 32)),
          shares(m1.subspan(hello_shares_at, m1.size() - hello_shares_at - mac_size)),
          before_mac(m1.first(m1.size() - mac_size)),
          mac(m1.last(mac_size)),
          offers(get_u16(m1.subspan(hello_offers_at))) {}

    /// The label without its padding; nothing when it is none.
    std::optional<std::string_view> label_text() const {
        const auto text = as_text(label);
        const auto end = std::min(text.find('\0'), text.size());
        if (!is_label(text.substr(0, end))) return std::nullopt;
        if (text.find_first_not_of('\0', end) != std::string_view::npos) return std::nullopt;
        return text.substr(0, end);
    }

    /// The share for `exchange`; the hello has one for each group that it offers, the larger group first.
    Bytes finite_share(SuiteSet offered, KeyExchange exchange) const {
        const std::size_t first = offered.needs(KeyExchange::dh2048) ? ffdhe2048_size : 0;
        switch (exchange) {
            case KeyExchange::dh2048:
                return shares.first(ffdhe2048_size);
            case KeyExchange::dh1024:
                return shares.subspan(first, modp1024_size);
            case KeyExchange::x25519:
                break;
        }
        return {};
    }
};

std::size_t shares_size(SuiteSet offers) {
    return (offers.needs(KeyExchange::dh2048) ? ffdhe2048_size : 0) +
           (offers.needs(KeyExchange::dh1024) ? modp1024_size : 0);
}

bool is_framed(Bytes m1) {
    if (m1.size() < magic.size() + header_size + hello_body_least || m1.size() > hello_most) return false;
    if (!std::equal(magic.begin(), magic.end(), m1.begin())) return false;
    return m1[magic.size()] == static_cast<std::uint8_t>(Type::hello) &&
           get_u16(m1.subspan(magic.size() + 1)) == m1.size() - magic.size() - header_size;
}

}  // namespace

ServerContext::ServerContext(ServerSettings settings) : settings_(std::move(settings)) {
    assert(!settings_.host_keys.empty());
    for (const auto& host_key : settings_.host_keys) {
        const HostId own = host_id(host_key->public_key());
        if (settings_.fixed_keys.empty()) {
            candidates_.push_back(
                {own, host_key.get(), import_fixed_key(nullptr, own), mac1_key_of_host(host_key->public_key()), {}});
        }
        for (const auto& fixed : settings_.fixed_keys) {
            for (const HostId& named : {own, no_pin}) {
                if (named == no_pin && host_key != settings_.host_keys.front()) continue;
                Secret32 imported = import_fixed_key(&fixed.key, named);
                Secret32 mac1_key = mac1_key_of_fixed(imported);
                candidates_.push_back({named, host_key.get(), std::move(imported), std::move(mac1_key), fixed.name});
            }
        }
    }
}

ServerHandshake::ServerHandshake(std::shared_ptr<const ServerContext> context, crypto::Random& random)
    : context_(std::move(context)), random_(random) {}
ServerHandshake::~ServerHandshake() = default;

Result<ByteVector> ServerHandshake::take_hello(Bytes m1, const Admission& admission) {
    if (!is_framed(m1)) return make_error_code(Error::stranger);
    const Hello hello(m1);
    for (const auto& candidate : context_->candidates()) {
        if (!std::equal(hello.host_id.begin(), hello.host_id.end(), candidate.host_id.begin())) continue;
        if (equal_in_constant_time(mac16(candidate.mac1_key, {hello.before_mac}), hello.mac)) candidate_ = &candidate;
    }
    if (candidate_ == nullptr) return make_error_code(Error::stranger);
    const auto offers = SuiteSet::from_mask(hello.offers);
    const auto label = hello.label_text();
    if (!offers || offers->empty() || hello.shares.size() != shares_size(*offers) || !label) {
        return make_error_code(Error::stranger);
    }

    if (*label != context_->settings().label) return make_error_code(Error::wrong_label);
    if (!admission.has_capacity) return make_error_code(Error::busy);
    suite_ = (*offers & admission.allowed).first();
    if (!suite_) {
        const bool modern = !(*offers & SuiteSet::modern()).empty();
        return make_error_code(modern ? Error::no_common_suite : Error::legacy_suites_refused);
    }

    // M2: suite u8 | server_random[32] | x25519[32] | ff
    ByteVector m2{static_cast<std::uint8_t>(Type::answer), 0, 0, suite_->number()};
    m2.resize(m2.size() + 32);
    random_.fill(MutableBytes(m2).last(32));
    SuiteSet chosen;
    chosen.insert(*suite_);
    const KeyShares shares(chosen, random_);
    shares.append_to(m2);
    put_u16(MutableBytes(m2).subspan(1), static_cast<std::uint16_t>(m2.size() - header_size));
    auto z = shares.agree(suite_->key_exchange(), hello.x25519, hello.finite_share(*offers, suite_->key_exchange()));
    if (!z) return z.error();

    // M3: pk_S[32] | flags u8 | sig_S[64] | fin_S[32], sealed under s_hs
    const auto th1 = crypto::sha256({m1, m2});
    secrets_.emplace(candidate_->imported, *z, th1);
    wipe(*z);
    const auto& host_key = *candidate_->host_key;
    ByteVector content(host_key.public_key().begin(), host_key.public_key().end());
    content.push_back(context_->settings().client_keys ? 1 : 0);
    ByteVector to_sign(as_bytes("spc1 server\0"sv).begin(), as_bytes("spc1 server\0"sv).end());
    append(to_sign, crypto::sha256({th1, content}));
    append(content, host_key.sign(to_sign));
    append(content, HandshakeSecrets::finish(secrets_->server(), {th1, Bytes(content)}));
    Sealer sealer(suite_->cipher(), secrets_->server().duplicate());
    const auto m3 = sealer.seal(Type::server, content);
    if (!m3) return m3.error();

    ByteVector reply = std::move(m2);
    append(reply, *m3);
    transcript_.assign(m1.begin(), m1.end());
    append(transcript_, reply);
    return reply;
}

error_code ServerHandshake::check_client(Bytes content, const crypto::Digest& th2) {
    const Bytes key = content.first(32), signature = content.subspan(32, 64);
    const auto& known = context_->settings().client_keys;
    if (!known) {
        const bool silent = std::all_of(content.begin(), content.begin() + 96, [](auto byte) { return byte == 0; });
        return silent ? error_code{} : Error::bad_finish;
    }
    const auto named = std::find_if(known->begin(), known->end(), [&](const ClientKey& k) {
        return std::equal(key.begin(), key.end(), k.key.begin());
    });
    if (named == known->end()) return Error::client_key_refused;
    ByteVector message(as_bytes("spc1 client\0"sv).begin(), as_bytes("spc1 client\0"sv).end());
    append(message, crypto::sha256({th2, key}));
    if (!crypto::verify(named->key, message, signature)) return Error::client_key_refused;
    peer_ = "client key " + named->name;
    return {};
}

error_code ServerHandshake::take_client(MutableBytes m4) {
    const auto th2 = crypto::sha256({transcript_});
    append(transcript_, m4);
    Opener opener(suite_->cipher(), secrets_->client().duplicate());
    const auto opened = opener.open(m4);
    if (!opened) return opened.error();
    const Bytes content = *opened;
    if (!equal_in_constant_time(HandshakeSecrets::finish(secrets_->client(), {th2, content.first(96)}),
                                content.subspan(96))) {
        return Error::bad_finish;
    }
    if (!candidate_->fixed_key_name.empty()) peer_ = "fixed key " + candidate_->fixed_key_name;
    const error_code judged = check_client(content, th2);
    if (judged && judged != Error::client_key_refused) return judged;
    auto keys = secrets_->application(crypto::sha256({transcript_}));
    secrets_.reset();
    outcome_.emplace(Outcome{*suite_, Sealer(suite_->cipher(), std::move(keys.server)),
                             Opener(suite_->cipher(), std::move(keys.client)), std::move(keys.exporter),
                             candidate_->host_key->public_key(), peer_});
    return judged;
}

Outcome ServerHandshake::outcome() { return std::move(*outcome_); }

std::optional<Refusal> refusal_of(const error_code& error) {
    if (error == Error::no_common_suite) return Refusal::no_common_suite;
    if (error == Error::wrong_label) return Refusal::wrong_label;
    if (error == Error::busy) return Refusal::busy;
    if (error == Error::legacy_suites_refused) return Refusal::legacy_not_allowed;
    return std::nullopt;
}

}  // namespace sallyport::channel::native
