/// What administrators are told about their certificates and keys, and the certificate that a daemon makes itself.
#include <openssl/pem.h>

#include <functional>
#include <ostream>

#include "channel/tls/pem.hpp"
#include "tests/channel/tls/certificates.hpp"

namespace sallyport::channel::tls::tests {
namespace {

std::string encrypted(const Issued& issued) {
    const BioPtr bio{BIO_new(BIO_s_mem())};
    const std::string passphrase = "secret";
    PEM_write_bio_PKCS8PrivateKey(bio.get(), issued.key.get(), EVP_aes_256_cbc(), passphrase.data(),
                                  static_cast<int>(passphrase.size()), nullptr, nullptr);
    char* start = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &start);
    return std::string(start, static_cast<std::size_t>(size));
}

struct Fault {
    const char* name;
    std::function<void(ServerSettings&, const Issued&)> make;
    const char* sentence;  // is in what is said
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.name; }

const Fault faults[] = {
    {"no_certificate", [](auto& s, auto&) { s.certificate_pem.clear(); }, "the certificate is not PEM"},
    {"certificate_not_pem", [](auto& s, auto&) { s.certificate_pem = "host.crt"; }, "the certificate is not PEM"},
    {"second_certificate_damaged",
     [](auto& s, auto&) { s.certificate_pem += "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"; },
     "the certificate is not PEM"},
    {"no_key", [](auto& s, auto&) { s.private_key_pem = {}; }, "the private key is not PEM"},
    {"certificate_for_key", [](auto& s, auto& i) { s.private_key_pem = SecretText(i.certificate_pem); },
     "the private key is not PEM"},
    {"encrypted_key", [](auto& s, auto& i) { s.private_key_pem = SecretText(encrypted(i)); }, "without a passphrase"},
    {"key_of_another_certificate", [](auto& s, auto&) { s.private_key_pem = SecretText(issue({}).key_pem); },
     "the private key does not belong to the certificate"},
    {"key_of_another_kind", [](auto& s, auto&) { s.private_key_pem = SecretText(issue({.rsa_bits = 2048}).key_pem); },
     "the private key does not belong to the certificate"},
    {"weak_key",
     [](auto& s, auto&) {
         const auto weak = issue({.rsa_bits = 1024});
         s.certificate_pem = weak.certificate_pem;
         s.private_key_pem = SecretText(weak.key_pem);
     },
     "key too small"},
    {"client_ca_not_pem", [](auto& s, auto&) { s.client_ca_pem = "ca.crt"; }, "the client CA holds no certificate"},
    {"versions_in_reverse", [](auto& s, auto&) { s.least = Version::tls1_3, s.most = Version::tls1_2; }, "version"},
};

class ServerSettingsFault : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(, ServerSettingsFault, testing::ValuesIn(faults),
                         [](const auto& test) { return test.param.name; });

TEST_P(ServerSettingsFault, IsSaidInASentence) {
    const auto issued = issue({});
    auto settings = serving(issued, Version::tls1_3);
    GetParam().make(settings, issued);
    SettingsError error;
    EXPECT_EQ(make_server_context(std::move(settings), error), nullptr);
    EXPECT_NE(error.sentence.find(GetParam().sentence), std::string::npos) << error.sentence;
}

TEST(ClientSettings, AreCheckedWhenTheContextIsMade) {
    const auto issued = issue({});
    const std::pair<std::function<void(ClientSettings&)>, const char*> client_faults[] = {
        {[](auto& s) { s.pins = {"sha256//short="}; }, "the pin 'sha256//short='"},
        {[&](auto& s) {
             s.pins = {issued.pin, issued.pin.substr(8)};
         },
         "the pin '"},
        {[](auto& s) { s.ca_pem = "ca.crt"; }, "the CA holds no certificate"},
        {[&](auto& s) { s.certificate_pem = issued.certificate_pem; }, "the private key is not PEM"},
        {[&](auto& s) { s.private_key_pem = SecretText(issued.key_pem); }, "the certificate is not PEM"},
    };
    for (const auto& [make, sentence] : client_faults) {
        ClientSettings settings;
        make(settings);
        SettingsError error;
        EXPECT_EQ(make_client_context(std::move(settings), error), nullptr);
        EXPECT_NE(error.sentence.find(sentence), std::string::npos) << error.sentence;
    }
}

TEST(SelfSigned, ServesTheHostItIsFor) {
    for (const std::string host : {"host.example", "192.0.2.7", "2001:db8::7"}) {
        auto credentials = make_self_signed(host);
        ClientSettings client;
        client.ca_pem = credentials.certificate_pem;
        client.server_name = host;
        ServerSettings server;
        server.certificate_pem = credentials.certificate_pem;
        server.private_key_pem = std::move(credentials.private_key_pem);
        const auto the_server = server_of(std::move(server));
        auto exchange = exchange_between(client_of(std::move(client)), the_server);
        EXPECT_TRUE(carries_data(exchange)) << host << ": " << exchange.client->info().detail;
        EXPECT_EQ(exchange.client->info().peer, "certificate CN=" + host);

        ClientSettings other;
        other.ca_pem = credentials.certificate_pem;
        other.server_name = "other.example";
        EXPECT_EQ(exchange_between(client_of(std::move(other)), the_server).to_client.error(), Error::certificate_name);
    }
}

TEST(SelfSigned, IsNewEachTimeAndLastsTenYears) {
    const auto one = read_certificates(make_self_signed("host.example").certificate_pem);
    const auto two = read_certificates(make_self_signed("host.example").certificate_pem);
    ASSERT_EQ(one.size(), 1u);
    EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(one[0].get()), X509_get0_serialNumber(two[0].get())), 0);
    EXPECT_NE(pin_of(*one[0]), pin_of(*two[0]));
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(one[0].get()));
    EXPECT_GE(days, 3650);
    EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(one[0].get())), 0);
}

