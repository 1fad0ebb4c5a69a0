#include "channel/tls/bond.hpp"

#include <algorithm>
#include <string_view>

#include "channel/tls/context.hpp"
#include "crypto/random.hpp"

namespace sallyport::channel::tls {
namespace {

Bytes mark_in(const SSL_SESSION& session) {
    void* data = nullptr;
    std::size_t size = 0;
    // The library takes a pointer to a session that it could change, and does not.
    if (SSL_SESSION_get0_ticket_appdata(const_cast<SSL_SESSION*>(&session), &data, &size) != 1) return {};
    return {static_cast<const std::uint8_t*>(data), data == nullptr ? 0 : size};
}

/// Whether the connection has taken up a session and goes on with it. TLS 1.3 makes a new one of it for each ticket.
bool has_session_of_another(const SSL& ssl) {
    return SSL_session_reused(&ssl) == 1 && SSL_version(&ssl) != TLS1_3_VERSION;
}

/// Before each ticket. A session that was taken up has its mark, and may be in use by other threads: it is the cache's
/// when the client offered it by its id, and a ticket can be made of it then.
int mark_ticket(SSL* ssl, void*) {
    const auto& bond = bond_of(*ssl);
    if (bond.role != Role::control || has_session_of_another(*ssl)) return 1;
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), bond.mark.data(), bond.mark.size());
}

/// In each full handshake, before its session can be taken up from the cache (TLS 1.2 without tickets): marks it.
/// Yields whether nobody may take it up, as none that a data connection makes: so who takes up any session of ours
/// shows whose it is.
int mark_new_session(SSL* ssl, int) {
    mark_ticket(ssl, nullptr);
    return bond_of(*ssl).role == Role::data ? 1 : 0;
}

bool is_allowed(std::string_view protocol, Role role) {
    return protocol == "ftp" || (role == Role::data && protocol == "ftp-data");
}

/// What was meant for another protocol's server ends here (RFC 7301, 3.2; the attack is known as ALPACA). Among the
/// client's own words, its first that is ours. No answer where a single connection may carry anything.
int select_protocol(SSL* ssl, const std::uint8_t** selected, std::uint8_t* selected_size, const std::uint8_t* offered,
                    unsigned size, void*) {
    const auto role = bond_of(*ssl).role;
    if (role == Role::single) return SSL_TLSEXT_ERR_NOACK;
    // OpenSSL has checked that the lengths fit.
    for (Bytes rest(offered, size); !rest.empty(); rest = rest.subspan(1U + rest[0])) {
        const auto name = rest.subspan(1, rest[0]);
        if (!is_allowed(as_text(name), role)) continue;
        *selected = name.data();
        *selected_size = rest[0];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Bond make_control_bond() {
    Bond bond{.role = Role::control};
    crypto::SystemRandom().fill(bond.mark);
    return bond;
}

bool is_marked(const SSL_SESSION& session, const SessionMark& mark) {
    return std::ranges::equal(mark_in(session), mark);
}

void take_over_mark(const SSL& ssl, Bond& bond) {
    if (!has_session_of_another(ssl)) return;
    const auto mark = mark_in(*SSL_get_session(&ssl));
    if (mark.size() == bond.mark.size()) std::copy_n(mark.begin(), mark.size(), bond.mark.begin());
}

void set_bond_callbacks(SSL_CTX& context) {
    SSL_CTX_set_alpn_select_cb(&context, select_protocol, nullptr);
    SSL_CTX_set_not_resumable_session_callback(&context, mark_new_session);
    SSL_CTX_set_session_ticket_cb(&context, mark_ticket, nullptr, nullptr);
}

}  // namespace sallyport::channel::tls
