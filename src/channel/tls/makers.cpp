/// How connections begin, and what those of one FTP session have of each other.
#include <cassert>
#include <new>
#include <utility>

#include "channel/tls/connection.hpp"

namespace sallyport::channel::tls {
namespace {

constexpr std::uint8_t handshake_type = 22;  // RFC 8446, 5.1
constexpr std::uint8_t major_version = 3;

SslPtr new_ssl(const Context& context) {
    SslPtr ssl{SSL_new(context.ssl.get())};
    if (!ssl) throw std::bad_alloc();
    return ssl;
}

/// A data connection gives no tickets. A client that has sent its file closes at once, and if tickets lie unread in its
/// socket then, its system sends RST, and at our end the rest of the file is thrown away. A single connection gives
/// one: each takes up one at most, and OpenSSL's two cost a twentieth of the handshake.
std::unique_ptr<Connection> accept(std::shared_ptr<const Context> context, Bond bond) {
    auto ssl = new_ssl(*context);
    SSL_set_accept_state(ssl.get());
    if (bond.role == Role::data) SSL_set_num_tickets(ssl.get(), 0);
    if (bond.role == Role::single && context->proof != Proof::psk) SSL_set_num_tickets(ssl.get(), 1);
    return std::make_unique<Connection>(std::move(context), std::move(ssl), std::move(bond));
}

/// `session` is offered, if there is one.
std::unique_ptr<Connection> connect(std::shared_ptr<const ClientContext> context, SessionPtr session, Bond bond) {
    auto ssl = new_ssl(*context);
    SSL_set_connect_state(ssl.get());
    if (!context->sni.empty()) SSL_set_tlsext_host_name(ssl.get(), context->sni.c_str());
    if (session) SSL_set_session(ssl.get(), session.get());
    auto channel = std::make_unique<Connection>(std::move(context), std::move(ssl), std::move(bond));
    channel->shake_hands();
    return channel;
}

/// For a connection of its own: OpenSSL takes a session out of use, for all who have it, when one of them fails.
SessionPtr copy_of(const SSL_SESSION* session) {
    if (session == nullptr || SSL_SESSION_is_resumable(session) != 1) return nullptr;
    return SessionPtr(SSL_SESSION_dup(session));
}

}  // namespace

std::unique_ptr<Channel> make_server(std::shared_ptr<ServerContext> context) { return accept(std::move(context), {}); }

std::unique_ptr<Channel> make_client(std::shared_ptr<ClientContext> context) {
    auto session = context->sessions.take();
    return connect(std::move(context), std::move(session), {});
}

std::unique_ptr<FtpChannel> make_control_server(std::shared_ptr<ServerContext> context) {
    return accept(std::move(context), make_control_bond());
}

std::unique_ptr<FtpChannel> make_control_client(std::shared_ptr<ClientContext> context) {
    auto session = copy_of(context->sessions.take().get());
    return connect(std::move(context), std::move(session), {.role = Role::control});
}

std::unique_ptr<FtpChannel> Connection::make_data() const {
    assert(established_ && attached_.bond.role == Role::control);
    Bond bond{.role = Role::data, .mark = attached_.bond.mark, .peer_key = peer_key()};
    if (SSL_is_server(ssl_.get()) == 1) return accept(context_, std::move(bond));
    // In TLS 1.3 that is the session of the newest ticket, or, before there is one, the session that was taken up.
    auto session = copy_of(SSL_get_session(ssl_.get()));
    return connect(std::static_pointer_cast<const ClientContext>(context_), std::move(session), std::move(bond));
}

bool looks_like_tls(Bytes start) {
    return start[0] == handshake_type && (start.size() < 2 || start[1] == major_version);
}

}  // namespace sallyport::channel::tls
