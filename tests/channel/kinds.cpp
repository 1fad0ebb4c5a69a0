#include <ostream>

#include "channel/native/native.hpp"
#include "channel/tls/tls.hpp"
#include "tests/channel/contract.hpp"

namespace sallyport::channel::tests {
namespace {

Pair make_tls_pair(tls::Version version) {
    auto credentials = tls::make_self_signed("host.example");
    tls::ClientSettings client;
    client.pins = {tls::spki_pin(credentials.certificate_pem)};
    client.least = client.most = version;
    tls::ServerSettings server;
    server.certificate_pem = std::move(credentials.certificate_pem);
    server.private_key_pem = std::move(credentials.private_key_pem);
    tls::SettingsError error;
    return {tls::make_client(tls::make_client_context(std::move(client), error)),
            tls::make_server(tls::make_server_context(std::move(server), error))};
}

Pair make_tls1_2() { return make_tls_pair(tls::Version::tls1_2); }
Pair make_tls1_3() { return make_tls_pair(tls::Version::tls1_3); }
Pair make_native_pair(std::string_view suite) {
    static crypto::SystemRandom random;
    auto key = std::make_shared<const crypto::SigningKey>(Secret32{});
    native::ClientSettings client;
    client.label = "TOP";
    client.offers.insert(*Suite::from_text(suite));
    client.pin = key->public_key();
    native::ServerSettings server;
    server.label = "TOP";
    server.host_keys = {std::move(key)};
    const native::Admission admission{client.offers, true, {}};
    return {native::make_client(std::make_shared<const native::ClientSettings>(std::move(client)), random),
            native::make_server(std::make_shared<const native::ServerContext>(std::move(server)), admission, random)};
}

Pair make_native_aes256() { return make_native_pair("AES256,X25519"); }
Pair make_native_chacha20() { return make_native_pair("CHACHA20,X25519"); }
Pair make_native_des168() { return make_native_pair("DES168,DH1024"); }
Pair make_plain_pair() { return {make_plain(), make_plain()}; }

}  // namespace

std::vector<Kind> kinds() {
    return {
        {"native_aes256_x25519", true, make_native_aes256, Error::no_answer},
        {"native_chacha20_x25519", true, make_native_chacha20, Error::no_answer},
        {"native_des168_dh1024", true, make_native_des168, Error::no_answer},
        {"tls1_3", true, make_tls1_3},
        {"tls1_2", true, make_tls1_2},
        {"plain", false, make_plain_pair},
    };
}

std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

}  // namespace sallyport::channel::tests
