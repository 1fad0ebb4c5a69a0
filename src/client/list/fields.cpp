#include "client/list/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <numeric>

#include "base/ini.hpp"
#include "client/list/address.hpp"

namespace sallyport::client {
namespace {

using boost::algorithm::iequals;

constexpr std::ptrdiff_t fixed_key_digits = 72;  // the format says: 32 bytes and check digits (native-channel.md, 13)
constexpr std::size_t host_key_digits = 64;      // the format says: an Ed25519 public key
constexpr std::string_view pin_prefix = "sha256//";

using MaybeFault = std::optional<Fault>;

template <std::string Entry::*Member>
MaybeFault read_text(Entry& entry, std::string_view value) {
    entry.*Member = value;
    return {};
}

MaybeFault read_protocol(Entry& entry, std::string_view value) {
    entry.protocol = boost::to_upper_copy(std::string(value));
    if (is_label(entry.protocol)) return {};
    return Fault{value, fmt::format("protocol {:.64} is no label", value),
                 "write TOP, FTP, or any label of 1 to 16 letters, digits and hyphens"};
}

MaybeFault read_host(Entry& entry, std::string_view value) {
    if (const auto host = parse_host(value)) {
        entry.host = *host;
        return {};
    }
    return Fault{value, fmt::format("{:.64} is neither an address nor a host name", value),
                 "write an address such as 192.168.0.3, or a DNS name; the port has a line of its own"};
}

MaybeFault read_port(Entry& entry, std::string_view value) {
    if (const auto port = parse_port(value)) {
        entry.port = *port;
        return {};
    }
    return Fault{value, fmt::format("port {:.64} is outside 1-65535", value), "write a port from 1 to 65535"};
}

struct TlsName {
    std::string_view text;
    TlsKind kind;
};
constexpr TlsName tls_names[] = {
    {"TLS", TlsKind::tls}, {"FTPS", TlsKind::ftps}, {"FTPS-IMPLICIT", TlsKind::ftps_implicit}};

const TlsName* find_tls(std::string_view text) {
    const auto* found =
        std::find_if(std::begin(tls_names), std::end(tls_names), [&](auto& t) { return iequals(t.text, text); });
    return found == std::end(tls_names) ? nullptr : found;
}

MaybeFault read_encryption(Entry& entry, std::string_view value) {
    if (const auto* tls = find_tls(value)) {
        entry.encryption = tls->kind;
        return {};
    }
    std::string_view bad = value;
    if (const auto suites = SuiteSet::from_text(value, &bad); suites && !suites->empty()) {
        entry.encryption = *suites;
        return {};
    }
    if (find_tls(bad) != nullptr)
        return Fault{bad, fmt::format("{} does not stand in a list with others", bad),
                     fmt::format("write {} alone, or native suites alone", bad)};
    return Fault{bad, fmt::format("suite {:.64} does not exist", bad),
                 fmt::format("write one of {} or TLS; for FTP also FTPS or FTPS-IMPLICIT", SuiteSet::all().text())};
}

MaybeFault read_accept(Entry& entry, std::string_view value) {
    if (const auto accept = parse_accept(value)) {
        entry.accept = *accept;
        return {};
    }
    return Fault{value, fmt::format("{:.64} is no address and port to accept at", value),
                 "write a port from 1 to 65535, or an address with it, such as 127.0.0.1:2345 or [::1]:2345"};
}

/// Says nothing of what was written: it may be a key with a slip in it.
MaybeFault read_fixed_key(Entry& entry, std::string_view value) {
    if (looks_like_fixed_key(value)) {
        entry.fixed_key = SecretText(std::string(value));
        return {};
    }
    return Fault{value.substr(0, 0), "this fixed key is not 9 groups of 8 hex digits; a phrase is not a key",
                 "write a key made by: sallyportd keygen --fixed NAME"};
}

MaybeFault read_host_key(Entry& entry, std::string_view value) {
    ByteVector bytes;
    if (value.size() == host_key_digits && from_hex(value, bytes)) {
        std::copy(bytes.begin(), bytes.end(), entry.host_key.emplace().begin());
        return {};
    }
    return Fault{value, "a host key is 64 hex digits", "copy it whole from the host's card, or write card = FILE"};
}

/// Base64 of 32 bytes has one spelling: 43 characters, of which the last has its lowest two bits clear, and one `=`.
/// Another spelling would never equal the pin of a key.
bool is_pin(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!text.starts_with(pin_prefix)) return false;
    text.remove_prefix(pin_prefix.size());
    return text.size() == 44 && text.find_first_not_of(alphabet) == 43 && text.back() == '=' &&
           alphabet.find(text[42]) % 4 == 0;
}

MaybeFault read_pins(Entry& entry, std::string_view value) {
    while (!value.empty()) {
        const std::string_view pin = value.substr(0, value.find_first_of(" \t"));
        if (!is_pin(pin))
            return Fault{pin, fmt::format("{:.64} is no pin", pin),
                         "write sha256// and the 44 characters of base64 as `sallyport trust` shows them"};
        entry.pins.emplace_back(pin);
        value = trim_blanks(value.substr(pin.size()));
    }
    return {};
}

MaybeFault read_when_off(Entry& entry, std::string_view value) {
    if (!iequals(value, "closed") && !iequals(value, "plain"))
        return Fault{value, fmt::format("when-off cannot be {:.64}", value),
                     "write closed (the port is closed while protection is off) or plain"};
    entry.when_off = iequals(value, "plain") ? WhenOff::plain : WhenOff::closed;
    return {};
}

MaybeFault read_protection(Entry& entry, std::string_view value) {
    return read_switch(entry.protection, value, "protection");
}

MaybeFault read_default_data_port(Entry& entry, std::string_view value) {
    return read_switch(entry.default_data_port, value, "default-data-port");
}

MaybeFault read_lenient_end(Entry& entry, std::string_view value) {
    return read_switch(entry.lenient_end, value, "lenient-end");
}

MaybeFault read_back_mode(Entry& entry, std::string_view value) {
    constexpr std::pair<std::string_view, BackMode> modes[] = {
        {"passive", BackMode::passive}, {"active", BackMode::active}, {"as-front", BackMode::as_front}};
    for (const auto& [word, mode] : modes) {
        if (!iequals(value, word)) continue;
        entry.back_mode = mode;
        return {};
    }
    return Fault{value, fmt::format("back-mode cannot be {:.64}", value),
                 "write passive, active, or as-front (as the user's program asks)"};
}

template <TlsVersion Entry::*Member>
MaybeFault read_tls_version(Entry& entry, std::string_view value) {
    if (value != "1.2" && value != "1.3")
        return Fault{value, fmt::format("TLS {:.64} is not offered", value), "write 1.2 or 1.3"};
    entry.*Member = value == "1.3" ? TlsVersion::tls1_3 : TlsVersion::tls1_2;
    return {};
}

constexpr Field table[] = {
    {"protocol", BelongsTo::both, read_protocol, "protocol = TOP", true},
    {"host", BelongsTo::both, read_host, "host = 192.168.0.3", true},
    {"port", BelongsTo::both, read_port, "port = 23450", true},
    {"encryption", BelongsTo::both, read_encryption, "encryption = AES256,X25519", true},
    {"accept", BelongsTo::both, read_accept, "accept = 127.0.0.1:2345", true},
    {"fixed-key", BelongsTo::both, read_fixed_key, ""},
    {"fixed-key-file", BelongsTo::both, read_text<&Entry::fixed_key_file>, ""},
    {"card", BelongsTo::native, read_text<&Entry::card>, "write pin = sha256//BASE64 or ca = FILE instead"},
    {"host-key", BelongsTo::native, read_host_key, "write pin = sha256//BASE64 or ca = FILE instead"},
    {"client-key", BelongsTo::native, read_text<&Entry::client_key>, "write certificate = FILE and key = FILE instead"},
    {"pin", BelongsTo::tls, read_pins, "write card = FILE or host-key = 64 hex digits instead"},
    {"ca", BelongsTo::tls, read_text<&Entry::ca>, "write card = FILE or host-key = 64 hex digits instead"},
    {"server-name", BelongsTo::tls, read_text<&Entry::server_name>,
     "remove this line: the host key alone says who the host is"},
    {"certificate", BelongsTo::tls, read_text<&Entry::certificate>, "write client-key = FILE instead"},
    {"key", BelongsTo::tls, read_text<&Entry::key>, "write client-key = FILE instead"},
    {"identity", BelongsTo::tls, read_text<&Entry::identity>, "remove this line: the fixed key needs no name here"},
    {"tls-min", BelongsTo::tls, read_tls_version<&Entry::tls_min>, "remove this line: no version of TLS is spoken"},
    {"tls-max", BelongsTo::tls, read_tls_version<&Entry::tls_max>, "remove this line: no version of TLS is spoken"},
    {"back-mode", BelongsTo::tls, read_back_mode, "remove this line: the host decides, by back-mode under [ftp]", false,
     true},
    {"lenient-end", BelongsTo::tls, read_lenient_end, "remove this line: the native channel signs every end", false,
     true},
    {"default-data-port", BelongsTo::both, read_default_data_port, "", false, true},
    {"when-off", BelongsTo::both, read_when_off, ""},
    {"protection", BelongsTo::both, read_protection, ""},
};

/// Insertions, removals and replacements that make one text of the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::span<const Field> fields() { return table; }

const Field* find_field(std::string_view key) {
    const auto* found = std::find_if(std::begin(table), std::end(table), [&](const Field& f) { return f.key == key; });
    return found == std::end(table) ? nullptr : found;
}

bool looks_like_fixed_key(std::string_view value) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    const auto is_digit = [&](char c) { return digits.find(c) != std::string_view::npos; };
    const auto is_blank = [](char c) { return c == '-' || c == ' ' || c == '\t'; };
    return std::all_of(value.begin(), value.end(), [&](char c) { return is_digit(c) || is_blank(c); }) &&
           std::count_if(value.begin(), value.end(), is_digit) == fixed_key_digits;
}

std::optional<Fault> read_switch(bool& on, std::string_view value, std::string_view key) {
    if (!iequals(value, "on") && !iequals(value, "off"))
        return Fault{value, fmt::format("{} cannot be {:.64}", key, value), "write on or off"};
    on = iequals(value, "on");
    return {};
}

std::string_view nearest_key(std::string_view key) {
    constexpr std::size_t longest = 32;  // a longer one is like no key of ours
    if (key.size() > longest) return {};
    const std::string lower = boost::to_lower_copy(std::string(key));
    std::string_view nearest;
    std::size_t least = 1 + std::min<std::size_t>(3, lower.size() / 2);  // beyond, it is another word
    for (const Field& field : table) {
        const std::size_t changes = distance(lower, field.key);
        if (changes >= least) continue;
        least = changes;
        nearest = field.key;
    }
    return nearest;
}

std::string text_of(const Encryption& encryption) {
    if (const auto* suites = std::get_if<SuiteSet>(&encryption)) return suites->text();
    const TlsKind kind = std::get<TlsKind>(encryption);
    return std::string(
        std::find_if(std::begin(tls_names), std::end(tls_names), [&](auto& t) { return t.kind == kind; })->text);
}

}  // namespace sallyport::client
