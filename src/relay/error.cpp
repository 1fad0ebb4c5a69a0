#include "relay/error.hpp"

#include "channel/channel.hpp"

namespace sallyport::relay {

ErrorText describe(SessionError error) {
    switch (error) {
        case SessionError::plain_reset:
            return {"plain_reset", "the plain side reset its connection or does not read any more"};
        case SessionError::secure_reset:
            return {"secure_reset", "the secure leg was reset on the way or by the other end"};
        case SessionError::target_unreachable:
            return {"target_unreachable", "nothing answers where the entry leads"};
        case SessionError::first_message_late:
            return {"first_message_late", "the other end did not begin a handshake in time"};
        case SessionError::handshake_late:
            return {"handshake_late", "the handshake was not complete in time"};
        case SessionError::connect_late:
            return {"connect_late", "connecting took too long"};
        case SessionError::peer_silent:
            return {"peer_silent", "the other end gave no sign of life for too long"};
        case SessionError::idle:
            return {"idle", "no data moved for longer than the configuration allows"};
        case SessionError::stopped_by_operator:
            return {"stopped_by_operator", "an operator stopped the session"};
        case SessionError::going_down:
            return {"going_down", "this program is going down"};
        case SessionError::unknown_protocol:
            return {"unknown_protocol", "the first bytes begin neither the native channel nor TLS"};
        case SessionError::stalled:
            return {"stalled", "no byte of a transfer moved for too long"};
        case SessionError::too_many_sessions:
            return {"too_many_sessions", "too many sessions from this address"};
        case SessionError::too_many_unauthenticated:
            return {"too_many_unauthenticated", "too many sessions from this address without a login"};
    }
    return {"unknown", "an unknown session error"};
}

const char* area_of(SessionError) { return "session"; }

bool is_stranger(const error_code& why) {
    return why == channel::Error::stranger || why == SessionError::unknown_protocol;
}

bool is_crowded(const error_code& why) {
    return why == SessionError::too_many_sessions || why == SessionError::too_many_unauthenticated;
}

}  // namespace sallyport::relay
