#include "tests/channel/tls/certificates.hpp"

#include <openssl/pem.h>

namespace sallyport::channel::tls::tests {
namespace {

template <typename Write>
std::string text_of(Write write) {
    const BioPtr bio{BIO_new(BIO_s_mem())};
    write(bio.get());
    char* start = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &start);
    return std::string(start, static_cast<std::size_t>(size));
}

void extend(X509& certificate, int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

Issued issue(const Request& request, const Issued* issuer) {
    static long serial = 1;
    Issued issued;
    issued.key.reset(request.rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(request.rsa_bits));
    issued.certificate.reset(X509_new());
    X509& certificate = *issued.certificate;
    X509_set_version(&certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(&certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(&certificate), request.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), request.valid_until);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(&certificate), NID_commonName, MBSTRING_UTF8,
                               as_bytes(request.common_name).data(), -1, -1, 0);
    X509_set_issuer_name(&certificate, X509_get_subject_name(issuer ? issuer->certificate.get() : &certificate));
    X509_set_pubkey(&certificate, issued.key.get());
    extend(certificate, NID_basic_constraints, request.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!request.alternatives.empty()) extend(certificate, NID_subject_alt_name, request.alternatives);
    EXPECT_GT(X509_sign(&certificate, issuer ? issuer->key.get() : issued.key.get(), request.digest), 0);
    issued.certificate_pem = text_of([&](BIO* bio) { PEM_write_bio_X509(bio, &certificate); });
    issued.key_pem = text_of(
        [&](BIO* bio) { PEM_write_bio_PrivateKey(bio, issued.key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    issued.pin = spki_pin(issued.certificate_pem);
    return issued;
}

ServerSettings serving(const Issued& issued, Version version) {
    ServerSettings settings;
    settings.certificate_pem = issued.certificate_pem;
    settings.private_key_pem = SecretText(issued.key_pem);
    settings.least = settings.most = version;
    return settings;
}

ClientSettings asking(Version version) {
    ClientSettings settings;
    settings.least = settings.most = version;
    return settings;
}

ClientSettings trusting(const Issued& authority, Version version) {
    auto settings = asking(version);
    settings.ca_pem = authority.certificate_pem;
    settings.server_name = "host.example";
    return settings;
}

void present(ClientSettings& settings, const Issued& issued) {
    settings.certificate_pem = issued.certificate_pem;
    settings.private_key_pem = SecretText(issued.key_pem);
}

std::shared_ptr<ServerContext> server_of(ServerSettings settings) {
    SettingsError error;
    auto context = make_server_context(std::move(settings), error);
    EXPECT_TRUE(context) << error.sentence;
    return context;
}

std::shared_ptr<ClientContext> client_of(ClientSettings settings) {
    SettingsError error;
    auto context = make_client_context(std::move(settings), error);
    EXPECT_TRUE(context) << error.sentence;
    return context;
}

void be_careless(Context& context) {
    SSL_CTX* const ssl = context.ssl.get();
    SSL_CTX_set_security_level(ssl, 0);
    SSL_CTX_set_cipher_list(ssl, "ALL:@SECLEVEL=0");
}

channel::tests::Exchange exchange_between(std::shared_ptr<ClientContext> client,
                                          std::shared_ptr<ServerContext> server) {
    channel::tests::Exchange exchange({make_client(std::move(client)), make_server(std::move(server))});
    exchange.connect();
    return exchange;
}

void end_both(channel::tests::Exchange& exchange) {
    exchange.client->end();
    exchange.server->end();
    exchange.connect();
    EXPECT_TRUE(exchange.client->peer_ended());
    EXPECT_TRUE(exchange.server->peer_ended());
}

bool carries_data(channel::tests::Exchange& exchange) {
    if (!exchange.established()) return false;
    exchange.to_server.arrive(channel::tests::sent(*exchange.client, "up"));
    exchange.to_client.arrive(channel::tests::sent(*exchange.server, "down"));
    return exchange.to_server.take_received() == "up" && exchange.to_client.take_received() == "down";
}

std::string name_of(Version version) { return version == Version::tls1_2 ? "tls1_2" : "tls1_3"; }

}  // namespace sallyport::channel::tls::tests
