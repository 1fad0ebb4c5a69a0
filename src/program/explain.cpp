#include "program/explain.hpp"

#include <fmt/format.h>

#include <boost/hana/functional/overload.hpp>
#include <deque>
#include <functional>
#include <set>
#include <vector>

#include "protocols/ftp/conversation.hpp"

namespace sallyport::program {
namespace {

using namespace protocols::ftp;

constexpr std::uint64_t file_size = 1234, cut_size = 700;
constexpr std::uint16_t server_port = 50000;  // 195,80 in a 227

/// One program of ours and its end of the dialogue.
struct Relay {
    std::string name;
    std::string front_address;  // its own, as the front sees it
    std::uint16_t front_port;   // where it listens for the front's data connection
    Conversation conversation;
};

/// A user's program, one or two relays, a server. What one says is heard by the next; consequences wait in a queue, so
/// that everything is told in the order in which it happens.
class Play {
public:
    explicit Play(std::vector<Relay> relays) : relays_(std::move(relays)) {}

    void begin() {
        server_says("220 FTP server ready");
        settle();
    }
    void program_says(const std::string& line) {
        const bool secret = line.starts_with("PASS ");
        tell("program", relays_[0].name, secret ? "PASS ***" : line);
        if (secret) note("passwords are passed on, and never logged");
        relays_[0].conversation.front_bytes(as_bytes(line + "\r\n"));
        settle();
    }
    /// The next transfer breaks off in the middle.
    void cut_next_transfer() { cut_ = true; }

    const std::string& text() const { return text_; }

private:
    void tell(const std::string& from, const std::string& to, const std::string& line) {
        text_ += fmt::format("  {:>10} > {:<10}  {}\n", from, to, line);
    }
    /// Each reason once.
    void note(const std::string& why) {
        if (noted_.insert(why).second) text_ += fmt::format("  {:25}. {}\n", "", why);
    }
    void later(std::function<void()> event) { events_.push_back(std::move(event)); }

    const std::string& before(std::size_t i) const { return i == 0 ? program_ : relays_[i - 1].name; }
    const std::string& behind(std::size_t i) const { return i + 1 == relays_.size() ? server_ : relays_[i + 1].name; }
    Conversation& at(std::size_t i) { return relays_[i].conversation; }

    void settle() {
        while (true) {
            for (std::size_t i = 0; i < relays_.size(); ++i) {
                for (auto& wanted : at(i).take_actions()) carry_out(i, wanted);
            }
            if (events_.empty()) return;
            const auto event = std::move(events_.front());
            events_.pop_front();
            event();
        }
    }

    void carry_out(std::size_t i, const Action& wanted) {
        std::visit(
            boost::hana::overload(
                [&](const action::Reply& reply) { on_reply(i, reply.text); },
                [&](const action::Send& send) { on_send(i, send.text); },
                [&](const action::SecureControl& secure) {
                    const bool front = secure.side == Side::front;
                    tell(front ? before(i) : relays_[i].name, front ? relays_[i].name : behind(i), "(TLS handshake)");
                    later([this, i, secure] { at(i).secured(secure.side); });
                },
                [&](const action::Listen& listen) {
                    later([this, i, listen] {
                        at(i).listening(listen.side, {relays_[i].front_address, relays_[i].front_port});
                    });
                },
                [&](const action::Connect& connect) {
                    tell(relays_[i].name, behind(i), fmt::format("(data connection to port {})", connect.to.port));
                    later([this, i, connect] { at(i).connected(connect.side); });
                },
                [&](const action::AskSetup&) {
                    tell(relays_[i].name, behind(i), "SETUP");
                    note("asks for a data channel; PASV itself is not passed on");
                    later([this, i] { at(i + 1).setup_asked(); });
                },
                [&](const action::GrantSetup&) { on_grant(i); },
                [&](const action::SecureData& secure) {
                    const bool front = secure.side == Side::front;
                    tell(front ? before(i) : relays_[i].name, front ? relays_[i].name : behind(i),
                         "(TLS handshake on the data connection)");
                    if (!front) note("it must be the same key as on the control connection");
                    later([this, i, secure] { at(i).secured_data(secure.side); });
                },
                [&](const action::Pump&) { on_pump(i); },
                [](const auto&) {}),  // time limits, the log and closing are not shown
            wanted);
    }

    void on_send(std::size_t i, std::string text) {
        text.resize(text.find('\r'));
        tell(relays_[i].name, behind(i), text.starts_with("PASS ") ? "PASS ***" : text);
        if (text == "PROT P") note("without it files would cross in clear; a server that refuses is left");
        if (i + 1 < relays_.size()) {
            later([this, i, text] { at(i + 1).front_bytes(as_bytes(text + "\r\n")); });
        } else {
            answer(text);
        }
    }

    void on_reply(std::size_t i, std::string text) {
        text.resize(text.find('\r'));
        tell(relays_[i].name, before(i), text);
        if (i > 0) return later([this, i, text] { at(i - 1).back_bytes(as_bytes(text + "\r\n")); });
        if (text.starts_with("227 ")) {
            note("rewritten: the address is " + relays_[i].name + "'s own, so that data passes through it");
            later([this, i] {
                tell("program", relays_[i].name, fmt::format("(data connection to port {})", relays_[i].front_port));
                at(i).connected(Side::front);
            });
        }
        if (text.starts_with("226 ")) note("every byte was delivered before this was passed on");
        if (text.starts_with("426 ")) note("rewritten: the server's 226 is not true of what arrived here");
    }

