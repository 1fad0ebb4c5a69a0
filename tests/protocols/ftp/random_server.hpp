/// The server of a RandomSession.
#pragma once

namespace sallyport::protocols::ftp::tests {

inline void RandomSession::say(const std::string& line, bool done) {
    if (done && !watched_.sent().empty()) watched_.sent().pop_front();
    watched_.back(line + "\r\n");
}

inline std::string RandomSession::passive_answer(bool extended, bool kindly) {
    if (!kindly && choices_.one_in(5)) return choices_.among({"500 What", "502 No", "425 No port", "530 No", "227 Ok"});
    return extended ? "229 Ok (|||5555|)" : "227 Ok (10,9,9,9,20,20)";
}

inline void RandomSession::answer(bool kindly) {
    auto& all = watched_.sent();
    while (all.size() > 1 && all.front().mute && all.back().line == "NOOP") all.pop_front();
    if (all.empty() || all.front().mute) return;
    if (watched_.securing() == Side::back) return;
    if (all.size() > 1 && all[1].urgent) return answer_abort(kindly);
    auto& sent = all.front();
    const auto verb = sent.line.substr(0, sent.line.find(' '));
    const auto at = sent.line.find('#');
    const auto tag_of = at == std::string::npos ? "" : " " + sent.line.substr(at, 8);
    if (verb == "PASV" || verb == "EPSV") return say(passive_answer(verb == "EPSV", kindly), true);
    if (verb == "AUTH") return say(kindly || !choices_.one_in(20) ? "234 Go on" : "500 No", true);
    if (verb == "QUIT") return say("221 Bye" + tag_of, true);
    if (verb == "PBSZ" || verb == "PROT") return say(kindly || !choices_.one_in(20) ? "200 Yes" : "500 No", true);
    if (verb == "NOOP" && tag_of.empty()) return say("200 Yes", true);  // ours
    const auto kind = kind_of(verb);
    if (kind == VerbKind::transfer_down || kind == VerbKind::transfer_up || verb == "XFER" || sent.started) {
        return answer_transfer(sent, tag_of, kindly);
    }
    if (!kindly && choices_.one_in(6)) {
        return say("211-Many" + tag_of + "\r\n 226 of them\r\n227 (10,9,9,9,1,1)\r\n211 End", true);
    }
    const char* const yes = kind == VerbKind::port || kind == VerbKind::eprt ? "200 Yes" : "250 Yes";
    say((kindly ? yes : choices_.among({yes, yes, "230 In", "331 More", "500 No", "550 No"})) + tag_of, true);
}

inline void RandomSession::answer_transfer(Watched::Sent& sent, const std::string& tag_of, bool kindly) {
    if (!sent.started) {
        if (!kindly && choices_.one_in(8)) return say(choices_.among({"550 No", "425 No", "226 Done"}) + tag_of, true);
        sent.started = true;
        return say("150 Here" + tag_of, false);
    }
    if (!kindly && choices_.one_in(10)) return say("150 Once more" + tag_of, false);
    if (!kindly && choices_.one_in(10)) {
        sent.mute = true;
        return;
    }
    say(choices_.among({"226 Done", "226 Done", "426 Cut", "451 No"}) + tag_of, true);
}

/// To a transfer, and to the ABOR behind it: in either order, or not at all.
inline void RandomSession::answer_abort(bool kindly) {
    auto& all = watched_.sent();
    if (!kindly && choices_.one_in(6)) {
        all[0].mute = all[1].mute = true;
        return;
    }
    const bool swapped = choices_.one_in(4);
    const auto of_transfer = swapped ? "426 Cut" : choices_.among({"426 Cut", "426 Cut", "226 Done"});
    const std::string of_abort = choices_.among({"226 Aborted", "225 Aborted"});
    all.pop_front();
    all.pop_front();
    watched_.back((swapped ? of_abort + "\r\n" + of_transfer : of_transfer + ("\r\n" + of_abort)) + "\r\n");
}

}  // namespace sallyport::protocols::ftp::tests
