/// What OpenSSL's handshake leaves to the record layer. Internal to channel/tls.
#pragma once

#include <cstdint>

#include "channel/tls/traffic_keys.hpp"

namespace sallyport::channel::tls {

/// One direction, as far as OpenSSL has come with it.
struct HandoverKeys {
    TrafficSecret secret;
    bool known = false;
    std::uint64_t sequence = 0;  // records since the secret is in use, or since the last update
    int updates = 0;             // KeyUpdates that OpenSSL has read
    bool answer_due = false;     // one of them asks for ours
};

/// Filled by the callbacks while OpenSSL has the connection: it gives traffic secrets away to key logs alone, and
/// records are counted as its callback for messages shows them.
struct Handover {
    HandoverKeys reading;
    HandoverKeys writing;
};

/// Callbacks for all connections of a context. They need the connection's Attached.
void set_handover_callbacks(SSL_CTX& context);

}  // namespace sallyport::channel::tls
