#include <ostream>

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
Pair make_plain_pair() { return {make_plain(), make_plain()}; }

}  // namespace

std::vector<Kind> kinds() {
    return {
        {"tls1_3", true, make_tls1_3},
        {"tls1_2", true, make_tls1_2},
        {"plain", false, make_plain_pair},
    };
}

std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

}  // namespace sallyport::channel::tests
