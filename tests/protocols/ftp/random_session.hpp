/// A whole session of which everything is left to choice: the chain, the user, the server, the sockets, the clock.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "watched.hpp"

namespace sallyport::protocols::ftp::tests {

/// Where choices come from: a seed, or the bytes of a fuzzer.
class Choices {
public:
    virtual ~Choices() = default;
    virtual std::size_t below(std::size_t limit) = 0;
    virtual bool spent() const = 0;
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <typename T, std::size_t n>
    T among(const T (&all)[n]) {
        return all[below(n)];
    }
};

inline Settings random_settings(Choices& choices, Kind front, Kind back) {
    Settings settings;
    settings.front = front;
    settings.back = back;
    settings.front_implicit = choices.one_in(2);
    settings.back_implicit = choices.one_in(2);
    settings.front_must_protect = !choices.one_in(4);
    settings.default_data_port = choices.one_in(4);
    settings.front_peer_port = 33333;
    settings.back_mode = choices.among({BackMode::passive, BackMode::active, BackMode::as_front});
    const bool v6 = choices.one_in(4);
    settings.front_peer = v6 ? "2001:db8:1::1" : "10.1.1.1";
    settings.back_peer = v6 ? "2001:db8:2::2" : "10.2.2.2";
    settings.timers.idle = std::chrono::seconds(901);  // no other time is as long, see Watched::at_rest()
    return settings;
}

class RandomSession {
public:
    using World = Watched::World;
    RandomSession(Choices& choices, Kind front, Kind back, bool transcript = false)
        : choices_(choices),
          world_(choices.among({World::decent, World::decent, World::lying, World::disturbed})),
          watched_(random_settings(choices, front, back), world_) {
        if (transcript) watched_.keep_transcript();
    }

    void run(std::size_t events) {
        if (!choices_.one_in(8)) begin();
        for (std::size_t i = 0; i < events && going() && !choices_.spent(); ++i) step();
        if (world_ == World::decent) settle();
    }
    const Watched& watched() const { return watched_; }

private:
    /// As most sessions do.
    void begin() {
        watched_.back("220 Hello\r\n");
        const auto& settings = watched_.settings();
        for (int i = 0; i < 4 && settings.back == Kind::tls; ++i) {
            setups(true);
            answer(true);
        }
        if (settings.front != Kind::tls || choices_.one_in(8)) return;
        if (!settings.front_implicit) {
            watched_.front("AUTH TLS\r\n");
            setups(true);
        }
        if (!choices_.one_in(4)) watched_.front("PBSZ 0\r\nPROT P\r\n");
    }

    bool going() const { return watched_.broken().empty() && !watched_.closed(); }

    void step() {
        switch (choices_.below(16)) {
            case 0:
            case 1:
            case 2:
                return user();
            case 3:
            case 4:
            case 5:
            case 6:
            case 7:
                return answer(false);
            case 8:
            case 9:
            case 10:
            case 11:
                return sockets(false);
            case 12:
                return setups(false);
            case 13:
                if (choices_.one_in(2)) expire();
                return;
            case 14:
                if (choices_.one_in(40)) end();
                return;
            default:
                if (world_ != World::decent) strange();
        }
    }

    std::string tag() { return "#" + std::to_string(1000000 + ++tags_); }
    std::string noise() {
        std::string bytes;
        const auto size = choices_.below(12);
        for (std::size_t i = 0; i < size; ++i)
            bytes += choices_.among({'\r', '\n', '\xFF', '\xF2', '\0', ' ', 'A', '2', '-'});
        return bytes;
    }

    void user() {
        if (watched_.paused()) return;
        if (watched_.securing() == Side::front && world_ != World::disturbed) return;
        static const char* const transfers[] = {"RETR", "STOR", "LIST", "STOU"};
        static const char* const others[] = {"NOOP", "PWD",  "USER", "PASS", "XFER", "FEAT", "REST", "LPRT",
                                             "REIN", "HOST", "SITE", "STAT", "MODE", "CCC",  "DELE", "OSS"};
        const bool v6 = family_of(watched_.settings().front_peer) == Family::v6;
        std::string text;
        const auto lines = choices_.one_in(4) ? 1 + choices_.below(6) : 1;
        for (std::size_t i = 0; i < lines; ++i) {
            switch (choices_.below(12)) {
                case 0:
                case 1:
                    text += std::string(v6 ? "EPSV" : choices_.among({"PASV", "EPSV"})) + "\r\n";
                    break;
                case 2:
                    text += v6 ? "EPRT |2|2001:db8:1::1|5000|\r\n" : "PORT 10,1,1,1,20,20\r\n";
                    break;
                case 3:
                case 4:
                case 5:
                    text += choices_.among(transfers) + (" " + tag()) + "\r\n";
                    break;
                case 6:
                    text += choices_.one_in(3) ? "ABOR\r\n" : "";
                    break;
                case 7:
                    text +=
                        std::string(v6 ? "EPSV" : "PASV") + "\r\n" + choices_.among(transfers) + " " + tag() + "\r\n";
                    break;
                case 8:
                    text += choices_.among({"AUTH TLS", "PBSZ 0", "PROT P", "PROT C", "EPSV ALL", "MODE B"}) +
                            std::string("\r\n");
                    break;
                case 9:
                    text += choices_.one_in(20) ? "QUIT\r\n" : choices_.one_in(40) ? "GET /\r\n" : "";
                    text += choices_.one_in(6) ? noise() : "";
                    break;
                default:
                    text += choices_.among(others) + (" " + tag()) + "\r\n";
            }
        }
        const auto cut = choices_.one_in(4) ? choices_.below(text.size() + 1) : text.size();
        for (const auto& piece : {text.substr(0, cut), text.substr(cut)}) {
            if (!piece.empty() && going() && (watched_.securing() != Side::front || world_ == World::disturbed)) {
                watched_.front(piece);
            }
        }
    }

