#include "tests/protocols/ftp/dialogue.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "base/bytes.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

template <typename... Visits>
struct Overloaded : Visits... {
    using Visits::operator()...;
};

std::string name(Side side) { return side == Side::front ? "front" : "back"; }

const char* name(Timer timer) {
    switch (timer) {
        case Timer::step:
            return "step";
        case Timer::setup:
            return "setup";
        case Timer::login:
            return "login";
    }
    return "";
}

const char* name(Direction direction) {
    switch (direction) {
        case Direction::download:
            return "download";
        case Direction::upload:
            return "upload";
        case Direction::either:
            return "either";
    }
    return "";
}

const char* name(DataEnd end) {
    switch (end) {
        case DataEnd::complete:
            return "complete";
        case DataEnd::reset:
            return "reset";
        case DataEnd::truncated:
            return "truncated";
        case DataEnd::stalled:
            return "stalled";
    }
    return "";
}

std::string described_record(const TransferRecord& record) {
    return record.verb + (record.argument.empty() ? "" : " " + record.argument) + " " + std::to_string(record.code) +
           " " + std::to_string(record.bytes) + " " + (record.complete ? "complete" : record.why_not);
}

/// The lines of a text that must consist of whole ones.
std::vector<std::string> lines_of(std::string_view text) {
    EXPECT_TRUE(text.ends_with("\r\n")) << text;
    std::vector<std::string> lines;
    for (auto end = text.find("\r\n"); end != std::string_view::npos; end = text.find("\r\n")) {
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 2);
    }
    return lines;
}

ByteVector exactly(std::string_view text) {
    const auto bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

}  // namespace

std::string described(const Action& wanted) {
    return std::visit(
        Overloaded{
            [](const action::Reply& reply) { return "user < " + reply.text; },
            [](const action::Send& send) { return (send.urgent ? "server << " : "server < ") + send.text; },
            [](const action::SecureControl& secure) { return "secure the control connection, " + name(secure.side); },
            [](const action::Listen& listen) { return "listen " + name(listen.side); },
            [](const action::Connect& connect) {
                return "connect " + name(connect.side) + " " + connect.to.address + ":" +
                       std::to_string(connect.to.port);
            },
            [](const action::AskSetup&) { return std::string("ask for a set-up"); },
            [](const action::GrantSetup&) { return std::string("grant the set-up"); },
            [](const action::RefuseSetup& refuse) { return "refuse the set-up, " + std::to_string(refuse.code); },
            [](const action::SecureData& secure) { return "secure the data connection, " + name(secure.side); },
            [](const action::RenewTickets&) { return std::string("renew tickets"); },
            [](const action::Pump& pump) { return std::string("pump ") + name(pump.direction); },
            [](const action::ConcludeUpload&) { return std::string("conclude the upload"); },
            [](const action::DropData& drop) { return std::string("drop data") + (drop.reset ? ", reset" : ""); },
            [](const action::Arm& arm) {
                return std::string("arm ") + name(arm.timer) + " " + std::to_string(arm.limit.count());
            },
            [](const action::Disarm& disarm) { return std::string("disarm ") + name(disarm.timer); },
            [](const action::PauseFront&) { return std::string("pause the user"); },
            [](const action::ResumeFront&) { return std::string("resume the user"); },
            [](const action::Log& log) { return (log.security ? "alarm: " : "remark: ") + log.text; },
            [](const action::Audit& audit) { return "audit: " + described_record(audit.record); },
            [](const action::Close& end) { return std::string("close: ") + describe_close(end.reason); },
        },
        wanted);
}

Dialogue::Dialogue(Settings settings, Where where) : settings_(std::move(settings)), conversation_(settings_) {
    happen("begins", where, [] {});
}

Dialogue::~Dialogue() { expect_nothing(); }

template <typename Event>
void Dialogue::happen(std::string what, const Where& where, Event event) {
    expect_nothing(where);
    transcript_.push_back(std::move(what));
    event();
    collect();
}

/// Replies and commands are expected line by line, however they were put together.
void Dialogue::collect() {
    for (auto& each : conversation_.take_actions()) {
        if (const auto* arm = std::get_if<action::Arm>(&each)) {
            timers_[arm->timer] = arm->limit;
        } else if (const auto* disarm = std::get_if<action::Disarm>(&each)) {
            timers_.erase(disarm->timer);
        } else if (const auto* reply = std::get_if<action::Reply>(&each)) {
            for (const auto& line : lines_of(reply->text)) done_.push_back(described(action::Reply{line}));
        } else if (const auto* send = std::get_if<action::Send>(&each)) {
            for (const auto& line : lines_of(send->text)) done_.push_back(described(action::Send{line, send->urgent}));
        } else if (const auto* log = std::get_if<action::Log>(&each); log && !log->security) {
            remarks_ += log->text + "\n";
        } else {
            done_.push_back(described(each));
        }
    }
    for (const auto& each : done_) transcript_.push_back("        " + each);
}

