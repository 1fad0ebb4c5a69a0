#include <ostream>

#include "channel/native/control.hpp"
#include "channel/native/data_channel.hpp"
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
/// Settings of a native entry's two sides that fit each other.
struct Native {
    Native(std::string_view label, std::string_view suite) {
        auto key = std::make_shared<const crypto::SigningKey>(Secret32{});
        native::ClientSettings client_says;
        client_says.label = label;
        client_says.offers.insert(*Suite::from_text(suite));
        client_says.pin = key->public_key();
        native::ServerSettings server_says;
        server_says.label = label;
        server_says.host_keys = {std::move(key)};
        admission = {client_says.offers, true, {}};
        client = std::make_shared<const native::ClientSettings>(std::move(client_says));
        server = std::make_shared<const native::ServerContext>(std::move(server_says));
    }
    std::shared_ptr<const native::ClientSettings> client;
    std::shared_ptr<const native::ServerContext> server;
    native::Admission admission;
    static inline crypto::SystemRandom random;
};

Pair make_native_pair(std::string_view suite) {
    const Native sides("TOP", suite);
    return {native::make_client(sides.client, sides.random),
            native::make_server(sides.server, sides.admission, sides.random)};
}

Pair make_control_pair(std::string_view suite) {
    const Native sides("FTP", suite);
    return {native::make_control_client(sides.client, sides.random),
            native::make_control_server(sides.server, sides.admission, sides.random)};
}

/// A data channel whose opening the driver has just taken: the answer is pending at the server's end.
Pair make_data_pair(std::string_view suite) {
    const Native sides("FTP", suite);
    auto client = native::make_control_client(sides.client, sides.random);
    auto server = native::make_control_server(sides.server, sides.admission, sides.random);
    Inbox to_client(*client), to_server(*server);
    settle(*client, to_client, *server, to_server);
    native::TokenStore tokens;
    auto data_client = client->open_data(server->grant(tokens, 1, sides.random), sides.random);
    auto accepted = tokens.take(data_client->take_pending(), sides.random);
    return {std::move(data_client), native::make_data_server(std::move(*accepted))};
}

Pair make_native_aes256() { return make_native_pair("AES256,X25519"); }
Pair make_native_chacha20() { return make_native_pair("CHACHA20,X25519"); }
Pair make_native_des168() { return make_native_pair("DES168,DH1024"); }
Pair make_native_control() { return make_control_pair("AES256,X25519"); }
Pair make_native_data_aes256() { return make_data_pair("AES256,X25519"); }
Pair make_native_data_chacha20() { return make_data_pair("CHACHA20,X25519"); }
Pair make_native_data_des168() { return make_data_pair("DES168,X25519"); }
Pair make_plain_pair() { return {make_plain(), make_plain()}; }

}  // namespace

std::vector<Kind> kinds() {
    return {
        {"native_aes256_x25519", true, make_native_aes256, Error::no_answer},
        {"native_chacha20_x25519", true, make_native_chacha20, Error::no_answer},
        {"native_des168_dh1024", true, make_native_des168, Error::no_answer},
        {"native_control_aes256_x25519", true, make_native_control, Error::no_answer},
        {"native_data_aes256", true, make_native_data_aes256},
        {"native_data_chacha20", true, make_native_data_chacha20},
        {"native_data_des168", true, make_native_data_des168},
        {"tls1_3", true, make_tls1_3},
        {"tls1_2", true, make_tls1_2},
        {"plain", false, make_plain_pair},
    };
}

std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

}  // namespace sallyport::channel::tests