    /// The server's next word about the oldest command that it has not answered.
    void answer(bool kindly);
    std::string passive_answer(bool extended, bool kindly);
    void answer_transfer(Watched::Sent& sent, const std::string& tag_of, bool kindly);
    void answer_abort(bool kindly);
    void say(const std::string& line, bool done);

    void sockets(bool kindly) {
        const Side side = choices_.among({Side::front, Side::back});
        for (const Side each : {side, side == Side::front ? Side::back : Side::front}) {
            auto& data = watched_.socket(each);
            const bool pending = data.listening || data.connecting;
            if (!kindly && pending && !watched_.pumping() && choices_.one_in(30)) return watched_.failed(each);
            if (data.listening && !data.bound) {
                return watched_.listening(each, static_cast<std::uint16_t>(2000 + choices_.below(60000)));
            }
            if (pending && !data.connected && (kindly || choices_.one_in(2))) return watched_.connected(each);
            if (data.securing && !data.secured) return watched_.secured_data(each);
        }
        if (!watched_.pumping()) return;
        watched_.data_ended(kindly || choices_.one_in(2) ? DataEnd::complete
                                                         : choices_.among({DataEnd::reset, DataEnd::truncated}));
    }

    void setups(bool kindly) {
        if (const auto side = watched_.securing()) return watched_.secured(*side, kindly || !choices_.one_in(10));
        if (watched_.asked_back()) return watched_.answer_setup(kindly || !choices_.one_in(4));
        if (!kindly && watched_.settings().front == Kind::native && !watched_.paused()) watched_.setup_asked();
    }

    /// The server answers late, but not so late that its answers to our own question are given up.
    bool too_early() {
        return world_ == World::decent && !watched_.sent().empty() && watched_.sent().back().line == "NOOP";
    }

    void expire() {
        if (too_early()) return;
        const auto timer = choices_.among({Timer::step, Timer::step, Timer::step, Timer::setup});
        const bool waits = !watched_.sent().empty() && watched_.sent().front().mute;  // else it ends most sessions
        if (timer == Timer::step && !waits && !choices_.one_in(50)) return;
        if (watched_.armed(timer)) watched_.expire(timer);
    }

    void end() {
        switch (choices_.below(3)) {
            case 0:
                return watched_.front_ended(choices_.one_in(2));
            case 1:
                return watched_.back_ended();
            default:
                return watched_.back("421 Going down\r\n");
        }
    }

    /// What no decent server says, and what no driver reports.
    void strange() {
        static const char* const replies[] = {"226 Done",
                                              "150 Here",
                                              "227 Ok (10,9,9,9,20,20)",
                                              "229 Ok (|||5555|)",
                                              "200-Open",
                                              "200 End",
                                              "534 No",
                                              "426 Cut",
                                              "500 No",
                                              "2000 What",
                                              "what",
                                              "631 x",
                                              "230 In",
                                              "331 More"};
        if (world_ != World::disturbed || choices_.one_in(2)) {
            return watched_.back(choices_.one_in(8) ? noise() : choices_.among(replies) + std::string("\r\n"));
        }
        const Side side = choices_.among({Side::front, Side::back});
        switch (choices_.below(8)) {
            case 0:
                return watched_.connected(side);
            case 1:
                return watched_.failed(side);
            case 2:
                return watched_.listening(side, 5000);
            case 3:
                return watched_.secured_data(side);
            case 4:
                return watched_.data_ended(choices_.among({DataEnd::complete, DataEnd::reset}));
            case 5:
                return watched_.answer_setup(choices_.one_in(2));
            case 6:
                return watched_.secured(side, choices_.one_in(2));
            default:
                return watched_.expire(choices_.among({Timer::step, Timer::setup}));
        }
    }

    /// Everybody does his best from here on: then the session comes to rest, every command answered, or ends.
    void settle() {
        for (int i = 0; i < 3000 && going() && !watched_.at_rest(); ++i) {
            setups(true);
            if (going()) sockets(true);
            if (going()) answer(true);
            if (going() && !watched_.at_rest() && i % 10 == 9 && watched_.armed(Timer::step) && !too_early())
                watched_.expire(Timer::step);
        }
        watched_.require(watched_.closed() || watched_.at_rest(), "it never comes to rest");
    }

    Choices& choices_;
    const World world_;
    Watched watched_;
    std::size_t tags_ = 0;
};

}  // namespace sallyport::protocols::ftp::tests

#include "random_server.hpp"
