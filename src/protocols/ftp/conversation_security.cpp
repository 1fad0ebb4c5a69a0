// AUTH, PBSZ, PROT: the user's, and our own towards a server (RFC 4217).
#include "protocols/ftp/conversation.hpp"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <cctype>

namespace sallyport::protocols::ftp {
namespace {

constexpr std::chrono::seconds handshake_limit{15};

bool is_decimal(const std::string& text) {
    return !text.empty() && text.size() <= 10 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

bool Conversation::refuses_clear_logins() const {
    return settings_.front == Kind::tls && settings_.front_must_protect && !front_secured_;
}

/// What stands behind AUTH was sent in clear, by whomever, and would be taken for the protected client's.
void Conversation::refuse_injected() {
    alarm("bytes behind AUTH");
    close(CloseReason::injected_input);
}

void Conversation::handle_auth(const Command& command) {
    auth_waits_ = false;
    if (settings_.front != Kind::tls) {
        reply("502 AUTH is not offered here");
        return done();
    }
    const auto mechanism = boost::to_upper_copy(command.argument);
    if (front_secured_ || logged_in_ || !user_.empty()) {
        reply(front_secured_ ? "503 This connection is protected already" : "503 AUTH comes before USER");
        return done();
    }
    if (mechanism != "TLS" && mechanism != "TLS-C" && mechanism != "SSL" && mechanism != "TLS-P") {
        reply("504 Use AUTH TLS");
        return done();
    }
    drop_setup(false);
    epsv_all_ = false;
    buffer_size_set_ = false;
    protect_data_ = mechanism == "TLS-P" || (mechanism == "SSL" && settings_.front_must_protect);
    reply("234 Proceed with the TLS handshake");
    act(action::SecureControl{Side::front});
    enter(Step::securing_front, handshake_limit);
}

void Conversation::handle_pbsz(const Command& command) {
    if (settings_.front != Kind::tls || !front_secured_) {
        reply("503 PBSZ comes after AUTH TLS");
    } else if (!is_decimal(command.argument)) {
        reply("501 Write PBSZ 0");
    } else {
        buffer_size_set_ = true;
        reply("200 PBSZ=0");
    }
    done();
}

void Conversation::handle_prot(const Command& command) {
    const auto level = boost::to_upper_copy(command.argument);
    if (settings_.front != Kind::tls || !buffer_size_set_) {
        reply("503 PROT comes after PBSZ");
    } else if (level == "P") {
        protect_data_ = true;
        reply("200 Data connections are protected");
    } else if (level == "C" && settings_.front_must_protect) {
        reply("534 Data connections must be protected; use PROT P");
    } else if (level == "C") {
        protect_data_ = false;
        reply("200 Data connections are clear");
    } else {
        reply(level == "S" || level == "E" ? "536 TLS has PROT P and PROT C only" : "504 Use PROT P");
    }
    done();
}

void Conversation::secured(Side control) {
    if (step_ == Step::closed) return;
    if (control == Side::front && step_ == Step::securing_front) {
        front_secured_ = true;
        front_reader_.clear();
        done();
    } else if (control == Side::back && step_ == Step::securing_back && own_ == Own::none) {
        back_secured_ = true;
        back_reader_.clear();
        own_ = Own::pbsz;
        send("PBSZ 0");
        enter(Step::securing_back, settings_.timers.reply);
    }
    next();
}

void Conversation::secure_failed(Side control) {
    if (step_ == Step::closed) return;
    // The user's side is out of step (RFC 4217, 10.1): no word in clear into what it takes for TLS.
    if (control == Side::front) return close(CloseReason::handshake_failed);
    close_with(421, "The server's protection cannot be trusted", CloseReason::handshake_failed);
}

/// After the greeting of a server that must offer TLS.
void Conversation::protect_back() {
    own_ = back_secured_ ? Own::pbsz : Own::auth;
    send(back_secured_ ? "PBSZ 0" : "AUTH TLS");
    enter(Step::securing_back, settings_.timers.reply);
}

/// The server's answers to our own AUTH, PBSZ and PROT. No way leads on without them.
void Conversation::on_own_security_reply(int code) {
    if (is_preliminary(code)) return;
    const bool accepted = own_ == Own::auth ? code == 234 : code == 200;
    if (!accepted) {
        alarm("the server refused protection: " + std::to_string(code));
        return close_with(421, "The server offers no protected connection", CloseReason::no_protection);
    }
    switch (own_) {
        case Own::auth:
            if (back_reader_.has_input()) {
                alarm("bytes behind the answer to AUTH");
                return close_with(421, "The server's answer cannot be trusted", CloseReason::injected_input);
            }
            own_ = Own::none;  // until the handshake is over, the server has nothing to say
            act(action::SecureControl{Side::back});
            return enter(Step::securing_back, handshake_limit);
        case Own::pbsz:
            own_ = Own::prot;
            send("PROT P");
            return enter(Step::securing_back, settings_.timers.reply);
        default:
            own_ = Own::none;
            return greet();
    }
}

}  // namespace sallyport::protocols::ftp