    void on_grant(std::size_t i) {
        tell(relays_[i].name, before(i), "TOKEN");
        note("good for one data channel; the server's address stays behind");
        later([this, i] {
            at(i - 1).setup_granted();
            tell(before(i), relays_[i].name, "(data channel, opened with the token)");
            note("a new connection to the same port as the control connection: one port in the firewall");
            at(i).connected(Side::front);
            at(i - 1).connected(Side::back);
        });
    }

    /// The server's 226 comes before all of the file is delivered, as it often does.
    void on_pump(std::size_t i) {
        const bool last = i + 1 == relays_.size();
        if (last) server_says("226 Transfer complete");
        later([this, i, last] {
            if (last && !cut_) tell("server", "program", fmt::format("({} bytes, and the end signed)", file_size));
            if (last && cut_) tell("server", "program", fmt::format("({} bytes, then the network breaks)", cut_size));
            const auto broken = last && relays_.size() > 1 ? DataEnd::reset : DataEnd::truncated;
            at(i).data_ended(cut_ ? broken : DataEnd::complete, cut_ ? cut_size : file_size);
        });
    }

    void answer(const std::string& command) {
        const auto verb = command.substr(0, command.find(' '));
        if (verb == "USER") server_says("331 Password, please");
        if (verb == "PASS") server_says("230 Logged in");
        if (verb == "AUTH") server_says("234 Begin TLS");
        if (verb == "PBSZ" || verb == "PROT") server_says("200 OK");
        if (verb == "PASV") server_says("227 Entering Passive Mode (10,0,0,5,195,80)");
        if (verb == "RETR") server_says("150 Opening data connection");
        if (verb == "QUIT") server_says("221 Goodbye");
    }

    void server_says(const std::string& line) {
        later([this, line] {
            tell("server", relays_.back().name, line);
            if (line.starts_with("227 ")) {
                note(fmt::format("its port {} is used, its address never: it may be wrong, or a trap", server_port));
            }
            if (line.starts_with("226 ")) note("held until the data has ended");
            relays_.back().conversation.back_bytes(as_bytes(line + "\r\n"));
        });
    }

    const std::string program_ = "program", server_ = "server";
    std::vector<Relay> relays_;
    std::deque<std::function<void()>> events_;
    std::string text_;
    std::set<std::string> noted_;
    bool cut_ = false;
};

Settings settings(Kind front, Kind back, const std::string& front_peer) {
    Settings settings;
    settings.front = front;
    settings.back = back;
    settings.front_peer = front_peer;
    settings.back_peer = "192.168.0.3";
    return settings;
}

Relay workstation(Kind back) {
    return {"sallyport", "127.0.0.1", 40000, Conversation(settings(Kind::plain, back, "127.0.0.1"))};
}
Relay host(Kind front) {
    return {"sallyportd", "192.168.0.3", 50100, Conversation(settings(front, Kind::plain, "192.168.0.77"))};
}

void log_in(Play& play) {
    play.program_says("USER anna");
    play.program_says("PASS secret");
}

void fetch(Play& play, const std::string& file) {
    play.program_says("PASV");
    play.program_says("RETR " + file);
}

std::string native_chain() {
    std::vector<Relay> relays;
    relays.push_back(workstation(Kind::native));
    relays.push_back(host(Kind::native));
    Play play(std::move(relays));
    play.begin();
    log_in(play);
    fetch(play, "a.txt");
    play.cut_next_transfer();
    fetch(play, "b.txt");
    return play.text();
}

std::string ftps_out() {
    std::vector<Relay> relays;
    relays.push_back(workstation(Kind::tls));
    Play play(std::move(relays));
    play.begin();
    log_in(play);
    fetch(play, "a.txt");
    return play.text();
}

std::string ftps_in() {
    std::vector<Relay> relays;
    relays.push_back(host(Kind::tls));
    Play play(std::move(relays));
    play.begin();
    play.program_says("AUTH TLS");
    log_in(play);
    play.program_says("PBSZ 0");
    play.program_says("PROT P");
    fetch(play, "a.txt");
    return play.text();
}

}  // namespace

std::string explain_ftp() {
    return "FTP opens a new connection for each file, at an address that is said on the control connection. So the "
           "relay\n"
           "follows the dialogue, opens these connections itself, and protects them too.\n\n"
           "Native: any FTP program - sallyport === native channel === sallyportd - FTP server\n\n" +
           native_chain() + "\nFTPS out: any FTP program - sallyport === FTPS === any FTPS server\n\n" + ftps_out() +
           "\nFTPS in: any FTPS program === FTPS === sallyportd - FTP server\n\n" + ftps_in() +
           "\nWith PORT in place of PASV the program is connected to, and only at its own address (RFC 2577). The "
           "server's\n"
           "mode does not depend on the program's: see back-mode.\n";
}

}  // namespace sallyport::program
