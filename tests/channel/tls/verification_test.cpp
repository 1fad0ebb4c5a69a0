/// Which servers a client believes.
#include <functional>
#include <ostream>

#include "tests/channel/tls/certificates.hpp"

namespace sallyport::channel::tls::tests {
namespace {

const Issued& authority() {
    static const Issued issued = issue({.common_name = "Test CA", .authority = true});
    return issued;
}
const Issued& other_authority() {
    static const Issued issued = issue({.common_name = "Other CA", .authority = true});
    return issued;
}

/// What the client is told to trust, given the server's certificate.
using Trust = std::function<void(ClientSettings&, const Issued&)>;

Trust ca(const Issued& (*by)(), std::string name) {
    return [by, name](ClientSettings& settings, const Issued&) {
        settings.ca_pem = by().certificate_pem;
        settings.server_name = name;
    };
}
void itself(ClientSettings& settings, const Issued& issued) {
    settings.ca_pem = issued.certificate_pem;
    settings.server_name = "host.example";
}
void its_pin(ClientSettings& settings, const Issued& issued) {
    settings.pins = {other_authority().pin, issued.pin};
    settings.server_name = "another.example";
}
void another_pin(ClientSettings& settings, const Issued&) {
    settings.pins = {other_authority().pin};
    settings.ca_pem = authority().certificate_pem;
    settings.server_name = "host.example";
}
void nothing(ClientSettings&, const Issued&) {}

struct Case {
    const char* name;
    Request certificate;
    const Issued& (*issuer)();  // null: self-signed
    Trust trust;
    error_code error;  // none: believed
    const char* peer;  // begins the proven peer's name
};

const Request host{.alternatives = "DNS:host.example"};
const Request at_addresses{.alternatives = "IP:192.0.2.7,IP:2001:db8::7"};

std::vector<Case> cases() {
    const char* by_certificate = "certificate CN=host.example";
    return {
        {"ca_and_name", host, authority, ca(authority, "host.example"), {}, by_certificate},
        {"ca_and_name_in_capitals", host, authority, ca(authority, "HOST.example"), {}, by_certificate},
        {"ca_and_wildcard",
         {.alternatives = "DNS:*.prod.example"},
         authority,
         ca(authority, "host.prod.example"),
         {},
         by_certificate},
        {"ca_and_ipv4_address", at_addresses, authority, ca(authority, "192.0.2.7"), {}, by_certificate},
        {"ca_and_ipv6_address", at_addresses, authority, ca(authority, "2001:db8::7"), {}, by_certificate},
        {"its_own_self_signed_certificate", host, nullptr, itself, {}, by_certificate},
        {"its_own_certificate_of_a_ca", host, authority, itself, {}, by_certificate},
        {"its_pin", host, nullptr, its_pin, {}, "pin sha256//"},
        {"its_pin_when_expired", {.valid_from = -2 * hour, .valid_until = -hour}, nullptr, its_pin, {}, "pin sha256//"},
        {"its_pin_with_rsa", {.rsa_bits = 2048}, nullptr, its_pin, {}, "pin sha256//"},

        {"another_ca", host, authority, ca(other_authority, "host.example"), Error::certificate_unknown, ""},
        {"a_stranger_signed_by_itself", host, nullptr, ca(authority, "host.example"), Error::certificate_unknown, ""},
        {"another_pin_though_a_ca_vouches", host, authority, another_pin, Error::certificate_unknown, ""},
        {"nobody_is_trusted", host, authority, nothing, Error::certificate_unknown, ""},
        {"another_name", host, authority, ca(authority, "mail.example"), Error::certificate_name, ""},
        {"another_address", at_addresses, authority, ca(authority, "192.0.2.8"), Error::certificate_name, ""},
        {"an_address_as_dns_name",
         {.alternatives = "DNS:192.0.2.7"},
         authority,
         ca(authority, "192.0.2.7"),
         Error::certificate_name,
         ""},
        {"expired",
         {.alternatives = "DNS:host.example", .valid_from = -2 * hour, .valid_until = -hour},
         authority,
         ca(authority, "host.example"),
         Error::certificate_expired,
         ""},
        {"not_yet_valid",
         {.alternatives = "DNS:host.example", .valid_from = hour, .valid_until = 2 * hour},
         authority,
         ca(authority, "host.example"),
         Error::certificate_expired,
         ""},
        {"short_rsa_key",
         {.alternatives = "DNS:host.example", .rsa_bits = 1024},
         authority,
         ca(authority, "host.example"),
         Error::weak_certificate,
         ""},
        {"sha1_signature",
         {.alternatives = "DNS:host.example", .digest = EVP_sha1()},
         authority,
         ca(authority, "host.example"),
         Error::weak_certificate,
         ""},
        {"its_pin_of_a_short_rsa_key", {.rsa_bits = 1024}, nullptr, its_pin, Error::weak_certificate, ""},
    };
}

class Server : public testing::TestWithParam<std::tuple<Case, Version>> {};
std::ostream& operator<<(std::ostream& out, const Case& a_case) { return out << a_case.name; }

INSTANTIATE_TEST_SUITE_P(, Server, testing::Combine(testing::ValuesIn(cases()), testing::ValuesIn(versions)),
                         [](const auto& test) {
                             return std::string(std::get<0>(test.param).name) + '_' + name_of(std::get<1>(test.param));
                         });

/// A server that shows `issued`, however weak.
std::shared_ptr<ServerContext> showing(const Issued& issued, Version version) {
    auto context = std::make_shared<ServerContext>();
    SettingsError error;
    EXPECT_TRUE(start_context(*context, TLS_server_method(), version, version, error)) << error.sentence;
    be_careless(*context);
    EXPECT_TRUE(use_own_certificate(*context, issued.certificate_pem, issued.key_pem, error)) << error.sentence;
    return context;
}

TEST_P(Server, IsBelievedOrRefused) {
    const auto& [a_case, version] = GetParam();
    const auto issued = issue(a_case.certificate, a_case.issuer != nullptr ? &a_case.issuer() : nullptr);
    auto settings = asking(version);
    a_case.trust(settings, issued);
    auto exchange = exchange_between(client_of(std::move(settings)), showing(issued, version));
    const auto info = exchange.client->info();
    EXPECT_EQ(info.offered_key, issued.pin);
    EXPECT_EQ(exchange.to_client.error(), a_case.error) << info.detail;
    if (!a_case.error) {
        EXPECT_TRUE(carries_data(exchange));
        EXPECT_EQ(info.peer.substr(0, std::string(a_case.peer).size()), a_case.peer);
    } else {
        EXPECT_FALSE(exchange.client->established());
        EXPECT_NE(info.detail, "");
        EXPECT_EQ(info.peer, "");
        EXPECT_EQ(exchange.to_server.error(), Error::handshake_failed);  // it has got the alert,
        EXPECT_NE(exchange.server->info().detail.find("alert"), std::string::npos) << exchange.server->info().detail;
    }
}

TEST(ServerName, OfAKindThatIsNoHostIsRefusedAsSetting) {
    auto settings = trusting(authority(), Version::tls1_3);
    for (const auto& name : {std::string(), std::string("host\0.example", 13), std::string(300, 'a')}) {
        auto tried = trusting(authority(), Version::tls1_3);
        tried.server_name = name;
        SettingsError error;
        EXPECT_EQ(make_client_context(std::move(tried), error), nullptr) << name;
        EXPECT_NE(error.sentence.find("name"), std::string::npos) << error.sentence;
    }
}

TEST(ServerName, IsSentOnlyWhenItIsADnsName) {
    const auto issued = issue({.alternatives = "DNS:host.example,IP:192.0.2.7"}, &authority());
    for (const std::string name : {"host.example", "192.0.2.7"}) {
        auto settings = trusting(authority(), Version::tls1_3);
        settings.server_name = name;
        const auto hello = make_client(client_of(std::move(settings)))->take_pending();
        EXPECT_EQ(as_text(hello).find(name) != std::string::npos, name == "host.example");
    }
}

TEST(ServerName, AnAddressAsSniIsAcceptedByTheServer) {
    const auto issued = issue(host, &authority());
    for (const auto version : versions) {
        const auto client = client_of(trusting(authority(), version));
        client->sni = "192.0.2.7";  // some old clients send it, against RFC 6066
        auto exchange = exchange_between(client, server_of(serving(issued, version)));
        EXPECT_TRUE(carries_data(exchange));
    }
}

TEST(Chain, IsShownWithItsIntermediates) {
    const auto intermediate = issue({.common_name = "Intermediate", .authority = true}, &authority());
    const auto issued = issue(host, &intermediate);
    auto settings = serving(issued, Version::tls1_3);
    EXPECT_EQ(exchange_between(client_of(trusting(authority(), Version::tls1_3)), server_of(std::move(settings)))
                  .to_client.error(),
              Error::certificate_unknown);
    settings = serving(issued, Version::tls1_3);
    settings.certificate_pem += intermediate.certificate_pem;
    auto exchange = exchange_between(client_of(trusting(authority(), Version::tls1_3)), server_of(std::move(settings)));
    EXPECT_TRUE(carries_data(exchange)) << exchange.client->info().detail;
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
