// How a data connection is prepared. The user's four modes, and a native SETUP, end at the front; the server's two
// modes end at the back; every one goes with every other.
#include "protocols/ftp/conversation.hpp"

namespace sallyport::protocols::ftp {
namespace {

bool does_not_know(int code) { return code == 500 || code == 501 || code == 502 || code == 504 || code == 522; }

}  // namespace

void Conversation::handle_pasv() {
    if (settings_.front == Kind::native) return refuse(current_kind_);
    if (epsv_all_) {
        reply("501 PASV is not allowed after EPSV ALL");
        return done();
    }
    if (family_of(settings_.front_peer) == Family::v6) {
        reply("425 Use EPSV");
        return done();
    }
    begin_setup(FrontForm::pasv, std::nullopt);
}

void Conversation::handle_epsv(const Command& command) {
    if (settings_.front == Kind::native) return refuse(current_kind_);
    const auto family = family_of(settings_.front_peer);
    const auto request = parse_epsv(command.argument, family);
    if (!request) {
        refuse_address(request.error());
    } else if (request->all) {
        epsv_all_ = true;
        reply("200 EPSV ALL");
        done();
    } else {
        begin_setup(FrontForm::epsv, std::nullopt);
    }
}

void Conversation::handle_port(const Command& command, bool extended) {
    if (settings_.front == Kind::native) return refuse(current_kind_);
    const auto family = family_of(settings_.front_peer);
    if (epsv_all_) {
        reply("501 " + command.verb + " is not allowed after EPSV ALL");
        return done();
    }
    if (!extended && family == Family::v6) {
        reply("425 Use EPRT");
        return done();
    }
    const auto target = extended ? parse_eprt(command.argument, family) : parse_port(command.argument);
    if (!target) return refuse_address(target.error());
    // RFC 2577, 3: an address that is not the user's own would make us attack somebody else.
    if (target->address != settings_.front_peer) {
        alarm("refused " + command.verb + " to another address than the client's: " + target->address);
        reply("500 Illegal " + command.verb + " command: not your address");
        return done();
    }
    if (target->port < least_data_port) {
        alarm("refused " + command.verb + " to port " + std::to_string(target->port));
        reply("504 Ports below 1024 are not connected to");
        return done();
    }
    begin_setup(extended ? FrontForm::eprt : FrontForm::port, *target);
}

void Conversation::refuse_address(const error_code& error) {
    if (error == AddressError::family) {
        // RFC 2428, 2: the one that could be used.
        reply(family_of(settings_.front_peer) == Family::v6 ? "522 Use protocol (2)" : "522 Use protocol (1)");
    } else {
        reply("501 Syntax error in the arguments of " + current_->verb);
    }
    done();
}

void Conversation::setup_asked() {
    if (step_ == Step::closed) return;
    enqueue(SetupAsked{});
    next();
}

/// A new set-up destroys the one before it, with all its sockets, and serves one transfer.
void Conversation::begin_setup(FrontForm form, std::optional<HostPort> front_target, bool silent) {
    drop_setup(false);
    setup_.emplace(Setup{});
    setup_->form = form;
    setup_->front_target = std::move(front_target);
    setup_->silent = silent;
    const bool user_is_active = form == FrontForm::port || form == FrontForm::eprt;
    setup_->back_active =
        settings_.back != Kind::native &&
        (settings_.back_mode == BackMode::active || (settings_.back_mode == BackMode::as_front && user_is_active));
    enter(Step::preparing, settings_.timers.preparation);
    if (settings_.back == Kind::native) {
        act(action::AskSetup{});
    } else if (setup_->back_active) {
        act(action::Listen{Side::back});
    } else {
        ask_back_passive();
    }
}

/// EPSV is the only one for IPv6; with IPv4 old servers know PASV, and new ones both.
void Conversation::ask_back_passive() {
    const bool v6 = family_of(settings_.back_peer) == Family::v6;
    if (!v6 && !no_pasv_) {
        own_ = Own::pasv;
        send("PASV");
    } else if (!no_epsv_) {
        own_ = Own::epsv;
        send("EPSV");
    } else {
        return setup_failed(425, {"425 The server knows no passive mode"});
    }
    enter(Step::preparing, settings_.timers.preparation);
}

void Conversation::listening(Side side, const HostPort& at) {
    if (!setup_) return;
    if (side == Side::back && step_ == Step::preparing && setup_->back_active && own_ == Own::none) {
        const bool v6 = family_of(at.address) == Family::v6;
        own_ = v6 ? Own::eprt : Own::port;
        send(v6 ? write_eprt(at) : write_port(at));
        enter(Step::preparing, settings_.timers.preparation);
    } else if (side == Side::front && step_ == Step::listening) {
        setup_ready(setup_->form == FrontForm::epsv ? write_229(at.port) : write_227(at));
    }
    next();
}

/// The server's answer to our own PASV, EPSV, PORT or EPRT.
void Conversation::on_setup_reply(int code, const std::vector<std::string>& lines) {
    if (is_preliminary(code)) return;
    const auto asked = std::exchange(own_, Own::none);
    const bool passive = asked == Own::pasv || asked == Own::epsv;
    if (setup_->lost) return setup_failed(425, {"425 No free data port"});
    if (passive && (code == 227 || code == 229)) {
        const auto port = asked == Own::epsv ? parse_229(lines.front()) : parse_227(lines.front());
        if (!port) {
            alarm("the server's answer to our " + std::string(asked == Own::epsv ? "EPSV" : "PASV") +
                  " has no usable port");
            return setup_failed(425, {"425 The server's data address cannot be used"});
        }
        // The address in it is never used: it may be wrong behind NAT, or a trap.
        setup_->back_target = HostPort{settings_.back_peer, *port};
        return back_prepared();
    }
    if (!passive && is_positive(code)) return back_prepared();
    if (passive && does_not_know(code)) {
        (asked == Own::epsv ? no_epsv_ : no_pasv_) = true;
        if (!no_epsv_) return ask_back_passive();
    }
    if (is_negative(code)) return setup_failed(code, lines);
    setup_failed(425, {"425 The server prepared no data connection"});
}

void Conversation::setup_granted() {
    if (step_ == Step::preparing && settings_.back == Kind::native) back_prepared();
    next();
}

void Conversation::setup_refused(int code) {
    if (step_ == Step::preparing && settings_.back == Kind::native) {
        setup_failed(code, {std::to_string(code) + " The host prepared no data connection"});
    }
    next();
}

void Conversation::back_prepared() {
    if (settings_.front == Kind::native) {
        act(action::GrantSetup{});
        return setup_ready("");
    }
    if (setup_->form == FrontForm::pasv || setup_->form == FrontForm::epsv) {
        enter(Step::listening, settings_.timers.preparation);
        return act(action::Listen{Side::front});
    }
    setup_ready(setup_->silent ? "" : "200 " + current_->verb + " command successful");
}

void Conversation::setup_ready(const std::string& answer) {
    setup_->ready = true;
    if (!answer.empty()) {
        log(current_->verb + ": answered " + answer);
        reply(answer);
    }
    act(action::Arm{Timer::setup, settings_.timers.setup});
    done();
}

void Conversation::setup_failed(int code, const std::vector<std::string>& lines) {
    const bool silent = setup_ && setup_->silent;
    drop_setup(true);
    if (settings_.front == Kind::native) {
        act(action::RefuseSetup{code});
    } else {
        if (silent) {  // the transfer that it was for is answered
            queued_bytes_ -= std::get<Command>(queue_.front()).line.size();
            queue_.pop_front();
        }
        reply_lines(lines);
    }
    done();
}

void Conversation::drop_setup(bool reset) {
    if (!setup_) return;
    setup_.reset();
    act(action::Disarm{Timer::setup});
    act(action::DropData{reset});
}

}  // namespace sallyport::protocols::ftp
