/// The rules of Watched that are longer than a line.
#pragma once

namespace sallyport::protocols::ftp::tests {

inline void Watched::judge() {
    const auto actions = conversation_.take_actions();
    closing_ =
        std::ranges::any_of(actions, [](const Action& each) { return std::holds_alternative<action::Close>(each); });
    for (const auto& each : actions) {
        require(!closed_, "something is done after the end");
        std::visit([this](const auto& wanted) { on(wanted); }, each);
    }
    require(heard_ <= said_, "more is said than was heard");
    require(closed_ == conversation_.closed(), "closed without saying so");
    if (closed_) return;
    require(pumping_ || armed(Timer::step) || disturbed_, "a wait without an end");
    if (!at_rest() || items_.empty()) return;
    require(disturbed_, "a command without a reply: " + items_.front().line);
}

inline void Watched::on(const action::Reply& reply) {
    heard_ += reply.text.size();
    if (transcript_) *transcript_ += "        user < " + escaped(reply.text) + "\n";
    require(securing_ != Side::front, "clear text within a handshake");
    require(reply.text.ends_with("\r\n"), "half a line for the user");
    front_reader_.feed(as_bytes(reply.text));
    while (auto item = front_reader_.next()) {
        const auto* line = std::get_if<ReplyLine>(&*item);
        if (!line) continue;
        if (line->first) reply_.clear();
        reply_.push_back(line->text);
        if (line->last && !is_preliminary(line->code)) final_reply(line->code, reply_, closing_);
    }
}

inline void Watched::final_reply(int code, const std::vector<std::string>& lines, bool closing) {
    if (!greeted_) {
        greeted_ = true;
        return;
    }
    if (items_.empty() || items_.front().setup) {
        return require(code == 421 && closing, "a reply without a command: " + lines.front());
    }
    const auto item = std::move(items_.front());
    items_.pop_front();
    if (code == 227 || code == 228 || code == 229) {
        const auto& at = told_[0];
        require(at && lines.front() == (code == 229 ? write_229(at->port) : write_227(*at)), "a foreign address");
    }
    const bool moves = item.kind == VerbKind::transfer_down || item.kind == VerbKind::transfer_up;
    const bool complete = end_ == DataEnd::complete;
    require(code / 100 != 2 || complete || !(moves || pumped_), "an incomplete transfer called complete: " + item.line);
    pumped_ = false;
    end_.reset();
    const auto tag = lines.front().find('#');
    if (!decent_ || tag == std::string::npos) return;
    require(item.line.find(lines.front().substr(tag, 8)) != std::string::npos,
            "the reply of another command: " + item.line + ": " + lines.front());
}

inline void Watched::on(const action::Send& send) {
    heard_ += send.text.size();
    if (transcript_) *transcript_ += "        server < " + escaped(send.text) + "\n";
    require(send.text.ends_with("\r\n") && send.text.find('\n') == send.text.size() - 1, "not one line for the server");
    const auto line = send.text.substr(0, send.text.size() - 2);
    const bool fence = line == "NOOP" && expiring_;
    if (credit_ > 0 && outstanding_ > 0) {
        const auto paid = std::min(credit_, outstanding_);
        credit_ -= paid;
        outstanding_ -= paid;
    }
    require(outstanding_ == 0 || fence || send.urgent, "two commands at a time: " + line);
    require(!send.urgent || line == "ABOR", "an urgent " + line);
    fenced_ = fenced_ || fence;
    ++outstanding_;
    sent_.push_back({line, send.urgent});
    const auto verb = line.substr(0, line.find(' '));
    switch (kind_of(verb)) {
        case VerbKind::port:
        case VerbKind::eprt:
            require(told_[1] && line == (verb == "EPRT" ? write_eprt(*told_[1]) : write_port(*told_[1])),
                    "a foreign address");
            break;
        case VerbKind::pasv:
        case VerbKind::epsv:
            require(line == "PASV" || line == "EPSV", "a set-up of the user's: " + line);
            require(disturbed_ || no_sockets(), "a new set-up before the old one is dropped");
            break;
        case VerbKind::auth:
        case VerbKind::pbsz:
        case VerbKind::prot:
            require(settings_.back == Kind::tls && !greeted_, "protection of the user's: " + line);
            break;
        case VerbKind::refused_setup:
        case VerbKind::rein:
        case VerbKind::ccc:
        case VerbKind::security:
        case VerbKind::http:
            require(false, "passed on: " + line);
            break;
        default:
            require(settings_.back != Kind::tls || greeted_, "a command before its protection: " + line);
    }
}

inline void Watched::on(const action::Pump&) {
    require(disturbed_ || (socket(Side::front).connected && socket(Side::back).connected), "data from nowhere");
    for (const Side side : {Side::front, Side::back}) {
        const auto kind = side == Side::front ? settings_.front : settings_.back;
        const bool must = side == Side::back || settings_.front_must_protect;
        require(disturbed_ || kind != Kind::tls || !must || socket(side).secured, "data in clear");
        require(disturbed_ || socket(side).securing == socket(side).secured, "data within a handshake");
    }
    require(!pumping_ && !unaudited_, "two transfers at a time");
    pumping_ = pumped_ = unaudited_ = true;
    ++transfers_;
    end_.reset();
    last_end_.reset();
}

inline void Watched::on(const action::Audit& audit) {
    require(!audit.record.complete || last_end_ == DataEnd::complete, "an incomplete transfer recorded as complete");
    require(audit.record.complete == audit.record.why_not.empty(), "an incomplete transfer without a reason");
    unaudited_ = false;
}

}  // namespace sallyport::protocols::ftp::tests
