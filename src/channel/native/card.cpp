#include "channel/native/card.hpp"

#include <boost/algorithm/string/replace.hpp>
#include <charconv>
#include <optional>

#include "channel/native/format.hpp"
#include "crypto/hash.hpp"

namespace sallyport::channel::native {
namespace {

using namespace std::string_view_literals;

constexpr auto first_line = "sallyport-host-card 1"sv;
constexpr auto digits = "0123456789"sv;
constexpr auto host_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-"sv;
constexpr std::size_t max_host_size = 253;

ByteVector signed_bytes(std::string_view before_signature) {
    const auto prefix = as_bytes("spc1 card\0"sv);
    ByteVector message(prefix.begin(), prefix.end());
    append(message, crypto::sha256({as_bytes(before_signature)}));
    return message;
}

/// Takes "NAME: value\n" off the front of `text`.
std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(name) || !text.substr(name.size()).starts_with(": ")) {
        return std::nullopt;
    }
    const auto start = name.size() + 2;
    if (start > end) return std::nullopt;
    const auto value = text.substr(start, end - start);
    text.remove_prefix(end + 1);
    return value;
}

std::optional<ByteVector> lower_hex(std::string_view text, std::size_t size) {
    ByteVector bytes;
    if (text.size() != size * 2 || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return {};
    from_hex(text, bytes);
    return bytes;
}

bool is_date(std::string_view text) {
    if (text.size() != 10) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool hyphen = i == 4 || i == 7;
        if (hyphen ? text[i] != '-' : digits.find(text[i]) == std::string_view::npos) return false;
    }
    return true;
}

/// "port label suite suite ...", one blank between.
std::optional<CardService> read_service(std::string_view value) {
    CardService service{};
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), service.port);
    if (failure != std::errc{} || value.front() == '-') return std::nullopt;
    value.remove_prefix(static_cast<std::size_t>(end - value.data()));
    if (!value.starts_with(' ')) return std::nullopt;
    value.remove_prefix(1);
    const auto blank = value.find(' ');
    if (blank == std::string_view::npos || !is_label(value.substr(0, blank))) return std::nullopt;
    service.label = value.substr(0, blank);
    const auto suites = SuiteSet::from_text(value.substr(blank + 1));
    if (!suites || suites->empty()) return std::nullopt;
    service.suites = *suites;
    return service;
}

std::string service_lines(const std::vector<CardService>& services) {
    std::string lines;
    for (std::size_t i = 0; i < services.size() && i < max_card_services; ++i) {
        lines += "service: " + std::to_string(services[i].port) + ' ' + services[i].label + ' ' +
                 services[i].suites.text() + '\n';
    }
    return lines;
}

}  // namespace

ErrorText describe(CardError error) {
    switch (error) {
        case CardError::too_long:
            return {"too_long", "a host card has at most 8,192 bytes"};
        case CardError::bad_form:
            return {"bad_form", "this is not a host card; print one with: sallyportd card"};
        case CardError::bad_signature:
            return {"bad_signature", "the host card was altered; print it again with: sallyportd card"};
    }
    return {"unknown", "an unknown card error"};
}
const char* area_of(CardError) { return "card"; }

std::string write_card(const crypto::SigningKey& key, const Card& card) {
    std::string text = std::string(first_line) + "\nhost: " + card.host + "\nkey: " + to_hex(key.public_key()) +
                       "\nmade: " + card.made + "\n" + service_lines(card.services);
    const auto signature = key.sign(signed_bytes(text));
    return text + "signature: " + to_hex(signature) + "\n";
}

Result<Card> read_card(std::string_view input) {
    const std::string unix_lines =
        boost::replace_all_copy(std::string(input.substr(0, 2 * max_card_size)), "\r\n", "\n");
    if (unix_lines.size() > max_card_size) return make_error_code(CardError::too_long);
    std::string_view text = unix_lines;
    const std::string_view whole = text;
    if (!text.starts_with(first_line) || !text.substr(first_line.size()).starts_with('\n')) {
        return make_error_code(CardError::bad_form);
    }
    text.remove_prefix(first_line.size() + 1);
    Card card;
    const auto host = take_field(text, "host");
    const auto key_text = take_field(text, "key");
    const auto made = take_field(text, "made");
    if (!host || host->empty() || host->size() > max_host_size ||
        host->find_first_not_of(host_characters) != std::string_view::npos || !key_text || !made || !is_date(*made)) {
        return make_error_code(CardError::bad_form);
    }
    const auto key = lower_hex(*key_text, card.key.size());
    if (!key) return make_error_code(CardError::bad_form);
    card.host = *host;
    card.made = *made;
    std::copy(key->begin(), key->end(), card.key.begin());
    while (const auto value = take_field(text, "service")) {
        const auto service = read_service(*value);
        if (!service || card.services.size() == max_card_services) return make_error_code(CardError::bad_form);
        card.services.push_back(*service);
    }
    const auto before_signature = whole.substr(0, whole.size() - text.size());
    const auto signature_text = take_field(text, "signature");
    if (!signature_text || !text.empty()) return make_error_code(CardError::bad_form);
    const auto signature = lower_hex(*signature_text, 64);
    if (!signature) return make_error_code(CardError::bad_form);
    if (!crypto::verify(card.key, signed_bytes(before_signature), *signature)) {
        return make_error_code(CardError::bad_signature);
    }
    return card;
}

ByteVector enrol_request() {
    ByteVector request(magic.size() + header_size);
    std::copy(magic.begin(), magic.end(), request.begin());
    request[magic.size()] = static_cast<std::uint8_t>(Type::enrol);
    return request;
}

ByteVector card_frame(std::string_view card) {
    ByteVector frame{static_cast<std::uint8_t>(Type::card), 0, 0};
    put_u16(MutableBytes(frame).subspan(1), static_cast<std::uint16_t>(card.size()));
    append(frame, as_bytes(card));
    return frame;
}

std::size_t card_frame_size(Bytes header) {
    const std::size_t length = get_u16(header.subspan(1));
    if (header[0] != static_cast<std::uint8_t>(Type::card) || length > max_card_size) return 0;
    return header_size + length;
}

}  // namespace sallyport::channel::native
