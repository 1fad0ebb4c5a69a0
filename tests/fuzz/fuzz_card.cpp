// Any text as a host card. Half of the time it is signed by the key that it names, so that its form alone is judged.
#include "channel/native/card.hpp"

#include <algorithm>

#include "channel/native/format.hpp"
#include "native_ends.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::channel::native;
using fuzz::require;
using namespace std::string_view_literals;

/// The text up to its signature, with our key in the place of its own and a right signature.
std::string signed_card(std::string_view text) {
    std::string card(text.substr(0, text.find("signature: ")));
    if (const auto key = card.find("\nkey: "); key != std::string::npos) {
        const auto end = std::min(card.find('\n', key + 1), card.size());
        card.replace(key, end - key, "\nkey: " + to_hex(fuzz::host_key()->public_key()));
    }
    std::string unix_lines = card;
    for (auto at = unix_lines.find("\r\n"); at != std::string::npos; at = unix_lines.find("\r\n", at)) {
        unix_lines.erase(at, 1);
    }
    ByteVector message(as_bytes("spc1 card\0"sv).begin(), as_bytes("spc1 card\0"sv).end());
    append(message, crypto::sha256({as_bytes(unix_lines)}));
    return card + "signature: " + to_hex(fuzz::host_key()->sign(message)) + "\n";
}

void check(const Card& card) {
    require(!card.host.empty() && card.host.size() <= 253 && card.made.size() == 10);
    const auto visible = [](char c) { return c > ' ' && c < 0x7F; };
    require(std::ranges::all_of(card.host, visible) && std::ranges::all_of(card.made, visible));
    require(card.services.size() <= max_card_services);
    for (const auto& service : card.services) require(is_label(service.label) && !service.suites.empty());
    const auto again = read_card(write_card(*fuzz::host_key(), card));
    require(again.has_value());
    require(again->host == card.host && again->made == card.made && again->services.size() == card.services.size());
    for (std::size_t i = 0; i < card.services.size(); ++i) {
        require(again->services[i].port == card.services[i].port && again->services[i].label == card.services[i].label);
        require(again->services[i].suites == card.services[i].suites);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto text = as_text({data + 1, size - 1});
    const std::string card = (data[0] & 1) != 0 ? signed_card(text) : std::string(text);
    fuzz::Exact exact(as_bytes(card));
    if (const auto read = read_card(as_text(exact.bytes()))) check(*read);
    if (size >= 4) {
        const auto frame_size = card_frame_size({data + 1, 3});
        require(frame_size == 0 || (frame_size >= header_size && frame_size <= header_size + max_card_size));
    }
    return 0;
}
