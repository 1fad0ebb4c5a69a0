// A transfer, from its command to its final reply.
//
//     connecting_back -> starting -> opening -> moving -> finishing
//
// The server's side is there before the command goes out: some servers wait for it before they say 150. The user's side
// follows after 150, when it is certain that there is something to move.
#include "protocols/ftp/conversation.hpp"

namespace sallyport::protocols::ftp {
namespace {

/// A server that has said no during a transfer closes its data connection, or is helped.
constexpr std::chrono::seconds until_refused_data_ends{5};
/// Pure-FTPd ends a broken download with a second 150 and nothing else; NOOP then tells that nothing else comes.
constexpr std::chrono::seconds until_second_start_is_final{2};

const char* reason_of(DataEnd end) {
    switch (end) {
        case DataEnd::complete:
            return "";
        case DataEnd::reset:
            return "the data connection was reset";
        case DataEnd::truncated:
            return "the data connection ended without its signed end";
        case DataEnd::stalled:
            return "nothing moved for too long";
    }
    return "";
}

}  // namespace

void Conversation::handle_transfer(VerbKind kind, const Command& command) {
    if (!setup_ || !setup_->ready) {
        if (!settings_.default_data_port || settings_.front == Kind::native) {
            reply("425 Use PORT or PASV first");
            return done();
        }
        // RFC 959, 3.2: without PORT, the user's data port is its control port.
        queue_.push_front(command);
        queued_bytes_ += command.line.size();
        return begin_setup(FrontForm::port, HostPort{settings_.front_peer, settings_.front_peer_port}, true);
    }
    const bool protect = settings_.front == Kind::tls && front_secured_ && protect_data_;
    if (settings_.front == Kind::tls && settings_.front_must_protect && !protect) {
        reply("521 Data connections must be protected; use PROT P");
        return done();
    }
    transfer_.emplace(Transfer{});
    transfer_->command = command;
    transfer_->direction = kind == VerbKind::transfer_up ? Direction::upload : Direction::download;
    transfer_->protect_front = protect;
    act(action::Disarm{Timer::setup});
    enter(Step::connecting_back, settings_.timers.opening);
    if (take_waiting_abort()) return abort_transfer();
    connect_back();
}

/// What must be there before the command is sent; called again as it comes.
void Conversation::connect_back() {
    if (settings_.front == Kind::native && !setup_->front_connected) return;
    if (!setup_->back_active && !setup_->back_connected) {
        if (setup_->back_target && !setup_->back_asked) {
            setup_->back_asked = true;
            act(action::Connect{Side::back, *setup_->back_target});
        }
        return;
    }
    if (transfer_->sent) return open_front();
    transfer_->sent = true;
    send(transfer_->command.line);
    enter(Step::starting, settings_.timers.reply);
}

/// A verb that we do not know, and that the server answers with 150: the set-up is used by it.
void Conversation::begin_unknown_transfer(const std::vector<std::string>& lines) {
    transfer_.emplace(Transfer{});
    transfer_->command = *current_;
    transfer_->sent = true;
    transfer_->protect_front = settings_.front == Kind::tls && front_secured_ && protect_data_;
    if (transfer_->protect_front) act(action::RenewTickets{});
    reply_lines(lines);
    act(action::Disarm{Timer::setup});
    if (settings_.front == Kind::tls && settings_.front_must_protect && !transfer_->protect_front) {
        return opening_failed("data connections must be protected; use PROT P");
    }
    enter(Step::opening, settings_.timers.opening);
    if (take_waiting_abort()) return abort_transfer();
    connect_back();
}

void Conversation::on_start_reply(int code, std::vector<std::string> lines) {
    if (must_not_come(code)) return on_answer(code, lines);
    if (is_preliminary(code)) {
        if (transfer_->protect_front) act(action::RenewTickets{});
        reply_lines(lines);
        if (code != 125 && code != 150) return;
        enter(Step::opening, settings_.timers.opening);
        return setup_ ? open_front() : opening_failed("the data connection was lost");
    }
    if (code >= 200 && code < 300) {  // a few servers say no 150
        transfer_->final_code = code;
        transfer_->final_lines = std::move(lines);
        enter(Step::opening, settings_.timers.opening);
        return setup_ ? open_front() : opening_failed("the data connection was lost");
    }
    end_without_data(code, lines);
}

/// The server has refused, or asks for more (332, 532): nothing is moved, and no handshake is made for it.
void Conversation::end_without_data(int code, const std::vector<std::string>& lines) {
    drop_setup(false);
    reply_lines(lines);
    audit(code, "the server refused it");
    transfer_.reset();
    done();
}

void Conversation::open_front() {
    if (setup_->front_target && !setup_->front_asked) {
        setup_->front_asked = true;
        act(action::Connect{Side::front, *setup_->front_target});
    }
    open_further();
}

void Conversation::open_further() {
    if (!setup_->front_connected || !setup_->back_connected) return;
    if (transfer_->protect_front && !transfer_->front_secured) return secure_data(Side::front);
    if (settings_.back == Kind::tls && !transfer_->back_secured) return secure_data(Side::back);
    begin_moving();
}

void Conversation::secure_data(Side side) {
    if (transfer_->securing == side) return;  // asked already
    transfer_->securing = side;
    act(action::SecureData{side});
}

void Conversation::begin_moving() {
    enter(Step::moving, std::chrono::seconds(0));
    act(action::Pump{transfer_->direction});
    if (transfer_->final_code != 0) conclude_upload();
}

/// What the server's data connection says of an upload counts until here, and a moment longer.
void Conversation::conclude_upload() {
    if (transfer_->direction == Direction::upload) act(action::ConcludeUpload{});
}

void Conversation::connected(Side data) {
    if (!setup_ || step_ == Step::closed) return;
    (data == Side::front ? setup_->front_connected : setup_->back_connected) = true;
    if (step_ == Step::connecting_back) connect_back();
    if (step_ == Step::opening) {
        if (!setup_->back_connected && !setup_->back_active) connect_back();
        if (setup_->back_connected || setup_->back_active) open_front();
    }
    next();
}

void Conversation::secured_data(Side side) {
    if (step_ == Step::opening && transfer_->securing == side) {
        (side == Side::front ? transfer_->front_secured : transfer_->back_secured) = true;
        open_further();
    }
    next();
}

void Conversation::failed(Side data) {
    switch (step_) {
        case Step::preparing:
        case Step::listening:
            if (own_ != Own::none) {
                setup_->lost = true;
                break;
            }
            setup_failed(425, {"425 No free data port"});
            break;
        case Step::connecting_back:
            log(std::string("no data connection on the ") + (data == Side::front ? "user's" : "server's") + " side");
            drop_setup(true);
            reply("425 Cannot open the data connection");
            audit(425, "no data connection");
            transfer_.reset();
            done();
            break;
        case Step::opening:
            opening_failed("the data connection could not be opened");
            break;
        case Step::closed:
        case Step::moving:
            break;
        default:
            drop_setup(true);  // whoever needs it next says so
    }
    next();
}

/// After 150: the server must see its data connection cut, and whatever it says then is not the user's answer.
void Conversation::opening_failed(std::string why) {
    transfer_->trouble = std::move(why);
    transfer_->replacement = 425;
    drop_setup(true);
    transfer_->end = DataEnd::reset;
    if (transfer_->final_code != 0) return finish_transfer();
    enter(Step::finishing, settings_.timers.final_reply);
}

void Conversation::on_transfer_reply(int code, std::vector<std::string> lines) {
    if (is_preliminary(code)) {
        if (code != 125 && code != 150) return reply_lines(lines);  // 110: a restart marker
        if (transfer_->final_code == 200) {                         // that was no final reply
            transfer_->final_code = 0;
            return reply_lines(lines);
        }
        transfer_->second_start = lines.back();
        if (step_ == Step::finishing) enter(Step::finishing, until_second_start_is_final);
        return;
    }
    if (transfer_->final_code != 0) return on_stray(code);
    transfer_->final_code = code;
    transfer_->final_lines = std::move(lines);
    if (step_ == Step::finishing) return finish_transfer();
    if (step_ == Step::moving) {
        return is_negative(code) ? enter(Step::moving, until_refused_data_ends) : conclude_upload();
    }
    if (!is_negative(code)) return;
    drop_setup(true);  // refused before anything could move
    transfer_->end = DataEnd::reset;
    finish_transfer();
}

void Conversation::data_ended(DataEnd end, std::uint64_t bytes) {
    if (step_ != Step::moving) return;
    setup_.reset();  // used up
    transfer_->end = end;
    transfer_->bytes = bytes;
    const auto& timers = settings_.timers;
    if (transfer_->final_code != 0) {
        finish_transfer();
    } else if (!transfer_->second_start.empty()) {
        enter(Step::finishing, until_second_start_is_final);
    } else {
        const bool stored = transfer_->direction != Direction::download && end == DataEnd::complete;
        enter(Step::finishing, stored ? timers.stored_reply : timers.final_reply);
    }
    next();
}

/// Both the data's end and the final reply are known, or will never be. A positive reply is believed only with an end
/// that can be believed.
void Conversation::finish_transfer() {
    auto transfer = *std::exchange(transfer_, std::nullopt);
    const bool complete = transfer.end == DataEnd::complete && transfer.trouble.empty();
    const bool said_yes = transfer.final_code != 0 && !is_negative(transfer.final_code);
    std::string why = transfer.trouble.empty() ? reason_of(*transfer.end) : transfer.trouble;
    int code = transfer.final_code;
    if (transfer.final_code == 0 && why.empty()) why = "the server did not confirm it";
    if (complete && said_yes) {
        reply_lines(transfer.final_lines);
    } else if (code != 0 && !said_yes && transfer.trouble.empty()) {
        reply_lines(transfer.final_lines);
        if (why.empty()) why = "the server refused it";
    } else {
        if (said_yes) alarm("the server said " + std::to_string(code) + " to an incomplete transfer");
        code = transfer.replacement;
        reply(std::to_string(code) + (code == 426 ? " Transfer incomplete: " : " ") + why);
    }
    transfer_ = std::move(transfer);
    audit(code, complete && said_yes ? "" : why);
    transfer_.reset();
    done();
}

void Conversation::audit(int code, std::string why_not) {
    TransferRecord record;
    record.user = user_;
    record.verb = transfer_->command.verb;
    record.argument = transfer_->command.argument;
    record.direction = transfer_->direction;
    record.code = code;
    record.bytes = transfer_->bytes;
    record.complete = why_not.empty();
    record.why_not = std::move(why_not);
    act(action::Audit{std::move(record)});
}

}  // namespace sallyport::protocols::ftp
