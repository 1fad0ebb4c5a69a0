#include "channel/native/key_schedule.hpp"

#include <boost/container/static_vector.hpp>

namespace sallyport::channel::native {
namespace {

using namespace std::string_view_literals;

Secret32 to_secret(crypto::Digest digest) {
    Secret32 secret(digest);
    wipe(digest);
    return secret;
}

}  // namespace

void expand_label(const Secret32& secret, std::string_view label, Bytes context, MutableBytes output) {
    constexpr auto prefix = "spc1 "sv;
    boost::container::static_vector<std::uint8_t, 80> info;  // labels have at most 16 characters, contexts 32 bytes
    const auto add = [&](Bytes bytes) { info.insert(info.end(), bytes.begin(), bytes.end()); };
    info.push_back(static_cast<std::uint8_t>(output.size() >> 8));
    info.push_back(static_cast<std::uint8_t>(output.size()));
    info.push_back(static_cast<std::uint8_t>(prefix.size() + label.size()));
    add(as_bytes(prefix));
    add(as_bytes(label));
    info.push_back(static_cast<std::uint8_t>(context.size()));
    add(context);
    crypto::hkdf_expand(secret.bytes(), Bytes(info.data(), info.size()), output);
}

Secret32 derive(const Secret32& secret, std::string_view label, Bytes context) {
    Secret32 derived;
    expand_label(secret, label, context, derived.writable());
    return derived;
}

std::array<std::uint8_t, 16> mac16(const Secret32& key, std::initializer_list<Bytes> parts) {
    const auto whole = crypto::hmac_sha256(key.bytes(), parts);
    std::array<std::uint8_t, 16> first;
    std::copy_n(whole.begin(), first.size(), first.begin());
    return first;
}

HostId host_id(const crypto::PublicKey& host_key) { return crypto::sha256({as_bytes("spc1 host id\0"sv), host_key}); }

std::string fingerprint(const crypto::PublicKey& host_key) {
    std::string text;
    const HostId id = host_id(host_key);
    for (std::size_t group = 0; group < 8; ++group) {
        if (group > 0) text += '-';
        text += to_hex(Bytes(id).subspan(group * 2, 2));
    }
    return text;
}

Secret32 import_fixed_key(const Secret32* fixed, const HostId& host) {
    if (fixed == nullptr) return Secret32{};
    std::array<std::uint8_t, 64> input;
    std::copy(fixed->bytes().begin(), fixed->bytes().end(), input.begin());
    std::copy(host.begin(), host.end(), input.begin() + 32);
    Secret32 imported = crypto::hkdf_extract(as_bytes("spc1 fixed key"sv), input);
    wipe(input);
    return imported;
}

Secret32 mac1_key_of_fixed(const Secret32& imported) { return derive(imported, "mac1"); }

Secret32 mac1_key_of_host(const crypto::PublicKey& host_key) {
    return to_secret(crypto::sha256({as_bytes("spc1 mac1\0"sv), host_key}));
}

HandshakeSecrets::HandshakeSecrets(const Secret32& imported, Bytes z, const crypto::Digest& th1)
    : handshake_(crypto::hkdf_extract(derive(imported, "kex").bytes(), z)),
      client_(derive(handshake_, "c hs", th1)),
      server_(derive(handshake_, "s hs", th1)) {}

crypto::Digest HandshakeSecrets::finish(const Secret32& secret, std::initializer_list<Bytes> transcript) {
    return crypto::hmac_sha256(derive(secret, "fin").bytes(), {crypto::sha256(transcript)});
}

HandshakeSecrets::Application HandshakeSecrets::application(const crypto::Digest& th3) {
    Application keys{derive(handshake_, "c ap", th3), derive(handshake_, "s ap", th3), derive(handshake_, "exp", th3)};
    handshake_ = Secret32{};
    client_ = Secret32{};
    server_ = Secret32{};
    return keys;
}

}  // namespace sallyport::channel::native