void Dialogue::fail(const std::string& why, const Where& where) const {
    std::string text;
    for (const auto& line : transcript_) text += "    " + escaped(line) + "\n";
    ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << why.substr(0, 1000) << "\nThe dialogue:\n"
                                                                      << text;
}

void Dialogue::expect_text(const std::string& wanted, const Where& where) {
    if (done_.empty()) return fail("expected, and not done: " + wanted, where);
    const auto found = std::exchange(done_.front(), {});
    done_.pop_front();
    if (found != wanted) fail("expected: " + wanted + "\ndone: " + found, where);
}

void Dialogue::expect_nothing(Where where) {
    if (done_.empty()) return;
    std::string all;
    for (const auto& each : done_) all += "\n    " + each;
    done_.clear();
    fail("not expected:" + all, where);
}

void Dialogue::expect_to_front(std::string_view line, Where where) {
    expect_text(described(action::Reply{std::string(line)}), where);
}
void Dialogue::expect_to_back(std::string_view line, Where where) {
    expect_text(described(action::Send{std::string(line), false}), where);
}
void Dialogue::expect_abort_to_back(Where where) { expect_text(described(action::Send{"ABOR", true}), where); }
void Dialogue::expect(const Action& wanted, Where where) { expect_text(described(wanted), where); }
void Dialogue::expect_audit(std::string_view text, Where where) { expect_text("audit: " + std::string(text), where); }
void Dialogue::expect_close(CloseReason reason, Where where) { expect_text(described(action::Close{reason}), where); }

void Dialogue::expect_alarm(std::string_view words, Where where) {
    if (done_.empty()) return fail("expected, and not done: an alarm, " + std::string(words), where);
    const auto found = std::exchange(done_.front(), {});
    done_.pop_front();
    if (found.starts_with("alarm: ") && found.find(words) != std::string::npos) return;
    fail("expected: an alarm, " + std::string(words) + "\ndone: " + found, where);
}

std::chrono::seconds Dialogue::armed(Timer timer) const {
    const auto found = timers_.find(timer);
    return found == timers_.end() ? std::chrono::seconds(0) : found->second;
}

std::string Dialogue::address_of(Side side) const {
    const bool v6 = family_of(side == Side::front ? settings_.front_peer : settings_.back_peer) == Family::v6;
    if (side == Side::front) return v6 ? relay_address_v6 : relay_address;
    return v6 ? "2001:db8:2::1" : back_local;
}

void Dialogue::front(std::string_view line, Where where) { raw_front(std::string(line) + "\r\n", where); }
void Dialogue::raw_front(std::string_view bytes, Where where) {
    happen("user > " + escaped(bytes), where, [&] { conversation_.front_bytes(exactly(bytes)); });
}
void Dialogue::back(std::string_view line, Where where) { raw_back(std::string(line) + "\r\n", where); }
void Dialogue::raw_back(std::string_view bytes, Where where) {
    happen("server > " + escaped(bytes), where, [&] { conversation_.back_bytes(exactly(bytes)); });
}
void Dialogue::front_ended(bool clean, Where where) {
    happen(clean ? "the user's connection ends" : "the user's connection breaks", where,
           [&] { conversation_.front_ended(clean); });
}
void Dialogue::back_ended(Where where) {
    happen("the server's connection ends", where, [&] { conversation_.back_ended(); });
}
void Dialogue::setup_asked(Where where) {
    happen("SETUP", where, [&] { conversation_.setup_asked(); });
}
void Dialogue::setup_granted(Where where) {
    happen("TOKEN", where, [&] { conversation_.setup_granted(); });
}
void Dialogue::setup_refused(int code, Where where) {
    happen("NOSETUP", where, [&] { conversation_.setup_refused(code); });
}
void Dialogue::secured(Side control, Where where) {
    happen("secured: " + name(control), where, [&] { conversation_.secured(control); });
}
void Dialogue::secure_failed(Side control, Where where) {
    happen("not secured: " + name(control), where, [&] { conversation_.secure_failed(control); });
}
void Dialogue::listening(Side side, std::uint16_t port, Where where) {
    happen("listening: " + name(side) + " " + std::to_string(port), where, [&] {
        conversation_.listening(side, {address_of(side), port});
    });
}
void Dialogue::connected(Side side, Where where) {
    happen("connected: " + name(side), where, [&] { conversation_.connected(side); });
}
void Dialogue::secured_data(Side side, Where where) {
    happen("data secured: " + name(side), where, [&] { conversation_.secured_data(side); });
}
void Dialogue::failed(Side side, Where where) {
    happen("failed: " + name(side), where, [&] { conversation_.failed(side); });
}
void Dialogue::data_ended(DataEnd end, std::uint64_t bytes, Where where) {
    happen(std::string("data ended: ") + name(end), where, [&] { conversation_.data_ended(end, bytes); });
}
void Dialogue::expire(Timer timer, Where where) {
    if (!timers_.contains(timer)) fail(std::string("the timer is not armed: ") + name(timer), where);
    timers_.erase(timer);
    happen(std::string("time is up: ") + name(timer), where, [&] { conversation_.deadline(timer); });
}

}  // namespace sallyport::protocols::ftp::tests