TEST(SelfSigned, TakesALongNameAndRefusesNone) {
    const auto long_name = std::string(63, 'a') + ".example";
    EXPECT_NE(make_self_signed(long_name).certificate_pem, "");
    EXPECT_EQ(make_self_signed("").certificate_pem, "");
}

// By: openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | openssl base64
TEST(Pin, IsWhatTheOpensslToolSays) {
    const char* certificate = R"(-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUKWbbZWwfxawdN45tFjCPLI1ONJIwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMaG9zdC5leGFtcGxlMB4XDTI2MTEyNDE1MzA1OVoXDTM2MTEy
MTE1MzA1OVowFzEVMBMGA1UEAwwMaG9zdC5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEeYOfIwRhya18A+A0XXGhhTHBTJs8kenx/iLUYypL3XJTsxzx
cB2t3RJ2xymniDNlNC0LGaa2H4WEx4Sv5DGj9qNTMFEwHQYDVR0OBBYEFJTcnmKo
udNiUHSUzRpVNzienN4bMB8GA1UdIwQYMBaAFJTcnmKoudNiUHSUzRpVNzienN4b
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgcRBQiEO6LhI2Z9uR
t/fd6FYQlzsXuy9nHKoL20+pgzQCIQDhSiLLLvPgcsnAFXtVmXnet+p69eBclWIT
2Pq5GjBdLA==
-----END CERTIFICATE-----
)";
    EXPECT_EQ(spki_pin(certificate), "sha256//WE8v2VVOmDdIoMDQ1KQtRdAkNt8zevytk6Jd+99rYTs=");
    EXPECT_EQ(spki_pin(std::string("subject=CN = host\n") + certificate + certificate),
              "sha256//WE8v2VVOmDdIoMDQ1KQtRdAkNt8zevytk6Jd+99rYTs=");
    EXPECT_EQ(spki_pin(""), "");
    EXPECT_EQ(spki_pin({}), "");
    EXPECT_EQ(spki_pin("no certificate"), "");
}

}  // namespace
}  // namespace sallyport::channel::tls::tests
