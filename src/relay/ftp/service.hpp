/// What an FTP entry's sessions are made of, beside their Service. Immutable and shared by all of an entry's sessions.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "channel/native/control.hpp"
#include "channel/tls/tls.hpp"
#include "protocols/ftp/conversation.hpp"
#include "relay/limits.hpp"
#include "relay/service.hpp"

namespace sallyport::relay::ftp {

class DataDoor;

/// Ports of data listeners, both included; 0 and 0: any that the system gives.
struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
};

/// Whether a client's data connection must prove that it belongs to its control connection, by taking up its TLS
/// session or by the same client certificate. In every case it must come from the client's address.
enum class DataBinding { off, prefer, require };

struct FtpService {
    /// What every session begins with; kinds and addresses are filled in for each.
    protocols::ftp::Settings conversation;

    /// Host: the server's end, workstation: the client's. Empty: the entry has no native channel.
    std::function<std::unique_ptr<channel::native::ControlChannel>(const Arrival& arrival)> make_native;
    /// The same for TLS.
    std::function<std::unique_ptr<channel::tls::FtpChannel>()> make_tls;
    /// Host: TLS from the first byte is served; AUTH TLS is; a client may stay in clear text. Workstation: the server
    /// is one of implicit FTPS.
    bool implicit_tls = false;
    bool explicit_tls = false;
    bool clear_text = false;

    std::shared_ptr<DataDoor> door;  // host: the tokens of this entry's native data channels

    SourceLimits per_source;
    std::shared_ptr<SourceSessions> sources;  // host: those of all entries

    PortRange data_ports;
    std::string external_address;  // shown in 227 to clients that are not of this network; empty: the local one
    DataBinding data_binding = DataBinding::prefer;
    /// The end of a protected upload without its close_notify is believed, and logged.
    bool lenient_end = false;
    std::chrono::milliseconds detection{1000};  // until a silent client is greeted as one of explicit FTPS
    std::chrono::seconds stall{300};
};

/// Makes `service` one whose connections are FTP sessions.
void serve_ftp(Service& service, std::shared_ptr<const FtpService> ftp);

}  // namespace sallyport::relay::ftp
