/// A conversation under watch: whatever happens to it, it must keep the rules that are checked here. Header only,
/// without a test framework, so that unit tests and the fuzz target share it.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocols/ftp/conversation.hpp"

namespace sallyport::protocols::ftp::tests {

class Watched {
public:
    enum class World {
        decent,     // the server answers each command, though not always well, and loses replies of transfers only
        lying,      // the server says anything at any time
        disturbed,  // and events come that nobody asked for: only the rules hold that need no order
    };
    /// One side of the present set-up, as the sockets would know it.
    struct Socket {
        bool listening = false;  // asked for
        bool bound = false;      // and told so
        bool connecting = false;
        bool connected = false;
        bool securing = false;
        bool secured = false;
    };
    /// A command that the server has not answered.
    struct Sent {
        std::string line;
        bool urgent = false;
        bool started = false;  // its 150 was said
        bool mute = false;     // it will never be answered
    };

    Watched(Settings settings, World world)
        : settings_(std::move(settings)),
          decent_(world == World::decent),
          disturbed_(world == World::disturbed),
          conversation_(settings_) {
        judge();
    }

    // What happens.
    void front(const std::string& bytes) {
        reader_.feed(as_bytes(bytes));
        while (auto line = reader_.next()) {
            const auto* command = std::get_if<Command>(&*line);
            items_.push_back(
                {command ? kind_of(command->verb) : VerbKind::forward, command ? command->line : "", false});
        }
        happen("user > " + escaped(bytes), bytes.size(), [&] { conversation_.front_bytes(as_bytes(bytes)); });
    }
    void back(const std::string& bytes) {
        back_reader_.feed(as_bytes(bytes));
        while (auto item = back_reader_.next()) {
            const auto* line = std::get_if<ReplyLine>(&*item);
            if (!line || !line->last || is_preliminary(line->code)) continue;
            const bool fence = fenced_ && (line->code == 200 || line->code == 500 || line->code == 502);
            credit_ += fence ? outstanding_ : 1;
        }
        happen("server > " + escaped(bytes), bytes.size(), [&] { conversation_.back_bytes(as_bytes(bytes)); });
        outstanding_ -= std::min(outstanding_, std::exchange(credit_, 0));
        if (outstanding_ == 0) fenced_ = false;
    }
    void setup_asked() {
        items_.push_back({VerbKind::forward, "", true});
        happen("SETUP", 0, [&] { conversation_.setup_asked(); });
    }
    void answer_setup(bool granted) {
        asked_back_ = false;
        socket(Side::back).connecting = granted;
        happen(granted ? "TOKEN" : "NOSETUP", 0,
               [&] { granted ? conversation_.setup_granted() : conversation_.setup_refused(425); });
    }
    void secured(Side side, bool good) {
        if (good && securing_ == side) side == Side::front ? reader_.clear() : back_reader_.clear();
        securing_.reset();
        happen(good ? "secured" : "not secured", 0,
               [&] { good ? conversation_.secured(side) : conversation_.secure_failed(side); });
    }
    void listening(Side side, std::uint16_t port) {
        socket(side).bound = true;
        const bool v6 = family_of(settings_.front_peer) == Family::v6;
        const HostPort at{v6 ? "2001:db8::77" : "10.7.7.7", port};
        told_[side == Side::front ? 0 : 1] = at;
        happen("listening", 0, [&] { conversation_.listening(side, at); });
    }
    void connected(Side side) {
        socket(side).connected = true;
        happen(side == Side::front ? "connected: front" : "connected: back", 0, [&] { conversation_.connected(side); });
    }
    void secured_data(Side side) {
        socket(side).secured = true;
        happen("data secured", 0, [&] { conversation_.secured_data(side); });
    }
    void failed(Side side) {
        happen(side == Side::front ? "failed: front" : "failed: back", 0, [&] { conversation_.failed(side); });
    }
    void data_ended(DataEnd end) {
        if (pumping_) end_ = last_end_ = end;
        forget_sockets();
        happen(end == DataEnd::complete ? "data complete" : "data incomplete", 0,
               [&] { conversation_.data_ended(end, 5); });
    }
    void expire(Timer timer) {
        timers_.erase(timer);
        expiring_ = timer == Timer::step;
        happen("time is up: " + std::to_string(static_cast<int>(timer)), 0, [&] { conversation_.deadline(timer); });
        expiring_ = false;
    }
    void front_ended(bool clean) {
        happen("the user's end", 0, [&] { conversation_.front_ended(clean); });
    }
    void back_ended() {
        happen("the server's end", 0, [&] { conversation_.back_ended(); });
    }

