/// Certificates that no administrator should have, and some that one should; and contexts that use them.
#pragma once

#include <memory>
#include <string>

#include "channel/tls/context.hpp"
#include "channel/tls/openssl.hpp"
#include "channel/tls/tls.hpp"
#include "tests/channel/exchange.hpp"

namespace sallyport::channel::tls::tests {

inline constexpr long hour = 3600;

struct Request {
    std::string common_name = "host.example";
    std::string alternatives{};  // "DNS:host.example,IP:192.0.2.7", as OpenSSL writes them; empty: none
    bool authority = false;
    int rsa_bits = 0;  // 0: a P-256 key
    const EVP_MD* digest = EVP_sha256();
    long valid_from = -hour;  // seconds from now
    long valid_until = hour;
};

struct Issued {
    CertificatePtr certificate;
    KeyPtr key;
    std::string certificate_pem;
    std::string key_pem;
    std::string pin;
};

/// Self-signed without an issuer.
Issued issue(const Request& request, const Issued* issuer = nullptr);

ServerSettings serving(const Issued& issued, Version version);
/// A client of that one version that trusts nobody yet.
ClientSettings asking(Version version);
/// The same, trusting whom `authority` names, and asking for host.example.
ClientSettings trusting(const Issued& authority, Version version);
void present(ClientSettings& settings, const Issued& issued);

/// These fail the test when the settings are refused.
std::shared_ptr<ServerContext> server_of(ServerSettings settings);
std::shared_ptr<ClientContext> client_of(ClientSettings settings);

/// A peer that lets everything pass which our own settings refuse.
void be_careless(Context& context);

channel::tests::Exchange exchange_between(std::shared_ptr<ClientContext> client, std::shared_ptr<ServerContext> server);
/// Ends both directions, as a relay does that has no more to do.
void end_both(channel::tests::Exchange& exchange);
/// What the client sends is what the server receives, and back.
bool carries_data(channel::tests::Exchange& exchange);

/// The two versions, for tests that hold in both.
inline constexpr Version versions[] = {Version::tls1_2, Version::tls1_3};
std::string name_of(Version version);

}  // namespace sallyport::channel::tls::tests
