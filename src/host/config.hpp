/// sallyportd.conf: text in, settings and diagnostics out. Every setting has a default that works; the file may be
/// missing.
///
///     [tcp-process]
///     $ZB019 = 192.168.0.3
///     [tls]
///     certificate = /etc/sallyport/host.pem
///     key         = /etc/sallyport/host.key
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "channel/tls/tls.hpp"
#include "portconf/parser.hpp"
#include "relay/ftp/service.hpp"
#include "relay/limits.hpp"

namespace sallyport::host {

struct Config {
    portconf::TcpProcesses tcp_processes;
    portconf::Target ftp_server{"127.0.0.1", 2121};

    std::string certificate;  // files; empty: self-signed, in the state folder
    std::string key;
    channel::tls::Version least_tls = channel::tls::Version::tls1_2;

    std::vector<std::string>
        host_keys;          // files; empty: made in the state folder. The first serves clients without a pin
    std::string host_name;  // on the card; empty: the machine's
    bool enrol = true;
    std::optional<portconf::Date> legacy_until;
    std::string client_keys;  // file; empty: native clients need none

    relay::ftp::FtpService ftp;  // [ftp]: what all FTP entries have in common

    relay::Limits limits;
    unsigned threads = 0;  // 0: one a core
    std::chrono::seconds drain{300};
    log::Level log_level = log::Level::info;

    std::vector<Diagnostic> diagnostics;
};

/// `file` is the name that diagnostics show.
Config parse_config(std::string_view text, std::string_view file);

}  // namespace sallyport::host
