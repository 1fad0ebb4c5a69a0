/// What a conversation wants done, and what it is told. The driver (relay/ftp) carries actions out in their order and
/// reports what came of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "protocols/ftp/address.hpp"

namespace sallyport::protocols::ftp {

/// The front faces the user, the back faces the files.
enum class Side { front, back };

/// Which way a transfer's bytes go; `either` while only the two programs know (a site's own verb).
enum class Direction { download, upload, either };

/// Deadlines of a conversation; at most one of each is armed.
enum class Timer {
    step,   // whatever is being waited for
    setup,  // a prepared data connection that nobody uses
    login,  // from the connection to a successful login
};

/// How the data connection of a transfer ended.
enum class DataEnd {
    complete,   // an end that could be believed, and every byte before it delivered
    reset,      // either side reset its connection
    truncated,  // a protected connection ended without its signed end
    stalled,    // nothing moved for too long
};

enum class CloseReason {
    finished,          // the user or the server said goodbye
    front_lost,        // the user's connection broke
    back_lost,         // the server's connection broke
    back_unreachable,  // it was never there
    back_closed,       // the server ended the session (421, or by closing)
    injected_input,    // bytes behind AUTH, or behind the answer to ours: somebody in the middle
    no_protection,     // the server offers none
    handshake_failed,  // TLS after AUTH, on either side
    line_too_long,
    not_ftp,             // HTTP or mail on an FTP port
    too_many_errors,     // before login
    clear_text_refused,  // a login without AUTH
    bad_reply,           // replies that no FTP server sends
    timed_out,
};
/// One sentence, for the log.
const char* describe_close(CloseReason reason);

/// One transfer, for the audit.
struct TransferRecord {
    std::string user;
    std::string verb;
    std::string argument;  // as the user wrote it; escape it before it is shown
    Direction direction = Direction::either;
    int code = 0;  // of the reply that the user was given
    std::uint64_t bytes = 0;
    bool complete = false;
    std::string why_not;  // empty when complete
};

namespace action {

/// To the user, as it stands, line ends included.
struct Reply {
    std::string text;
};
/// To the server: one or more whole lines in one write. `urgent`: ABOR with IP and Synch before it (RFC 959, 4.1.3).
struct Send {
    std::string text;
    bool urgent = false;
};
/// Makes the control connection TLS, behind what was replied or sent before: server on the front, client on the back.
/// Answered by secured().
struct SecureControl {
    Side side;
};
/// Opens a data listener for the control peer of that side alone; answered by listening() or failed(); when its
/// connection has come, by connected().
struct Listen {
    Side side;
};
/// Answered by connected() or failed(). `port` of the control peer of that side; `to` is that peer itself.
struct Connect {
    Side side;
    HostPort to;
};
/// Native back: SETUP. Answered by setup_granted() or setup_refused(); the back's data channel is then opened at once,
/// and answered by connected() or failed().
struct AskSetup {};
/// Native front: TOKEN; connected(front) when its data channel is live, failed(front) when the token has expired.
struct GrantSetup {};
/// Native front: NOSETUP with this reply code.
struct RefuseSetup {
    int code;
};
/// TLS on a data connection that is there; answered by secured_data() or failed().
struct SecureData {
    Side side;
};
/// Fresh tickets on the front's control connection, where data connections must resume them.
struct RenewTickets {};
/// Moves bytes until the end; answered by data_ended().
struct Pump {
    Direction direction;
};
/// The server has confirmed the upload: what its data connection says of that is waited for a moment, not more.
struct ConcludeUpload {};
/// Forgets the set-up and all its sockets: quietly (FIN), where nothing was to be moved, or as a cut transfer.
struct DropData {
    bool reset;
};
struct Arm {
    Timer timer;
    std::chrono::seconds limit;
};
struct Disarm {
    Timer timer;
};
/// Back-pressure: read no more from the user until further notice.
struct PauseFront {};
struct ResumeFront {};
struct Log {
    bool security;  // an attack or a violation; else a rewrite, for debugging
    std::string text;
};
struct Audit {
    TransferRecord record;
};
/// The last one: both control connections, and all that is left of the data connection. What was replied goes out.
struct Close {
    CloseReason reason;
};

}  // namespace action

using Action =
    std::variant<action::Reply, action::Send, action::SecureControl, action::Listen, action::Connect, action::AskSetup,
                 action::GrantSetup, action::RefuseSetup, action::SecureData, action::RenewTickets, action::Pump,
                 action::ConcludeUpload, action::DropData, action::Arm, action::Disarm, action::PauseFront,
                 action::ResumeFront, action::Log, action::Audit, action::Close>;

}  // namespace sallyport::protocols::ftp
