/// One FTP session between a user's side (front) and the files' side (back), followed command by command, so that its
/// data connections can be opened by the relay, and protected. Pure: bytes and events in, actions out; no sockets, no
/// clock. The same machine serves every chain: which kind each side is, is data.
///
/// What it holds to (docs/ftp.md):
/// - The user's n-th command gets the n-th reply, and one command at a time is outstanding at the server.
/// - The user's modes (PASV, EPSV, PORT, EPRT, or a native SETUP) end at the front, the server's at the back.
/// - A positive final reply is given to the user only when the data connection has ended as it should; for a transfer
///   that is known to be incomplete the user gets 426, whatever the server said.
/// - Addresses in replies are never followed, and none of one side is shown to the other.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "protocols/ftp/action.hpp"
#include "protocols/ftp/address.hpp"
#include "protocols/ftp/features.hpp"
#include "protocols/ftp/line.hpp"
#include "protocols/ftp/reply.hpp"
#include "protocols/ftp/verbs.hpp"

namespace sallyport::protocols::ftp {

enum class Kind { plain, native, tls };

/// Which mode the relay uses towards the server.
enum class BackMode { passive, active, as_front };

struct Timers {
    std::chrono::seconds reply{60};        // to what every server answers at once; ten times as long to users' commands
    std::chrono::seconds preparation{30};  // to our own PASV, PORT, SETUP
    std::chrono::seconds opening{30};      // of the data connections, after the transfer command
    std::chrono::seconds setup{60};        // of a set-up that is not used
    std::chrono::seconds login{120};       // from the greeting to a login
    std::chrono::seconds idle{900};        // without a command
    std::chrono::seconds final_reply{60};  // after the data of a download
    std::chrono::seconds stored_reply{600};  // after the data of an upload: the server may be copying
    std::chrono::seconds abort{2};           // for the replies to ABOR before we ask with NOOP
    std::chrono::seconds fence{15};          // for the reply to that NOOP
};

struct Settings {
    Kind front = Kind::plain;
    Kind back = Kind::plain;
    bool front_implicit = false;  // TLS from the first byte
    bool back_implicit = false;

    // Of the control connections, in canonical form.
    std::string front_peer;  // the only address that PORT may name
    std::string back_peer;   // where passive data connections go

    bool front_must_protect = true;  // TLS front: no login before AUTH, no data under PROT C
    bool default_data_port = false;  // a transfer without a set-up means PORT to the control peer's own port
    std::uint16_t front_peer_port = 0;
    BackMode back_mode = BackMode::passive;
    std::string greeting;                      // instead of the server's, towards TLS clients; empty: as it is
    std::set<std::string> refused_site_words;  // upper case
    Timers timers;
};

class Conversation {
public:
    explicit Conversation(Settings settings);

    /// Bytes of the control connections, cut anywhere, opened if they were sealed.
    void front_bytes(Bytes bytes);
    void back_bytes(Bytes bytes);
    /// The connection has ended; `clean`: by an end that can be believed.
    void front_ended(bool clean);
    void back_ended();

    // Native front: SETUP.
    void setup_asked();
    // Native back: its answers.
    void setup_granted();
    void setup_refused(int code);

    void secured(Side control);
    void secure_failed(Side control);
    /// `at` is the listener's own address, as the other program must be told it.
    void listening(Side side, const HostPort& at);
    void connected(Side data);
    void secured_data(Side side);
    /// A Listen, Connect, SecureData or GrantSetup came to nothing.
    void failed(Side data);
    void data_ended(DataEnd end, std::uint64_t bytes);
    void deadline(Timer timer);

    /// What is to be done now, in order; empty until something happens.
    std::vector<Action> take_actions() { return std::exchange(actions_, {}); }

