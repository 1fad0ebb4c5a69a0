/// TLS 1.3 by OpenSSL alone, both ends in one process: what our TLS channel is measured beside.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string_view>

#include "base/bytes.hpp"

namespace sallyport::bench {

struct FreeSsl {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

/// The certificate is not verified, as a pin does not.
class OpensslEntry {
public:
    OpensslEntry(std::string_view certificate_pem, std::string_view key_pem, bool resume);

    struct Pair {
        std::unique_ptr<SSL, FreeSsl> client, server;
        void shake_hands();
        /// Seals `data` in full records, and opens them in its place.
        void send(MutableBytes data);
        /// In both directions.
        void end();
    };
    Pair connect();

private:
    std::unique_ptr<SSL_CTX, FreeSsl> client_, server_;
    std::unique_ptr<SSL_SESSION, FreeSsl> session_;
    bool resume_;
};

}  // namespace sallyport::bench
