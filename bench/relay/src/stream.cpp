#include "stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>

#include "exchange.hpp"

namespace sallyport::bench {
namespace {

Moved socket_result(ssize_t bytes) {
    if (bytes > 0) return {Outcome::moved, static_cast<std::size_t>(bytes)};
    return {bytes < 0 && errno == EAGAIN ? Outcome::wait : Outcome::over};
}

}  // namespace

TlsContext::TlsContext(const Options& options) : context_(SSL_CTX_new(TLS_client_method())) {
    auto* context = context_.get();
    if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, options.ciphersuite.c_str()) != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519") != 1 ||
        SSL_CTX_load_verify_locations(context, options.ca.c_str(), nullptr) != 1) {
        throw std::runtime_error("TLS: the ciphersuite or the CA file cannot be used");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    if (options.scenario == Scenario::bulk) SSL_CTX_set_default_read_buffer_len(context, chunk_size / 2);
    if (!options.resume) return;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
        static_cast<Stream*>(SSL_get_app_data(ssl))->session_.reset(session);
        return 1;
    });
}

void Stream::begin_tls(const TlsContext& context) {
    ssl_.reset(SSL_new(context.get()));
    SSL_set_fd(ssl_.get(), socket_.get());
    SSL_set_connect_state(ssl_.get());
    SSL_set_app_data(ssl_.get(), this);
    if (session_) SSL_set_session(ssl_.get(), session_.get());
}

Outcome Stream::handshake() { return tls_result(SSL_do_handshake(ssl_.get()), 0).outcome; }

Moved Stream::tls_result(int success, std::size_t bytes) {
    if (success == 1) return {Outcome::moved, bytes};
    const int error = SSL_get_error(ssl_.get(), success);
    ERR_clear_error();
    const bool wait = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    return {wait ? Outcome::wait : Outcome::over};
}

Moved Stream::read(std::span<std::uint8_t> into) {
    if (!ssl_) return socket_result(recv(socket_.get(), into.data(), into.size(), 0));
    std::size_t bytes = 0;
    const int success = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return tls_result(success, bytes);
}

Moved Stream::discard(std::span<std::uint8_t> scratch) {
    if (!ssl_) return socket_result(recv(socket_.get(), scratch.data(), scratch.size(), MSG_TRUNC));
    return read(scratch);
}

Moved Stream::write(std::span<const std::uint8_t> bytes) {
    if (!ssl_) return socket_result(send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    std::size_t written = 0;
    const int success = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    return tls_result(success, written);
}

void Stream::close(bool polite) {
    if (ssl_ && polite) SSL_shutdown(ssl_.get());
    ssl_.reset();
    ERR_clear_error();
    socket_.close();
}

}  // namespace sallyport::bench
