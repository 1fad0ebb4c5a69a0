/// One connection of the client: plain TCP or TLS 1.3, without waiting.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "options.hpp"
#include "socket.hpp"

namespace sallyport::bench {

enum class Outcome { moved, wait, over };  // over: ended or broken, which here is the same

struct Moved {
    Outcome outcome;
    std::size_t bytes = 0;
};

/// Settings of all TLS connections.
class TlsContext {
public:
    explicit TlsContext(const Options& options);
    SSL_CTX* get() const { return context_.get(); }

private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, Free> context_;
};

/// Can be opened again after close, and then takes up its last TLS session if it may. Does not move: the TLS library
/// holds its address.
class Stream {
public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void open(Descriptor socket) { socket_ = std::move(socket); }
    /// Once connected. `context` must outlive the stream.
    void begin_tls(const TlsContext& context);
    /// moved: complete. A wait is for reading.
    Outcome handshake();
    bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

    Moved read(std::span<std::uint8_t> into);
    /// Reads and throws away, in the kernel where that is possible.
    Moved discard(std::span<std::uint8_t> scratch);
    Moved write(std::span<const std::uint8_t> bytes);
    /// True when bytes can be read that the poller does not know of.
    bool has_pending() const { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }
    /// `polite` says goodbye in TLS first.
    void close(bool polite);

    const Descriptor& socket() const { return socket_; }

private:
    Moved tls_result(int success, std::size_t bytes);

    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    friend class TlsContext;

    Descriptor socket_;
    std::unique_ptr<SSL_SESSION, Free> session_;
    std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace sallyport::bench