    // For views.
    const std::string& user() const { return user_; }
    bool logged_in() const { return logged_in_; }
    /// What is being done, safe to show: "RETR a.txt"; empty when idle.
    std::string current_command() const;
    std::optional<Direction> moving() const;
    bool closed() const { return step_ == Step::closed; }

private:
    enum class Step {
        greeting,         // the server's first reply is awaited
        securing_back,    // AUTH, TLS, PBSZ, PROT towards the server
        securing_front,   // TLS after the user's AUTH
        ready,            // the next command may come
        answering,        // a forwarded command's reply is awaited
        preparing,        // the back half of a set-up
        listening,        // the front half
        connecting_back,  // the data connections that must be there before the transfer command is sent
        starting,         // the transfer command was sent; 1yz is awaited
        opening,          // the data connections that come after 1yz, and their TLS
        moving,
        finishing,  // the data is over, the final reply is not there
        aborting,   // ABOR was sent; two final replies are awaited
        fencing,    // a reply is missing; NOOP was sent to find out
        closed,
    };
    /// What a queued item is: a command, a line that is none, a native SETUP, or an ABOR that was acted upon already.
    struct SetupAsked {};
    struct Aborted {};
    using Item = std::variant<Command, LineFault, SetupAsked, Aborted>;

    enum class FrontForm { pasv, epsv, port, eprt, native };
    struct Setup {
        FrontForm form = FrontForm::pasv;
        std::optional<HostPort> front_target;  // PORT, EPRT
        std::optional<HostPort> back_target;   // where the server listens, unless it is native or active
        bool back_active = false;
        bool silent = false;  // our own idea (default_data_port): the user asked for nothing and is told nothing
        bool ready = false;   // the user was told
        bool lost = false;    // its listener has failed; the server's answer is still to come
        bool front_asked = false, back_asked = false;  // a Connect was asked for
        bool front_connected = false, back_connected = false;
    };
    /// Our own command towards the server, whose reply the user does not see.
    enum class Own { none, epsv, pasv, port, eprt, auth, pbsz, prot };
    struct Transfer {
        Command command;
        Direction direction = Direction::either;
        bool protect_front = false;    // PROT P, as it was when the command came
        bool sent = false;             // the server has the command
        std::optional<Side> securing;  // TLS on the data connection was asked for
        bool front_secured = false, back_secured = false;
        bool aborted = false;
        std::optional<DataEnd> end;
        std::uint64_t bytes = 0;
        std::vector<std::string> final_lines;  // the final reply, held until the data has ended
        int final_code = 0;
        std::string second_start;  // a second 150
        std::string trouble;       // why it is incomplete, where the relay knows more than `end` says
        int replacement = 426;     // the reply for an incomplete transfer
    };

    using Held = std::pair<int, std::vector<std::string>>;  // a final reply, not given to the user yet

    // conversation.cpp: the user's lines and their queue
    void take_front_lines();
    void enqueue(Item item);
    void next();
    void handle(const Command& command);
    void handle_fault(LineFault fault);
    void forward(const Command& command);

    // conversation_refusals.cpp
    bool refused_before_tls(VerbKind kind, const Command& command);
    void refuse(VerbKind kind);
    void handle_mode(const Command& command);
    void handle_site(const Command& command);

    // conversation_replies.cpp: what the server says
    void on_trouble(const ReplyTrouble& trouble);
    void on_reply_line(const ReplyLine& line);
    bool may_stream(int code) const;
    bool expects_reply() const;
    bool must_not_come(int code) const;
    void refuse_reply(int code);
    void on_reply(int code, std::vector<std::string> lines);
    void on_stray(int code);
    void on_greeting(int code, const std::vector<std::string>& lines);
    void greet();
    void on_answer(int code, const std::vector<std::string>& lines);
    void refuse_foreign_setup();
    void answer_features(int code, const std::vector<std::string>& lines);
    void learn_login(int code);

    // conversation_security.cpp: AUTH, PBSZ, PROT on both sides
    bool refuses_clear_logins() const;
    void refuse_injected();
    void handle_auth(const Command& command);
    void handle_pbsz(const Command& command);
    void handle_prot(const Command& command);
    void protect_back();
    void on_own_security_reply(int code);

