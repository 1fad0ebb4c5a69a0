/// Why a session, or one of its streams, did not end by itself.
#pragma once

#include "base/result.hpp"

namespace sallyport::relay {

enum class SessionError {
    plain_reset = 1,     // the plain side reset its connection, or cannot be written to
    secure_reset,        // the secure leg was reset
    target_unreachable,  // the other leg could not be connected
    first_message_late,  // the peer said nothing in time
    handshake_late,      // the handshake took too long
    connect_late,        // connecting took too long
    peer_silent,         // nothing was heard from the peer for too long
    idle,                // no data either way for longer than the entry allows
    stopped_by_operator,
    going_down,
    unknown_protocol,          // the first bytes begin neither native nor TLS
    stalled,                   // a transfer that did not move for too long
    too_many_sessions,         // of one source (SourceLimits)
    too_many_unauthenticated,  // the same, before their login
};
ErrorText describe(SessionError error);
const char* area_of(SessionError);
inline error_code make_error_code(SessionError error) { return make_named_error(error); }

/// The peer has not shown that he has any business here: he is told nothing (docs/native-channel.md, 18.1).
bool is_stranger(const error_code& why);

/// The peer's source has all the sessions that it may have, whoever he is.
bool is_crowded(const error_code& why);

}  // namespace sallyport::relay
