// What the server says.
#include "protocols/ftp/conversation.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace sallyport::protocols::ftp {
namespace {

/// Lines that are no replies, before the session is given up.
constexpr int most_garbage_lines = 10;

bool answers_setup(int code) { return code >= 227 && code <= 229; }

}  // namespace

void Conversation::back_bytes(Bytes bytes) {
    if (step_ == Step::closed || bytes.empty()) return;
    if (step_ == Step::securing_back && own_ == Own::none) {  // what is clear text now is not the server's
        alarm("bytes behind the answer to AUTH");
        return close_with(421, "The server's answer cannot be trusted", CloseReason::injected_input);
    }
    back_reader_.feed(bytes);
    while (step_ != Step::closed) {
        const auto item = back_reader_.next();
        if (!item) break;
        if (const auto* line = std::get_if<ReplyLine>(&*item)) {
            on_reply_line(*line);
        } else {
            on_trouble(std::get<ReplyTrouble>(*item));
        }
        next();
    }
}

void Conversation::on_trouble(const ReplyTrouble& trouble) {
    if (trouble.fault != ReplyFault::no_code || ++garbage_lines_ > most_garbage_lines) {
        alarm("the server's replies cannot be read");
        return close_with(421, "The server's replies cannot be read", CloseReason::bad_reply);
    }
    // A client that looks for digits only would take the rest for a reply.
    const bool like_a_reply = !trouble.text.empty() && std::isdigit(static_cast<unsigned char>(trouble.text[0])) != 0;
    if (step_ == Step::answering && !like_a_reply) {
        act(action::Reply{trouble.text + "\r\n"});
    } else {
        log("dropped a line of the server's that is no reply");
    }
}

/// Lines of plain answers go on as they come, however many they are; a reply that is rewritten or held is gathered.
void Conversation::on_reply_line(const ReplyLine& line) {
    if (line.first) {
        streaming_ = may_stream(line.code);
        unasked_ = !expects_reply();
    }
    if (streaming_) {
        act(action::Reply{line.text + "\r\n"});
    } else {
        group_.push_back(line.text);
    }
    if (line.last) on_reply(line.code, std::exchange(group_, {}));
}

bool Conversation::may_stream(int code) const {
    return step_ == Step::answering && current_kind_ != VerbKind::feat && code != 421 && !is_preliminary(code) &&
           !answers_setup(code) && !must_not_come(code) && code < 600;
}

/// Something that the server has not answered is outstanding.
bool Conversation::expects_reply() const {
    switch (step_) {
        case Step::ready:
        case Step::securing_front:
        case Step::listening:
        case Step::connecting_back:
        case Step::closed:
            return false;
        case Step::preparing:
        case Step::securing_back:
            return own_ != Own::none;
        default:
            return true;
    }
}

/// RFC 2228, 5 and RFC 4217, 10: replies about protection. The user's side has its own; on a plain connection to the
/// server nothing asks for them.
bool Conversation::must_not_come(int code) const {
    static constexpr std::array about_security{234, 235, 334, 335, 431, 533, 534, 535, 536, 537, 631, 632, 633};
    return step_ != Step::securing_back &&
           std::find(about_security.begin(), about_security.end(), code) != about_security.end();
}

void Conversation::refuse_reply(int code) {
    alarm("the server answered " + std::to_string(code) + ", which belongs to a protection nobody asked it for");
    close_with(421, "The server's reply makes no sense here", CloseReason::bad_reply);
}

void Conversation::on_reply(int code, std::vector<std::string> lines) {
    if (code >= 600) {  // RFC 2228, 5: protected replies, which nobody asked for
        alarm("the server sent a protected reply");
        return close_with(421, "The server's replies cannot be read", CloseReason::bad_reply);
    }
    if (code == 421) {
        reply_lines(lines);
        said_goodbye_ = true;
        return close(CloseReason::back_closed);
    }
    if (unasked_) return on_stray(code);
    if (must_not_come(code)) return refuse_reply(code);
    switch (step_) {
        case Step::greeting:
            return on_greeting(code, lines);
        case Step::securing_back:
            return on_own_security_reply(code);
        case Step::answering:
            return on_answer(code, lines);
        case Step::preparing:
            return on_setup_reply(code, lines);
        case Step::starting:
            if (answers_setup(code)) return refuse_foreign_setup();
            return on_start_reply(code, std::move(lines));
        case Step::opening:
        case Step::moving:
        case Step::finishing:
            if (answers_setup(code)) return on_stray(code);  // the real one is still to come
            return on_transfer_reply(code, std::move(lines));
        case Step::aborting:
            if (answers_setup(code)) return on_stray(code);
            return on_abort_reply(code, std::move(lines));
        case Step::fencing:
            if (answers_setup(code)) return on_stray(code);
            return on_fence_reply(code, std::move(lines));
        default:
            return on_stray(code);
    }
}

