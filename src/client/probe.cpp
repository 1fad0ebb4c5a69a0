#include "client/probe.hpp"

#include <boost/asio/co_spawn.hpp>

#include "channel/native/card.hpp"
#include "channel/native/format.hpp"
#include "channel/tls/tls.hpp"
#include "protocols/ftp/reply.hpp"
#include "relay/leg.hpp"
#include "relay/session.hpp"

namespace sallyport::client {
namespace {

using namespace std::chrono_literals;
using relay::awaitable;
using relay::Leg;

constexpr auto limit = 10s;

/// Runs one conversation with the entry's host, for `limit` at most.
template <typename Answer, typename Conversation>
Result<Answer> converse(const Entry& entry, Conversation conversation) {
    relay::asio::io_context context{1};
    Result<Answer> answer = make_error_code(relay::SessionError::connect_late);
    relay::asio::co_spawn(
        context,
        [](relay::asio::io_context& io, const Entry& to, Conversation talk, Result<Answer>& result) -> awaitable<void> {
            relay::tcp::resolver resolver(io);
            const auto [error, found] =
                co_await resolver.async_resolve(to.host, std::to_string(to.port), relay::as_result);
            Leg leg(io.get_executor());
            const std::vector<relay::tcp::endpoint> endpoints(found.begin(), found.end());
            if (error || co_await leg.connect(endpoints, limit)) {
                result = make_error_code(relay::SessionError::target_unreachable);
                co_return;
            }
            result = make_error_code(relay::SessionError::handshake_late);
            result = co_await talk(leg, to);
        }(context, entry, std::move(conversation), answer),
        [](const std::exception_ptr&) {});  // errors are in the answer
    context.run_for(limit);
    return answer;
}

/// Reads until `enough(bytes)` or the end.
template <typename Enough>
awaitable<error_code> read_until(Leg& leg, ByteVector& bytes, Enough enough) {
    std::array<std::uint8_t, 4096> part;
    while (!enough(bytes)) {
        if (const auto [error] = co_await leg.wait_readable(); error) co_return relay::SessionError::secure_reset;
        error_code error;
        const auto got = leg.read_now(MutableBytes(part), error);
        if (error == relay::asio::error::would_block) continue;
        if (error) co_return channel::Error::no_answer;
        append(bytes, Bytes(part).first(got));
    }
    co_return error_code{};
}

/// The code of the next final reply, and that nothing stands behind it.
awaitable<Result<int>> read_reply(Leg& leg, protocols::ftp::ReplyReader& replies) {
    while (true) {
        while (const auto item = replies.next()) {
            const auto* line = std::get_if<protocols::ftp::ReplyLine>(&*item);
            if (line == nullptr) co_return make_error_code(ProbeError::not_ftp);
            if (!line->last || protocols::ftp::is_preliminary(line->code)) continue;
            if (replies.has_input()) co_return make_error_code(ProbeError::not_ftp);
            co_return line->code;
        }
        ByteVector bytes;
        const auto some = [](const ByteVector& read) { return !read.empty(); };
        if (const auto error = co_await read_until(leg, bytes, some)) co_return error;
        replies.feed(bytes);
    }
}

/// RFC 4217, 4: the greeting, AUTH TLS and its answer; behind them the server speaks TLS.
awaitable<error_code> ask_for_tls(Leg& leg) {
    constexpr std::string_view auth = "AUTH TLS\r\n";
    protocols::ftp::ReplyReader replies;
    const auto greeting = co_await read_reply(leg, replies);
    if (!greeting) co_return greeting.error();
    if (!protocols::ftp::is_positive(*greeting)) co_return ProbeError::not_ftp;
    if (const auto error = co_await leg.write(as_bytes(auth))) co_return error;
    const auto answer = co_await read_reply(leg, replies);
    if (!answer) co_return answer.error();
    co_return *answer == 234 ? error_code{} : error_code(ProbeError::auth_refused);
}

}  // namespace

ErrorText describe(ProbeError error) {
    switch (error) {
        case ProbeError::not_ftp:
            return {"not_ftp", "it greets like no FTP server; of implicit FTPS write encryption = FTPS-IMPLICIT"};
        case ProbeError::auth_refused:
            return {"auth_refused", "it refuses AUTH TLS"};
    }
    return {"unknown", ""};
}

Result<std::string> fetch_card(const Entry& entry) {
    namespace native = channel::native;
    return converse<std::string>(entry, [](Leg& leg, const Entry&) -> awaitable<Result<std::string>> {
        const auto request = native::enrol_request();
        if (const auto error = co_await leg.write(Bytes(request))) co_return error;
        ByteVector frame;
        const auto whole = [](const ByteVector& bytes) {
            if (bytes.size() < native::header_size) return false;
            return bytes.size() >= native::card_frame_size(Bytes(bytes).first(native::header_size));
        };
        if (const auto error = co_await read_until(leg, frame, whole)) co_return error;
        const auto size = native::card_frame_size(Bytes(frame).first(native::header_size));
        if (size == 0) co_return make_error_code(channel::Error::bad_answer);
        const std::string text(as_text(Bytes(frame).first(size).subspan(native::header_size)));
        if (const auto card = native::read_card(text); !card) co_return card.error();
        co_return text;
    });
}

Result<std::string> fetch_tls_key(const Entry& entry) {
    namespace tls = channel::tls;
    return converse<std::string>(entry, [](Leg& leg, const Entry& to) -> awaitable<Result<std::string>> {
        tls::ClientSettings settings;  // trusts nothing: the handshake ends once the key was shown
        settings.server_name = to.server_name.empty() ? to.host : to.server_name;
        if (to.encryption == Encryption(TlsKind::ftps)) {
            if (const auto error = co_await ask_for_tls(leg)) co_return error;
        }
        tls::SettingsError unused;
        const auto context = tls::make_client_context(std::move(settings), unused);
        const auto channel = tls::make_client(context);
        ByteVector arrived;
        channel::Opened opened;
        while (channel->info().offered_key.empty()) {
            const auto pending = channel->take_pending();
            if (const auto error = co_await leg.write(Bytes(pending))) co_return error;
            const auto before = arrived.size();
            const auto more = [&](const ByteVector& bytes) { return bytes.size() > before; };
            if (const auto error = co_await read_until(leg, arrived, more)) co_return error;
            const auto error = channel->open(arrived, opened);
            arrived.erase(arrived.begin(), arrived.begin() + static_cast<std::ptrdiff_t>(opened.consumed));
            if (error && channel->info().offered_key.empty()) co_return error;
        }
        co_return channel->info().offered_key;
    });
}

}  // namespace sallyport::client
