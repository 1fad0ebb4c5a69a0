/// Every message that the programs log, by its permanent number. docs/operating.md explains each one; a test compares.
/// A number is never used for anything else, also after its message is gone.
#pragma once

namespace sallyport {

namespace message {
enum class Severity { info, warning, error };
}

struct Message {
    int number;
    message::Severity severity;
    const char* name;
};

namespace message {

// 1000: the program as a whole
inline constexpr Message listening{1001, Severity::info, "listening"};
inline constexpr Message ready{1002, Severity::info, "ready"};
inline constexpr Message draining{1003, Severity::info, "draining"};
inline constexpr Message stopped{1004, Severity::info, "stopped"};
inline constexpr Message cannot_listen{1005, Severity::error, "cannot_listen"};
inline constexpr Message configuration{1006, Severity::warning, "configuration"};
inline constexpr Message made_key{1007, Severity::info, "made_key"};
inline constexpr Message legacy_until{1008, Severity::info, "legacy_until"};
inline constexpr Message capacity{1009, Severity::info, "capacity"};
inline constexpr Message drain_cut{1010, Severity::warning, "drain_cut"};

// 2000: sessions
inline constexpr Message session_ended{2002, Severity::info, "session_ended"};
inline constexpr Message session_stopped{2003, Severity::warning, "session_stopped"};
inline constexpr Message legacy_session{2004, Severity::warning, "legacy_session"};
inline constexpr Message unknown_host{2005, Severity::warning, "unknown_host"};
inline constexpr Message stranger{2006, Severity::warning, "stranger"};
inline constexpr Message card_given{2007, Severity::info, "card_given"};
inline constexpr Message near_limit{2008, Severity::warning, "near_limit"};
inline constexpr Message accept_paused{2009, Severity::warning, "accept_paused"};
inline constexpr Message source_refused{2010, Severity::warning, "source_refused"};
inline constexpr Message session_failed{2011, Severity::error, "session_failed"};

// 3000: the workstation's list
inline constexpr Message not_trusted{3001, Severity::warning, "not_trusted"};
inline constexpr Message protection_changed{3002, Severity::info, "protection_changed"};
inline constexpr Message entry_closed{3003, Severity::info, "entry_closed"};
inline constexpr Message entry_unusable{3004, Severity::error, "entry_unusable"};
inline constexpr Message plain_entry{3005, Severity::warning, "plain_entry"};

// 4000: FTP
inline constexpr Message ftp_transfer{4001, Severity::info, "ftp_transfer"};
inline constexpr Message ftp_incomplete{4002, Severity::warning, "ftp_incomplete"};
inline constexpr Message ftp_security{4003, Severity::warning, "ftp_security"};
inline constexpr Message ftp_no_port{4004, Severity::warning, "ftp_no_port"};
inline constexpr Message ftp_clear_text{4005, Severity::warning, "ftp_clear_text"};

}  // namespace message
}  // namespace sallyport
