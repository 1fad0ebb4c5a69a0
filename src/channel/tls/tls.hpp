/// TLS under the channel contract: 1.2 and 1.3, server and client, over OpenSSL without sockets.
///
/// Contexts are made once (at start or reload), hold certificates, keys and what is trusted, and are shared by all
/// sessions of an entry on all threads. Errors in their material are sentences for the administrator.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "channel/channel.hpp"

namespace sallyport::channel::tls {

/// A pre-shared key as stunnel's PSKsecrets has it: an identity and 32 bytes.
struct PreSharedKey {
    std::string identity;
    Secret32 key;
};

enum class Version { tls1_2, tls1_3 };

struct ServerSettings {
    std::string certificate_pem;  // the chain, the server's own first
    SecretText private_key_pem;
    std::string client_ca_pem;      // not empty: clients must present a certificate of one of these CAs
    std::vector<PreSharedKey> psk;  // not empty: clients must use one of them; the certificate is not used
    Version least = Version::tls1_2;
    Version most = Version::tls1_3;
};

/// Who vouches for the server is one of three, and each alone suffices: a pre-shared key, else a pin, else a CA. With
/// none of them every server is refused (and Info::offered_key tells what could be pinned).
struct ClientSettings {
    std::string ca_pem;             // CAs (or the server's own certificate) that vouch for the server; not asked when
                                    // there are pins
    std::vector<std::string> pins;  // "sha256//BASE64" of the server's SubjectPublicKeyInfo: having one of these keys
                                    // is then all that counts, whatever the certificate's issuer, name or dates
    std::string server_name;        // verified against the certificate when a CA vouches (a DNS name or an IP
                                    // address), and then required; a DNS name is also sent as SNI
    std::string certificate_pem;    // the client's own, if the server wants one
    SecretText private_key_pem;
    std::vector<PreSharedKey> psk;  // at most one; then a server that shows a certificate is refused
    bool resume = true;             // keep sessions and take them up again
    Version least = Version::tls1_2;
    Version most = Version::tls1_3;
};

/// Why material could not be used, for the administrator: what is wrong with which setting.
struct SettingsError {
    std::string sentence;
};

class ServerContext;  // immutable and safe to share between threads
class ClientContext;  // the same, but for the kept sessions, which it guards itself

/// Null and a filled `error` when the material cannot be used (a key that does not fit its certificate, a bad PEM).
std::shared_ptr<ServerContext> make_server_context(ServerSettings settings, SettingsError& error);
std::shared_ptr<ClientContext> make_client_context(ClientSettings settings, SettingsError& error);

/// The channel shares its context's ownership. A client's hello is pending at once.
/// What arrives after the peer's close_notify is ignored (RFC 8446, 6.1). An end() before the handshake is complete
/// leaves as soon as it is.
std::unique_ptr<Channel> make_server(std::shared_ptr<ServerContext> context);
std::unique_ptr<Channel> make_client(std::shared_ptr<ClientContext> context);

/// What ties a data connection to its control connection.
enum class Binding {
    bound,  // it took up one of the control connection's sessions, or its peer proved itself by the same key
    other,  // it took up another connection's session, or its peer proved itself by another key: refuse it
    none,   // nothing does: a full handshake with a peer that shows no key
};

/// The channels of one FTP session (RFC 4217). A control channel makes the data channels, which do not need it
/// afterwards. As a server they select "ftp" by ALPN, for data "ftp-data" as well, and refuse a client that offers
/// other protocols alone.
class FtpChannel : public Channel {
public:
    /// Established control channel: the same end of a new data connection, with the same context; whoever opened that
    /// connection, it is the server of TLS that was it before. A server's sends no tickets. A client's offers this
    /// connection's newest session, each time again, and refuses a server with another key than this one's.
    virtual std::unique_ptr<FtpChannel> make_data() const = 0;

    /// Server's control channel: makes a new ticket pending in TLS 1.3, for clients that use each only once. In
    /// TLS 1.2, where a session is used again and again, and at all other times it does nothing.
    virtual void renew_ticket() = 0;

    /// Established data channel. A client's is always bound: another server has been refused.
    virtual Binding binding() const = 0;
};

std::unique_ptr<FtpChannel> make_control_server(std::shared_ptr<ServerContext> context);
std::unique_ptr<FtpChannel> make_control_client(std::shared_ptr<ClientContext> context);

/// True when `start` (1 byte or more) can begin a TLS connection: a handshake record.
bool looks_like_tls(Bytes start);

struct Credentials {
    std::string certificate_pem;
    SecretText private_key_pem;
};
/// A self-signed P-256 certificate for `host` (a DNS name or an IP address), valid for ten years, for a daemon that was
/// given none. Both empty when `host` cannot stand in a certificate.
Credentials make_self_signed(std::string_view host);

/// "sha256//BASE64" of the SubjectPublicKeyInfo of the first certificate in `pem`; empty when there is none.
std::string spki_pin(std::string_view pem);

/// "OpenSSL 3.0.17 1 Jul 2025": the library that is in use, which may be newer than the one it was built with.
std::string library_version();

}  // namespace sallyport::channel::tls
