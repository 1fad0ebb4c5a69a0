// The user's lines: their queue, and what is answered here.
#include "protocols/ftp/conversation.hpp"

namespace sallyport::protocols::ftp {
namespace {

using namespace std::chrono_literals;

// We chose: what a user may send ahead of the replies.
constexpr std::size_t most_queued_commands = 64;
constexpr std::size_t most_queued_bytes = 64 * 1024;
/// Of replies that say no, in a row, before a login; whoever gets more of them is no FTP client.
constexpr int most_errors_before_login = 20;

/// A user's command may take a server long without a word (copying, hashing), and only the user knows which does.
constexpr int patience = 10;

}  // namespace

Conversation::Conversation(Settings settings) : settings_(std::move(settings)) {
    front_secured_ = settings_.front == Kind::tls && settings_.front_implicit;
    protect_data_ = front_secured_;
    buffer_size_set_ = front_secured_;  // RFC 4217, 16: an implicit connection begins as PROT P
    back_secured_ = settings_.back == Kind::tls && settings_.back_implicit;
    act(action::Arm{Timer::login, settings_.timers.login});
    enter(Step::greeting, settings_.timers.reply);
}

void Conversation::front_bytes(Bytes bytes) {
    if (step_ == Step::closed || bytes.empty()) return;
    if (auth_waits_ || step_ == Step::securing_front) return refuse_injected();
    front_reader_.feed(bytes);
    take_front_lines();
    next();
}

void Conversation::front_ended(bool clean) {
    if (step_ == Step::closed) return;
    if (!clean) return close(CloseReason::front_lost);
    front_ended_ = true;  // an unfinished line is dropped; whole ones are still carried out
    next();
}

void Conversation::take_front_lines() {
    while (!paused_ && step_ != Step::closed) {
        auto line = front_reader_.next();
        if (!line) return;
        if (auto* command = std::get_if<Command>(&*line)) {
            auth_waits_ = settings_.front == Kind::tls && !front_secured_ && kind_of(command->verb) == VerbKind::auth;
            if (auth_waits_ && front_reader_.has_input()) return refuse_injected();
            enqueue(std::move(*command));
        } else {
            enqueue(std::get<LineFault>(*line));
        }
    }
}

void Conversation::enqueue(Item item) {
    if (const auto* command = std::get_if<Command>(&item)) {
        if (kind_of(command->verb) == VerbKind::abor && in_transfer()) {
            abort_transfer();
            item = Aborted{};
        } else {
            queued_bytes_ += command->line.size();
        }
    }
    queue_.push_back(std::move(item));
    if (paused_ || (queue_.size() < most_queued_commands && queued_bytes_ < most_queued_bytes)) return;
    paused_ = true;
    act(action::PauseFront{});
}

/// Handles what is queued until something has to be waited for.
void Conversation::next() {
    while (step_ == Step::ready) {
        if (queue_.empty() && paused_) {
            paused_ = false;
            act(action::ResumeFront{});
            take_front_lines();
        }
        if (queue_.empty()) break;
        const Item item = std::move(queue_.front());
        queue_.pop_front();
        if (const auto* command = std::get_if<Command>(&item)) {
            queued_bytes_ -= command->line.size();
            handle(*command);
        } else if (const auto* fault = std::get_if<LineFault>(&item)) {
            handle_fault(*fault);
        } else if (std::holds_alternative<SetupAsked>(item)) {
            begin_setup(FrontForm::native, std::nullopt);
        } else {
            if (kept_abort_reply_.empty()) kept_abort_reply_ = {"226 Abort successful"};
            reply_lines(std::exchange(kept_abort_reply_, {}));
        }
    }
    if (step_ == Step::ready && front_ended_) close(CloseReason::finished);
}

void Conversation::handle_fault(LineFault fault) {
    switch (fault) {
        case LineFault::too_long:
            reply("500 Line too long");
            return close_with(421, "Closing control connection", CloseReason::line_too_long);
        case LineFault::nul_byte:
            reply("500 A command may not contain NUL");
            break;
        case LineFault::leading_space:
            reply("500 A command may not begin with a space");
            break;
        case LineFault::bad_verb:
            reply("500 That is no command");
            break;
    }
    done();
}

void Conversation::handle(const Command& command) {
    current_ = command;
    current_kind_ = kind_of(command.verb);
    const auto kind = current_kind_;
    if (kind == VerbKind::http) {
        alarm("another protocol's request on an FTP port: " + command.verb);
        return close(CloseReason::not_ftp);
    }
    if (refused_before_tls(kind, command)) return;
    switch (kind) {
        case VerbKind::transfer_down:
        case VerbKind::transfer_up:
            return handle_transfer(kind, command);
        case VerbKind::pasv:
            return handle_pasv();
        case VerbKind::epsv:
            return handle_epsv(command);
        case VerbKind::port:
        case VerbKind::eprt:
            return handle_port(command, kind == VerbKind::eprt);
        case VerbKind::auth:
            return handle_auth(command);
        case VerbKind::pbsz:
            return handle_pbsz(command);
        case VerbKind::prot:
            return handle_prot(command);
        case VerbKind::ccc:
        case VerbKind::security:
        case VerbKind::rein:
        case VerbKind::refused_setup:
            return refuse(kind);
        case VerbKind::mode:
            return handle_mode(command);
        case VerbKind::site:
            return handle_site(command);
        case VerbKind::abor:
            drop_setup(false);
            return forward(command);
        case VerbKind::user:
            drop_setup(false);
            epsv_all_ = false;
            user_ = command.argument;
            logged_in_ = false;
            return forward(command);
        default:
            return forward(command);
    }
}

void Conversation::forward(const Command& command) {
    send(command.line);
    enter(Step::answering, settings_.timers.reply * patience);
}

void Conversation::enter(Step step, std::chrono::seconds limit) {
    step_ = step;
    if (limit > 0s) {
        act(action::Arm{Timer::step, limit});
    } else {
        act(action::Disarm{Timer::step});
    }
}

void Conversation::reply(const std::string& line) { reply_lines({line}); }

void Conversation::reply_lines(const std::vector<std::string>& lines) {
    if (lines.empty() || step_ == Step::securing_front) return;  // no word in clear into what is taken for TLS
    std::string text;
    for (const auto& line : lines) text += line + "\r\n";
    count_error(text[0]);
    act(action::Reply{std::move(text)});
}

void Conversation::count_error(char first_digit) {
    if (logged_in_ || first_digit == '1') return;
    errors_before_login_ = first_digit == '5' ? errors_before_login_ + 1 : 0;
}

void Conversation::send(const std::string& line) { act(action::Send{line + "\r\n", false}); }

/// The current command has had its final reply.
void Conversation::done() {
    if (step_ == Step::closed) return;
    current_.reset();
    own_ = Own::none;
    enter(Step::ready, settings_.timers.idle);
    if (errors_before_login_ < most_errors_before_login) return;
    close_with(421, "Too many errors", CloseReason::too_many_errors);
}

void Conversation::close(CloseReason reason) {
    if (step_ == Step::closed) return;
    if (transfer_) audit(said_goodbye_ ? 421 : 0, describe_close(reason));
    transfer_.reset();
    step_ = Step::closed;
    current_.reset();
    act(action::Close{reason});
}

void Conversation::close_with(int code, const std::string& text, CloseReason reason) {
    if (step_ == Step::closed) return;
    if (!said_goodbye_) reply(std::to_string(code) + " " + text);
    said_goodbye_ = true;
    close(reason);
}

void Conversation::deadline(Timer timer) {
    if (step_ == Step::closed) return;
    if (timer == Timer::login) {
        if (!logged_in_) close_with(421, "No login in time", CloseReason::timed_out);
        return;
    }
    if (timer == Timer::setup) {
        if (step_ == Step::ready || step_ == Step::answering) drop_setup(false);
        return;
    }
    switch (step_) {
        case Step::connecting_back:
            failed(Side::back);
            break;
        case Step::opening:
            failed(Side::front);
            break;
        case Step::moving:  // the server has said no and keeps the data connection open
            act(action::DropData{true});
            data_ended(DataEnd::reset, 0);
            break;
        case Step::finishing:
        case Step::aborting:
            fence();
            break;
        case Step::fencing:
            if (fence_in_doubt_) {
                end_fence();
            } else {
                close_with(421, "The server does not answer", CloseReason::timed_out);
            }
            break;
        case Step::securing_front:
            close(CloseReason::handshake_failed);
            break;
        case Step::ready:
            close_with(421, "No command for too long", CloseReason::timed_out);
            break;
        default:
            close_with(421, "The server does not answer", CloseReason::timed_out);
    }
    next();
}

std::string Conversation::current_command() const { return current_ ? current_->loggable() : std::string(); }

std::optional<Direction> Conversation::moving() const {
    if (step_ != Step::moving) return std::nullopt;
    return transfer_->direction;
}

}  // namespace sallyport::protocols::ftp
