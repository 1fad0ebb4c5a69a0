#include "channel/tls/handover.hpp"

#include <openssl/crypto.h>

#include <string_view>

#include "channel/tls/context.hpp"

namespace sallyport::channel::tls {
namespace {

constexpr std::uint8_t update_requested = 1;  // RFC 8446, 4.6.3
constexpr std::size_t update_size = 5;        // with the head of a handshake message
constexpr std::size_t update_request_offset = 4;

Handover* handover_of(const SSL& ssl) {
    const auto* attached = static_cast<Attached*>(SSL_get_app_data(&ssl));
    return attached == nullptr ? nullptr : attached->handover.get();
}

/// "LABEL RANDOM SECRET", the last two in hexadecimal (draft-ietf-tls-keylogfile), each time a key comes into use.
void take_secret(const SSL* ssl, const char* text) {
    Handover* const handover = handover_of(*ssl);
    if (handover == nullptr) return;
    const std::string_view line(text);
    const bool by_client = line.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
    if (!by_client && !line.starts_with("SERVER_TRAFFIC_SECRET_0 ")) return;
    auto& keys = by_client == (SSL_is_server(ssl) == 1) ? handover->reading : handover->writing;
    const char* const hex = text + line.rfind(' ') + 1;
    auto secret = keys.secret.writable();
    std::size_t size = 0;
    keys.known = OPENSSL_hexstr2buf_ex(secret.data(), secret.size(), &size, hex, '\0') == 1;
    keys.sequence = 0;
}

void count_record(int is_written, int, int type, const void* bytes, std::size_t size, SSL* ssl, void*) {
    Handover* const handover = handover_of(*ssl);
    if (handover == nullptr) return;
    auto& keys = is_written == 1 ? handover->writing : handover->reading;
    const auto* const message = static_cast<const std::uint8_t*>(bytes);
    if (type == SSL3_RT_HEADER && message[0] == SSL3_RT_APPLICATION_DATA) ++keys.sequence;  // not those in clear
    if (type != SSL3_RT_HANDSHAKE || is_written == 1 || size != update_size) return;
    if (message[0] != SSL3_MT_KEY_UPDATE) return;
    ++keys.updates;
    keys.sequence = 0;
    if (message[update_request_offset] == update_requested) keys.answer_due = true;
}

}  // namespace

void set_handover_callbacks(SSL_CTX& context) {
    SSL_CTX_set_keylog_callback(&context, take_secret);
    SSL_CTX_set_msg_callback(&context, count_record);
}

}  // namespace sallyport::channel::tls
