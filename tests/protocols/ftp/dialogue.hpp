/// A conversation as a dialogue: what happens to it on one side, what it is expected to do about it on the other.
/// Each thing it does must be expected, in its order, before the next thing happens; only timers and remarks for
/// debugging may go unmentioned. A failure prints everything that was said.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/ftp/conversation.hpp"

namespace sallyport::protocols::ftp::tests {

inline const std::string user_address = "10.1.1.1";
inline const std::string relay_address = "10.1.1.2";  // as the user sees it
inline const std::string relay_address_v6 = "2001:db8:1::2";
inline const std::string back_local = "10.2.2.1";  // as the server sees it
inline const std::string server_address = "10.2.2.2";

/// A plain user and a plain server, both IPv4.
Settings plain_settings();
/// A client with explicit TLS in front of a plain server.
Settings tls_front();
/// A client with TLS from the first byte.
Settings implicit_front();
/// A plain user in front of a server with TLS, explicit.
Settings tls_back();
/// The host's end of the native channel.
Settings native_front();
/// The workstation's.
Settings native_back();
/// The same with IPv6 on both sides.
Settings with_ipv6(Settings settings);

/// What an action does, in a line: "user < 227 ...", "server < PASV", "connect back 10.2.2.2:5000".
std::string described(const Action& wanted);

class Dialogue {
public:
    using Where = std::source_location;
    explicit Dialogue(Settings settings, Where where = Where::current());
    ~Dialogue();
    Dialogue(const Dialogue&) = delete;
    Dialogue& operator=(const Dialogue&) = delete;

    // What happens. A line gets its CRLF here; `raw` none.
    void front(std::string_view line, Where where = Where::current());
    void raw_front(std::string_view bytes, Where where = Where::current());
    void back(std::string_view line, Where where = Where::current());
    void raw_back(std::string_view bytes, Where where = Where::current());
    void front_ended(bool clean, Where where = Where::current());
    void back_ended(Where where = Where::current());
    void setup_asked(Where where = Where::current());
    void setup_granted(Where where = Where::current());
    void setup_refused(int code, Where where = Where::current());
    void secured(Side control, Where where = Where::current());
    void secure_failed(Side control, Where where = Where::current());
    void listening(Side side, std::uint16_t port, Where where = Where::current());
    void connected(Side side, Where where = Where::current());
    void secured_data(Side side, Where where = Where::current());
    void failed(Side side, Where where = Where::current());
    void data_ended(DataEnd end, std::uint64_t bytes = 100, Where where = Where::current());
    /// The timer must be armed.
    void expire(Timer timer, Where where = Where::current());

    // What must have come of it, in this order.
    void expect_to_front(std::string_view line, Where where = Where::current());
    void expect_to_back(std::string_view line, Where where = Where::current());
    void expect_abort_to_back(Where where = Where::current());
    void expect(const Action& wanted, Where where = Where::current());
    /// A remark about an attack or a violation, with these words in it.
    void expect_alarm(std::string_view words, Where where = Where::current());
    /// Of one transfer: "RETR a 226 100 complete", "RETR a 426 100 aborted by the user".
    void expect_audit(std::string_view text, Where where = Where::current());
    void expect_close(CloseReason reason, Where where = Where::current());
    void expect_nothing(Where where = Where::current());

    /// The time a timer was armed for, 0 if it is not.
    std::chrono::seconds armed(Timer timer) const;
    /// All remarks for debugging so far, a line each.
    const std::string& remarks() const { return remarks_; }
    const Conversation& conversation() const { return conversation_; }

    // What most tests begin with: greeting, protection, login.
    void greet(Where where = Where::current());
    void protect(Where where = Where::current());  // AUTH TLS, PBSZ 0, PROT P of a TLS front
    void log_in(Where where = Where::current());
    /// greet(), protect() where it is needed, log_in().
    void begin(Where where = Where::current());
    /// A set-up by PASV, the server passive too: the user is shown relay_address:`front`, the server listens at `back`.
    void prepare(std::uint16_t front = 40000, std::uint16_t back = 50000, Where where = Where::current());
    /// prepare(), the user's data connection, the command, 150: until bytes move.
    void start(std::string_view command, Where where = Where::current());

private:
    template <typename Event>
    void happen(std::string what, const Where& where, Event event);
    void collect();
    void expect_text(const std::string& wanted, const Where& where);
    void fail(const std::string& why, const Where& where) const;
    std::string address_of(Side side) const;

    Settings settings_;
    Conversation conversation_;
    std::deque<std::string> done_;  // not expected yet
    std::map<Timer, std::chrono::seconds> timers_;
    std::vector<std::string> transcript_;
    std::string remarks_;
};

}  // namespace sallyport::protocols::ftp::tests
