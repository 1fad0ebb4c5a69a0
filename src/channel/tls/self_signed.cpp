#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <string>

#include "channel/tls/openssl.hpp"
#include "channel/tls/tls.hpp"
#include "crypto/random.hpp"

namespace sallyport::channel::tls {
namespace {

constexpr long day = 24 * 60 * 60;
constexpr long valid_from = -day;  // a workstation's clock may be slow
constexpr long valid_until = 3652 * day;
constexpr std::size_t max_common_name = 64;  // RFC 5280, appendix A.1: ub-common-name

using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>>;
using ConstraintsPtr = std::unique_ptr<BASIC_CONSTRAINTS, FreedBy<BASIC_CONSTRAINTS_free>>;

/// The subject's alternative name, of its right kind: clients look for addresses in iPAddress alone.
NamesPtr alternative_name(const std::string& host) {
    NamesPtr names{GENERAL_NAMES_new()};
    GENERAL_NAME* const name = GENERAL_NAME_new();
    sk_GENERAL_NAME_push(names.get(), name);
    if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str())) {
        GENERAL_NAME_set0_value(name, GEN_IPADD, address);
        return names;
    }
    ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, host.data(), static_cast<int>(host.size()));
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    return names;
}

bool fill(X509& certificate, EVP_PKEY& key, const std::string& host) {
    std::array<std::uint8_t, 8> random;
    crypto::SystemRandom().fill(random);
    std::uint64_t serial = 0;
    for (const auto byte : random) serial = serial << 8 | byte;

    X509_set_version(&certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(&certificate), valid_from);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), valid_until);
    X509_set_pubkey(&certificate, &key);

    X509_NAME* const name = X509_get_subject_name(&certificate);
    const auto common_name = as_bytes(std::string_view(host).substr(0, max_common_name));
    if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, common_name.data(),
                                   static_cast<int>(common_name.size()), -1, 0) != 1) {
        return false;
    }
    X509_set_issuer_name(&certificate, name);
    const ConstraintsPtr no_authority{BASIC_CONSTRAINTS_new()};
    return X509_add1_ext_i2d(&certificate, NID_basic_constraints, no_authority.get(), 1, X509V3_ADD_APPEND) == 1 &&
           X509_add1_ext_i2d(&certificate, NID_subject_alt_name, alternative_name(host).get(), 0, X509V3_ADD_APPEND) ==
               1 &&
           X509_sign(&certificate, &key, EVP_sha256()) > 0;
}

std::string take_text(const BioPtr& bio) {
    char* start = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &start);
    return std::string(start, static_cast<std::size_t>(size));
}

}  // namespace

Credentials make_self_signed(std::string_view host_view) {
    const std::string host(host_view);
    const KeyPtr key{EVP_EC_gen("P-256")};
    const CertificatePtr certificate{X509_new()};
    Credentials credentials;
    if (key && certificate && fill(*certificate, *key, host)) {
        const BioPtr certificate_text{BIO_new(BIO_s_mem())};
        const BioPtr key_text{BIO_new(BIO_s_secmem())};  // wiped when it is freed
        PEM_write_bio_X509(certificate_text.get(), certificate.get());
        PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        credentials.certificate_pem = take_text(certificate_text);
        credentials.private_key_pem = SecretText(take_text(key_text));
    }
    ERR_clear_error();
    return credentials;
}

}  // namespace sallyport::channel::tls
