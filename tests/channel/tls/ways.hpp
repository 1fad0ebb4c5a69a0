/// The ways in which a session can be taken up again, for tests that hold in all of them.
#pragma once

#include <memory>
#include <ostream>

#include "tests/channel/tls/certificates.hpp"

namespace sallyport::channel::tls::tests {

struct Way {
    const char* name;
    Version version;
    bool tickets;
};
inline constexpr Way ways[] = {
    {"tls1_2_session_id", Version::tls1_2, false},
    {"tls1_2_ticket", Version::tls1_2, true},
    {"tls1_3_ticket", Version::tls1_3, true},
};
inline std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }

/// The same client, keeping to `way`.
inline std::shared_ptr<ClientContext> keeping_to(const Way& way, std::shared_ptr<ClientContext> client) {
    if (!way.tickets) SSL_CTX_set_options(client->ssl.get(), SSL_OP_NO_TICKET);
    return client;
}

}  // namespace sallyport::channel::tls::tests
