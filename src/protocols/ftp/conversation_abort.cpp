// ABOR during a transfer, and how a reply that never came is found out.
#include "protocols/ftp/conversation.hpp"

namespace sallyport::protocols::ftp {
namespace {

/// For a server to answer NOOP too, when it has answered something.
constexpr std::chrono::seconds until_doubt_is_over{2};

bool is_unknown(int code) { return code == 500 || code == 502; }

}  // namespace

/// ABOR stands behind the transfer that begins now: it came in the same breath, and must not wait for its end.
bool Conversation::take_waiting_abort() {
    for (auto& item : queue_) {
        const auto* command = std::get_if<Command>(&item);
        if (!command || kind_of(command->verb) != VerbKind::abor) continue;
        queued_bytes_ -= command->line.size();
        item = Aborted{};
        return true;
    }
    return false;
}

/// Acts at once, whatever is queued before it; its reply still waits for its turn. Servers that do not look at their
/// control connection during a transfer notice a reset of their data connection, all of them.
void Conversation::abort_transfer() {
    log("ABOR");
    kept_abort_reply_ = {"226 Abort successful"};
    if (step_ == Step::connecting_back) {
        drop_setup(true);
        reply("426 Transfer aborted");
        audit(426, "aborted by the user");
        transfer_.reset();
        return done();
    }
    const bool over = transfer_->end.has_value();
    transfer_->aborted = true;
    act(action::Send{"ABOR\r\n", true});
    if (!over) {
        transfer_->end = DataEnd::reset;
        if (setup_) drop_setup(true);
    }
    abort_replies_.clear();
    if (transfer_->final_code != 0) abort_replies_.emplace_back(transfer_->final_code, transfer_->final_lines);
    enter(Step::aborting, settings_.timers.abort);
}

/// Two final replies belong to it, the transfer's and ABOR's, in either order.
void Conversation::on_abort_reply(int code, std::vector<std::string> lines) {
    if (is_preliminary(code)) {  // 150 crossed our ABOR; a 200 before it was no final reply
        if (abort_replies_.size() == 1 && abort_replies_.front().first == 200) abort_replies_.clear();
        return;
    }
    abort_replies_.emplace_back(code, std::move(lines));
    if (abort_replies_.size() == 2) finish_abort();
}

/// Which of two replies is the transfer's: the first if it came before ABOR was sent; else the one that says no, unless
/// that is what a server says that does not know ABOR; if both say yes, the first.
std::size_t Conversation::transfers_reply(const std::vector<Held>& replies) const {
    if (replies.size() < 2 || transfer_->final_code != 0) return 0;
    const int first = replies[0].first, second = replies[1].first;
    if (!is_negative(second) || is_unknown(second)) return 0;
    return is_negative(first) && !is_unknown(first) ? 0 : 1;
}

void Conversation::finish_abort() {
    auto replies = std::exchange(abort_replies_, {});
    const bool complete = transfer_->end == DataEnd::complete;
    const std::size_t of_transfer = transfers_reply(replies);
    int code = 426;
    if (!replies.empty() && (complete || is_negative(replies[of_transfer].first))) {
        code = replies[of_transfer].first;
        reply_lines(replies[of_transfer].second);
    } else {
        reply("426 Transfer aborted");
    }
    audit(code, complete && !is_negative(code) ? "" : "aborted by the user");
    if (replies.size() == 2 && !is_negative(replies[1 - of_transfer].first)) {
        kept_abort_reply_ = replies[1 - of_transfer].second;
    }
    transfer_.reset();
    done();
}

/// A reply that must come is missing: the reply to NOOP tells that it was lost.
void Conversation::fence() {
    log("a reply is missing; asking with NOOP");
    send("NOOP");
    fence_in_doubt_ = false;
    enter(Step::fencing, settings_.timers.fence);
}

/// 200 is NOOP's. So are 500 and 502, where a server lost a byte of it; but a server that does not know ABOR may have
/// said that about ABOR, and then NOOP's own is close behind.
void Conversation::on_fence_reply(int code, std::vector<std::string> lines) {
    if (is_preliminary(code)) return;
    if (code == 200 || (is_unknown(code) && fence_in_doubt_)) return end_fence();
    if (is_unknown(code)) {
        fence_in_doubt_ = true;
        return enter(Step::fencing, until_doubt_is_over);
    }
    if (transfer_->aborted) {
        if (abort_replies_.size() < 2) abort_replies_.emplace_back(code, std::move(lines));
    } else if (transfer_->final_code == 0) {
        transfer_->final_code = code;
        transfer_->final_lines = std::move(lines);
    }
}

void Conversation::end_fence() {
    fence_in_doubt_ = false;
    if (transfer_->aborted) return finish_abort();
    if (transfer_->final_code == 0 && !transfer_->second_start.empty()) {
        transfer_->final_code = 426;
        transfer_->final_lines = {"426 Transfer incomplete: the server said " + transfer_->second_start};
    }
    finish_transfer();
}

}  // namespace sallyport::protocols::ftp