    // conversation_setup.cpp: PASV, EPSV, PORT, EPRT, SETUP
    void handle_pasv();
    void handle_epsv(const Command& command);
    void handle_port(const Command& command, bool extended);
    void refuse_address(const error_code& error);
    void begin_setup(FrontForm form, std::optional<HostPort> front_target, bool silent = false);
    void ask_back_passive();
    void on_setup_reply(int code, const std::vector<std::string>& lines);
    void back_prepared();
    void setup_ready(const std::string& answer);
    void setup_failed(int code, const std::vector<std::string>& lines);
    void drop_setup(bool reset);

    // conversation_transfer.cpp
    void handle_transfer(VerbKind kind, const Command& command);
    void connect_back();
    void begin_unknown_transfer(const std::vector<std::string>& lines);
    void on_start_reply(int code, std::vector<std::string> lines);
    void end_without_data(int code, const std::vector<std::string>& lines);
    void open_front();
    void open_further();
    void secure_data(Side side);
    void begin_moving();
    void conclude_upload();
    void opening_failed(std::string why);
    void on_transfer_reply(int code, std::vector<std::string> lines);
    void finish_transfer();
    void audit(int code, std::string why_not);

    // conversation_abort.cpp
    bool take_waiting_abort();
    void abort_transfer();
    void on_abort_reply(int code, std::vector<std::string> lines);
    std::size_t transfers_reply(const std::vector<Held>& replies) const;
    void finish_abort();
    void fence();
    void on_fence_reply(int code, std::vector<std::string> lines);
    void end_fence();

    bool in_transfer() const { return step_ >= Step::connecting_back && step_ <= Step::finishing; }

    // What every part uses.
    template <typename A>
    void act(A action) {
        actions_.emplace_back(std::move(action));
    }
    void enter(Step step, std::chrono::seconds limit);
    void reply(const std::string& line);  // without its end
    void reply_lines(const std::vector<std::string>& lines);
    void count_error(char first_digit);
    void send(const std::string& line);
    void log(std::string text) { act(action::Log{false, std::move(text)}); }
    void alarm(std::string text) { act(action::Log{true, std::move(text)}); }
    void done();  // the current command is answered
    void close(CloseReason reason);
    void close_with(int code, const std::string& text, CloseReason reason);

    Settings settings_;
    Step step_ = Step::greeting;
    std::vector<Action> actions_;

    CommandReader front_reader_;
    std::deque<Item> queue_;
    std::size_t queued_bytes_ = 0;
    bool paused_ = false, front_ended_ = false;
    bool auth_waits_ = false;  // AUTH is the last that was read; what follows it may not be clear text

    ReplyReader back_reader_;
    std::vector<std::string> group_;  // the lines of a reply that is rewritten or held
    bool streaming_ = false;          // the lines of the present reply go on as they come
    bool unasked_ = false;            // the present reply began while nothing was outstanding
    int garbage_lines_ = 0;

    std::string user_;
    bool logged_in_ = false;
    int errors_before_login_ = 0;
    bool said_goodbye_ = false;  // 221 or 421 has gone to the user

    bool front_secured_ = false, back_secured_ = false;
    bool buffer_size_set_ = false;  // PBSZ
    bool protect_data_ = false;     // PROT P
    bool epsv_all_ = false;
    std::vector<std::string> greeting_;  // held until the back is secured

    std::optional<Command> current_;
    VerbKind current_kind_ = VerbKind::forward;
    Own own_ = Own::none;
    bool no_epsv_ = false, no_pasv_ = false;  // the server has said that it does not know it
    std::optional<Setup> setup_;
    std::optional<Transfer> transfer_;

    bool fence_in_doubt_ = false;  // NOOP was answered as if unknown
    std::vector<Held> abort_replies_;
    std::vector<std::string> kept_abort_reply_;  // until its turn comes
};

}  // namespace sallyport::protocols::ftp
