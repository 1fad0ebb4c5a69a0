#include "bench/openssl_tls.hpp"

#include <openssl/pem.h>

#include <cstdlib>

namespace sallyport::bench {
namespace {

constexpr std::size_t wire_size = 1 << 20;  // more than is ever under way

void need(bool success) {
    if (!success) std::abort();
}

std::unique_ptr<BIO, decltype(&BIO_free)> reading(std::string_view text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

}  // namespace

OpensslEntry::OpensslEntry(std::string_view certificate_pem, std::string_view key_pem, bool resume)
    : client_(SSL_CTX_new(TLS_client_method())), server_(SSL_CTX_new(TLS_server_method())), resume_(resume) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(reading(certificate_pem).get(), nullptr, nullptr, nullptr), X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(reading(key_pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    need(SSL_CTX_use_certificate(server_.get(), certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(server_.get(), key.get()) == 1);
    SSL_CTX_set_session_cache_mode(client_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(client_.get(), this);
    SSL_CTX_sess_set_new_cb(client_.get(), [](SSL* ssl, SSL_SESSION* session) {
        static_cast<OpensslEntry*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->session_.reset(session);
        return 1;
    });
}

OpensslEntry::Pair OpensslEntry::connect() {
    Pair pair{std::unique_ptr<SSL, FreeSsl>(SSL_new(client_.get())),
              std::unique_ptr<SSL, FreeSsl>(SSL_new(server_.get()))};
    BIO *near = nullptr, *far = nullptr;
    need(BIO_new_bio_pair(&near, wire_size, &far, wire_size) == 1);
    SSL_set_bio(pair.client.get(), near, near);
    SSL_set_bio(pair.server.get(), far, far);
    SSL_set_connect_state(pair.client.get());
    SSL_set_accept_state(pair.server.get());
    if (resume_ && session_) SSL_set_session(pair.client.get(), session_.get());
    return pair;
}

void OpensslEntry::Pair::shake_hands() {
    while (SSL_is_init_finished(client.get()) != 1 || SSL_is_init_finished(server.get()) != 1) {
        SSL_do_handshake(client.get());
        SSL_do_handshake(server.get());
    }
    std::uint8_t none = 0;
    SSL_peek(client.get(), &none, 1);  // takes the tickets
}

void OpensslEntry::Pair::send(MutableBytes data) {
    need(SSL_write(client.get(), data.data(), static_cast<int>(data.size())) == static_cast<int>(data.size()));
    for (auto rest = data; !rest.empty();) {
        const int opened = SSL_read(server.get(), rest.data(), static_cast<int>(rest.size()));
        need(opened > 0);
        rest = rest.subspan(static_cast<std::size_t>(opened));
    }
}

void OpensslEntry::Pair::end() {
    for (int i = 0; i < 2; ++i) {
        SSL_shutdown(client.get());
        SSL_shutdown(server.get());
    }
}

}  // namespace sallyport::bench
