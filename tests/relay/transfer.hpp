/// Streams of which one direction is used, as FTP has them for its data connections: a session of the tests' own that
/// owns one, between a target and a peer that is driven by hand.
#pragma once

#include "relay/stream.hpp"
#include "tests/relay/path.hpp"

namespace sallyport::relay::tests {

struct TransferOptions {
    Encryption encryption = aes256;
    StreamOptions stream{};
    Limits limits{};
    std::chrono::milliseconds held{0};  // the owner's own time between handshake and relaying
    bool waits = false;                 // with await_relay(), instead
    bool answers = false;               // "taken" and "not taken" are among the events
};

/// A host side (accepts the secure leg) or a workstation side, whose sessions say in `events` what becomes of them:
/// "established", "transferred", "stopped: NAME", and last "over", with ", unsigned" if the end was.
std::shared_ptr<Service> transfer_service(std::shared_ptr<Service> service, const TransferOptions& options,
                                          Reports& events);

/// One transfer between `hand` and `target`; established, and nothing has moved.
class Transfer {
public:
    explicit Transfer(const TransferOptions& options);

    /// Of the hand.
    bool send(std::string_view text) { return hand.socket().send(hand.sealed(text)); }
    /// Signs its end. FIN is left out, but in clear, where it is all there is.
    void end();
    /// It has seen an end that it may believe.
    bool end_is_signed();
    std::string event() { return events.next(); }

private:
    bool plain_;
    Acceptor acceptor_;

public:
    Reports events;  // outlives the sessions that report
    Side host;
    Hand hand;
    Socket target;
};

/// Limits under which nobody is waited for long.
Limits brief();

}  // namespace sallyport::relay::tests
