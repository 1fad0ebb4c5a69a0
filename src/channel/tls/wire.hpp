/// The two ends of OpenSSL's byte stream: memory instead of a socket. Internal to channel/tls.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "channel/tls/openssl.hpp"

namespace sallyport::channel::tls {

/// What OpenSSL reads from and writes to. Whoever calls OpenSSL sets it before.
struct Wire {
    Bytes arrived;        // whole records that OpenSSL has not read yet
    ByteVector pending;   // what OpenSSL wrote by itself: handshake messages, alerts, tickets, key updates
    MutableBytes sealed;  // while data is being sealed: where its records go instead
    std::size_t sealed_size = 0;
    bool silent = false;  // somebody else writes now: nothing of OpenSSL's may reach the peer
};

/// A BIO method over Wire. Must outlive the BIOs made of it.
BioMethodPtr make_wire_method();

/// Makes `wire` the stream of `ssl`; it must outlive it. False when there is no memory.
bool attach(SSL& ssl, const BIO_METHOD& method, Wire& wire);

}  // namespace sallyport::channel::tls
