/// The workstation's server list: text in; entries and diagnostics out. It reads no file; whoever does names it.
///
///     protection = on
///
///     [top-prod]
///     protocol   = TOP
///     host       = 192.168.0.3
///     port       = 23450
///     encryption = DES168,DH1024
///     accept     = 127.0.0.1:2345
///     card       = host-prod.card
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/secret.hpp"
#include "base/suite.hpp"

namespace sallyport::client {

/// The ways to speak TLS: from the first byte; for FTP after AUTH TLS, or from the first byte with its data
/// connections.
enum class TlsKind { tls, ftps, ftps_implicit };

/// Native suites (never none of them), or TLS.
using Encryption = std::variant<SuiteSet, TlsKind>;

/// As the list has it: `AES256,X25519 DES168,DH1024`, `TLS`, `FTPS`, `FTPS-IMPLICIT`.
std::string text_of(const Encryption& encryption);

/// Where the local program connects to.
struct AcceptAddress {
    std::string address;  // IPv4 or IPv6 in its usual form, without brackets
    std::uint16_t port = 0;

    std::string text() const;  // `127.0.0.1:2345`, `[::1]:2345`
    bool loopback() const;
    friend bool operator==(const AcceptAddress&, const AcceptAddress&) = default;
};

/// What an entry's port does while protection is off.
enum class WhenOff { closed, plain };

enum class TlsVersion { tls1_2, tls1_3 };

/// Which end opens FTP's data connections to a server of FTPS; as_front: the one that the user's program asks for.
enum class BackMode { passive, active, as_front };

/// File names stand as they are written: relative ones are relative to the list's folder.
struct Entry {
    std::string name;
    std::size_t line = 0;  // of its [name], for what is found out about it later
    std::string protocol;  // the label, in capitals
    std::string host;      // a DNS name, or an address without brackets
    std::uint16_t port = 0;
    Encryption encryption;
    AcceptAddress accept;

    SecretText fixed_key;  // 72 hex digits, hyphens and blanks as written; the check digits are not verified here
    std::string fixed_key_file;
    std::string card;
    std::optional<std::array<std::uint8_t, 32>> host_key;
    std::string client_key;

    std::vector<std::string> pins;  // "sha256//BASE64"
    std::string ca;
    std::string server_name;  // empty: `host` is the name
    std::string certificate;
    std::string key;
    std::string identity;
    TlsVersion tls_min = TlsVersion::tls1_2;
    TlsVersion tls_max = TlsVersion::tls1_3;

    // FTP
    bool default_data_port = false;  // the user's program may transfer without PORT or PASV
    BackMode back_mode = BackMode::passive;
    bool lenient_end = false;  // a download without its close_notify is taken for a whole one

    WhenOff when_off = WhenOff::closed;
    bool protection = true;  // its own switch; the list's must be on as well

    bool native() const { return std::holds_alternative<SuiteSet>(encryption); }
    bool has_fixed_key() const { return !fixed_key.empty() || !fixed_key_file.empty(); }
    /// Something here vouches for the host. If nothing does, the entry is not used.
    bool trusted() const;
};

struct ServerList {
    bool protection = true;      // the switch for all
    std::vector<Entry> entries;  // in the order of the text; of each section without an error
    std::vector<Diagnostic> diagnostics;

    /// Null when there is none of that name.
    const Entry* find(std::string_view name) const;
};

/// Reads a list. `file` is the name that diagnostics show. No diagnostic holds a fixed key: where one may stand, the
/// line is shown with *** in its place.
ServerList parse(std::string_view text, std::string_view file);

}  // namespace sallyport::client