/// RFC 959, 5.4 knows no reply without a command. Forwarding it would shift every later one by a command, and that is
/// how answers are injected.
void Conversation::on_stray(int code) { alarm("dropped a reply that nobody asked for: " + std::to_string(code)); }

void Conversation::on_greeting(int code, const std::vector<std::string>& lines) {
    if (is_preliminary(code)) {
        if (settings_.back != Kind::tls) reply_lines(lines);  // 120: it will be ready later
        return;
    }
    if (is_negative(code)) {
        reply_lines(lines);
        said_goodbye_ = true;
        return close(CloseReason::back_closed);
    }
    if (answers_setup(code)) return refuse_reply(code);
    greeting_ = lines;
    if (settings_.back == Kind::tls) return protect_back();
    greet();
}

void Conversation::greet() {
    if (settings_.front == Kind::tls && !settings_.greeting.empty()) {
        reply("220 " + settings_.greeting);
    } else if (greeting_.front().starts_with("230") && refuses_clear_logins()) {
        reply("220 Use AUTH TLS");  // RFC 959, 5.4 allows a greeting that is a login; protection comes first
    } else {
        logged_in_ = greeting_.front().starts_with("230");
        reply_lines(greeting_);
    }
    greeting_.clear();
    done();
}

/// The answer to the user's own command, `lines` being empty where they went on already.
void Conversation::on_answer(int code, const std::vector<std::string>& lines) {
    if (answers_setup(code)) return refuse_foreign_setup();
    if (is_preliminary(code)) {
        if ((code == 125 || code == 150) && setup_ && setup_->ready) return begin_unknown_transfer(lines);
        return reply_lines(lines);
    }
    if (current_kind_ == VerbKind::feat && settings_.front != Kind::native) {
        answer_features(code, lines);
    } else {
        reply_lines(lines);
        if (lines.empty()) count_error(static_cast<char>('0' + code / 100));
    }
    learn_login(code);
    if (current_kind_ == VerbKind::quit && is_positive(code)) {
        said_goodbye_ = true;
        return close(CloseReason::finished);
    }
    done();
}

/// 227 to 229 to what was no PASV of ours: an address that the user must not see.
void Conversation::refuse_foreign_setup() {
    alarm("the server opened a data connection for a command that has none: " + current_->verb);
    if (transfer_) return end_without_data(502, {"502 Command not implemented"});
    reply("502 Command not implemented");
    done();
}

void Conversation::answer_features(int code, const std::vector<std::string>& lines) {
    const auto front = settings_.front == Kind::tls ? FeatureFront::tls : FeatureFront::plain;
    if (code == 211) {
        log("FEAT: rewritten to what can be offered here");
        act(action::Reply{rewrite_features(lines, front)});
    } else if (settings_.front == Kind::tls && (code == 500 || code == 502 || code == 530)) {
        log("FEAT: the server has none, answered with our own");
        act(action::Reply{own_features(front)});
    } else {
        reply_lines(lines);
    }
}

/// RFC 959, 5.4: USER, PASS and ACCT end a login with 230 or 202.
void Conversation::learn_login(int code) {
    const auto& verb = current_->verb;
    if (verb != "USER" && verb != "PASS" && verb != "ACCT") return;
    if (code != 230 && code != 202 && code != 232) return;
    logged_in_ = true;
    act(action::Disarm{Timer::login});
}

void Conversation::back_ended() {
    if (step_ == Step::closed) return;
    const bool promised = transfer_.has_value();
    if (promised) {
        reply("426 Transfer incomplete: the server's connection broke");
        audit(426, "the server's control connection broke");
        transfer_.reset();
    }
    if (step_ == Step::greeting) return close_with(421, "Service not available", CloseReason::back_unreachable);
    close_with(421, "The server closed the connection", promised ? CloseReason::back_lost : CloseReason::back_closed);
}

}  // namespace sallyport::protocols::ftp
