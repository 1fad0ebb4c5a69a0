// Commands that are refused here, whatever the server would say to them.
#include "protocols/ftp/conversation.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <string_view>

namespace sallyport::protocols::ftp {
namespace {

/// Without the blanks before it, which some servers skip.
std::string_view first_word(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_first_of(blanks));
}

/// What a client may say before AUTH where the front must be protected; none of it tells a secret.
bool harmless_before_tls(const std::string& verb) {
    static constexpr std::array allowed{"CLNT", "HELP", "LANG", "NOOP", "OPTS", "SYST"};
    return std::find(allowed.begin(), allowed.end(), verb) != allowed.end();
}

}  // namespace

/// RFC 4217, 4.2: the server may refuse everything before AUTH; a login that comes all the same has given its name away
/// and would give its password next.
bool Conversation::refused_before_tls(VerbKind kind, const Command& command) {
    if (settings_.front != Kind::tls || front_secured_ || !settings_.front_must_protect) return false;
    switch (kind) {
        case VerbKind::auth:
        case VerbKind::feat:
        case VerbKind::quit:
        case VerbKind::pbsz:
        case VerbKind::prot:
        case VerbKind::ccc:
            return false;
        case VerbKind::user:
            reply("530 Use AUTH TLS first");
            alarm("a login in clear text was refused");
            close(CloseReason::clear_text_refused);
            return true;
        default:
            if (harmless_before_tls(command.verb)) return false;
            reply("530 Use AUTH TLS first");
            done();
            return true;
    }
}

/// What no server is ever asked, because it would change the connection without us.
void Conversation::refuse(VerbKind kind) {
    if (kind == VerbKind::ccc && settings_.front == Kind::tls) {
        reply(front_secured_ ? "534 The control connection stays protected" : "533 It is not protected");
    } else {
        reply("502 Command not implemented");
    }
    done();
}

/// RFC 959, 3.4: only stream mode ends a file by the end of its connection.
void Conversation::handle_mode(const Command& command) {
    const auto mode =
        boost::to_upper_copy(std::string(first_word(command.argument)));  // servers differ in what they skip around it
    if (mode.empty() || mode == "S" || mode == "Z") return forward(command);
    reply("504 Only MODE S is possible here");
    done();
}

void Conversation::handle_site(const Command& command) {
    const auto word = boost::to_upper_copy(std::string(first_word(command.argument)));
    if (!settings_.refused_site_words.contains(word)) return forward(command);
    alarm("refused SITE " + word);
    reply("502 SITE " + word + " is not allowed here");
    done();
}

}  // namespace sallyport::protocols::ftp
