/// Owners for OpenSSL's objects. Internal to channel/tls.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace sallyport::channel::tls {

template <auto Function>
struct FreedBy {
    void operator()(auto* object) const { Function(object); }
};

using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using BioMethodPtr = std::unique_ptr<BIO_METHOD, FreedBy<BIO_meth_free>>;
using SslPtr = std::unique_ptr<SSL, FreedBy<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, FreedBy<SSL_SESSION_free>>;
using CertificatePtr = std::unique_ptr<X509, FreedBy<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;

}  // namespace sallyport::channel::tls