    // What the world knows of it.
    const Settings& settings() const { return settings_; }
    Socket& socket(Side side) { return sockets_[side == Side::front ? 0 : 1]; }
    std::deque<Sent>& sent() { return sent_; }
    bool armed(Timer timer) const { return timers_.contains(timer); }
    std::optional<Side> securing() const { return securing_; }
    bool asked_back() const { return asked_back_; }
    bool pumping() const { return pumping_; }
    bool paused() const { return paused_; }
    bool closed() const { return closed_; }
    bool at_rest() const {
        const auto found = timers_.find(Timer::step);
        return found != timers_.end() && found->second == settings_.timers.idle;
    }
    /// The rule that it has broken; empty: none.
    const std::string& broken() const { return broken_; }
    void require(bool claim, const std::string& rule) {
        if (!claim && broken_.empty()) broken_ = rule;
    }
    /// How many events there were, and how many transfers that moved anything.
    std::size_t events() const { return events_; }
    std::size_t transfers() const { return transfers_; }
    void keep_transcript() { transcript_.emplace(); }
    std::string transcript() const { return transcript_.value_or(""); }

private:
    struct Item {
        VerbKind kind;
        std::string line;
        bool setup;
    };

    template <typename Event>
    void happen(const std::string& what, std::size_t bytes, Event event) {
        if (!broken_.empty()) return;
        ++events_;
        said_ += 2000 + 4 * bytes;
        if (transcript_) *transcript_ += what + "\n";
        event();
        judge();
    }
    void judge();
    void forget_sockets() {
        sockets_[0] = sockets_[1] = {};
        pumping_ = asked_back_ = prepared_ = granted_ = false;
    }
    bool no_sockets() const {
        return !pumping_ && !asked_back_ && !granted_ &&
               std::ranges::none_of(sockets_, [](const Socket& each) { return each.listening || each.connecting; });
    }
    void final_reply(int code, const std::vector<std::string>& lines, bool closing);
    void on(const action::Reply& reply);
    void on(const action::Send& send);
    void on(const action::Pump&);
    void on(const action::Audit& audit);
    void on(const action::SecureControl& secure) { securing_ = secure.side; }
    void on(const action::Listen& listen) {
        require(disturbed_ || listen.side == Side::front || no_sockets(), "a new set-up before the old one is dropped");
        require(disturbed_ || !socket(listen.side).listening, "two listeners on a side");
        socket(listen.side).listening = true;
    }
    void on(const action::Connect& connect) {
        const auto& peer = connect.side == Side::front ? settings_.front_peer : settings_.back_peer;
        require(connect.to.address == peer, "a connection to a stranger");
        require(connect.to.port >= least_data_port, "a connection to a well-known port");
        require(disturbed_ || !socket(connect.side).connecting, "two connections on a side");
        socket(connect.side).connecting = true;
    }
    void on(const action::AskSetup&) {
        require(disturbed_ || no_sockets(), "a new set-up before the old one is dropped");
        asked_back_ = true;
    }
    void on(const action::GrantSetup&) {
        granted_ = true;
        socket(Side::front).connecting = true;
        settle_setup();
    }
    void on(const action::RefuseSetup&) { settle_setup(); }
    void settle_setup() {
        require(!items_.empty() && items_.front().setup, "an answer to a SETUP out of its turn");
        if (!items_.empty()) items_.pop_front();
    }
    void on(const action::SecureData& secure) {
        auto& data = socket(secure.side);
        require(disturbed_ || (data.connected && !data.securing), "a handshake on no connection");
        data.securing = true;
    }
    void on(const action::ConcludeUpload&) {}
    void on(const action::DropData&) { forget_sockets(); }
    void on(const action::Arm& arm) { timers_[arm.timer] = arm.limit; }
    void on(const action::Disarm& disarm) { timers_.erase(disarm.timer); }
    void on(const action::PauseFront&) { paused_ = true; }
    void on(const action::ResumeFront&) { paused_ = false; }
    void on(const action::Close&) {
        require(!unaudited_, "a transfer without a record");
        closed_ = true;
    }
    void on(const action::RenewTickets&) {}
    void on(const action::Log&) {}

    const Settings settings_;
    const bool decent_, disturbed_;
    Conversation conversation_;
    CommandReader reader_;
    ReplyReader back_reader_, front_reader_;
    std::vector<std::string> reply_;
    std::deque<Item> items_;  // not answered
    bool greeted_ = false;
    std::deque<Sent> sent_;
    std::size_t outstanding_ = 0, credit_ = 0;  // finals that the server owes, and has just said
    bool fenced_ = false, expiring_ = false;
    Socket sockets_[2];
    std::optional<HostPort> told_[2];
    bool pumping_ = false, asked_back_ = false, prepared_ = false, granted_ = false, unaudited_ = false;
    bool pumped_ = false;  // for the item in front
    std::optional<DataEnd> end_, last_end_;
    std::optional<Side> securing_;
    std::map<Timer, std::chrono::seconds> timers_;
    bool paused_ = false, closed_ = false, closing_ = false;
    std::size_t said_ = 2000, heard_ = 0, events_ = 0, transfers_ = 0;
    std::string broken_;
    std::optional<std::string> transcript_;
};

}  // namespace sallyport::protocols::ftp::tests

#include "watched_rules.hpp"
