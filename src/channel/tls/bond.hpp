/// What ties the connections of one FTP session together: one control connection and its data connections. Internal to
/// channel/tls.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "channel/tls/openssl.hpp"

namespace sallyport::channel::tls {

enum class Role { single, control, data };

/// Not a secret: its peer may know it, and in a ticket the ticket keys keep it from all others and from being made up.
using SessionMark = std::array<std::uint8_t, 32>;

struct Bond {
    Role role = Role::single;
    SessionMark mark{};      // server: stands in every session that the control connection makes
    std::string peer_key{};  // data: by which key the control connection's peer proved itself; empty: by none
};

Bond make_control_bond();

/// True when `session` was made by the control connection that has `mark`.
bool is_marked(const SSL_SESSION& session, const SessionMark& mark);

/// In TLS 1.2 a connection that takes up a session makes no new one: its data connections will take up the same again,
/// so `bond` gets the mark that stands in it. Who holds the session is who held it then.
void take_over_mark(const SSL& ssl, Bond& bond);

/// Callbacks for all connections of a server: marks in sessions, and the names of protocols (ALPN, RFC 7301).
void set_bond_callbacks(SSL_CTX& context);

}  // namespace sallyport::channel::tls
