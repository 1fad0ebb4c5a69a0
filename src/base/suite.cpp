#include "base/suite.hpp"

#include <algorithm>
#include <bit>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/trim.hpp>

namespace sallyport {
namespace {

struct Row {
    const char* text;
    Cipher cipher;
    KeyExchange exchange;
};

constexpr std::array<Row, Suite::count> rows{{
    {"AES256,X25519", Cipher::aes256, KeyExchange::x25519},
    {"CHACHA20,X25519", Cipher::chacha20, KeyExchange::x25519},
    {"AES256,DH2048", Cipher::aes256, KeyExchange::dh2048},
    {"CHACHA20,DH2048", Cipher::chacha20, KeyExchange::dh2048},
    {"DES168,X25519", Cipher::des168, KeyExchange::x25519},
    {"DES168,DH2048", Cipher::des168, KeyExchange::dh2048},
    {"AES256,DH1024", Cipher::aes256, KeyExchange::dh1024},
    {"CHACHA20,DH1024", Cipher::chacha20, KeyExchange::dh1024},
    {"DES168,DH1024", Cipher::des168, KeyExchange::dh1024},
}};

const Row& row(Suite suite) { return rows[suite.number() - 1u]; }

constexpr std::string_view separators = " \t;/";

}  // namespace

std::optional<Suite> Suite::from_number(unsigned number) {
    if (number < 1 || number > count) return std::nullopt;
    return Suite(static_cast<std::uint8_t>(number));
}

std::optional<Suite> Suite::from_text(std::string_view text) {
    const auto set = SuiteSet::from_text(text);
    if (!set || std::popcount(set->mask()) != 1) return std::nullopt;
    return set->first();
}

Cipher Suite::cipher() const { return row(*this).cipher; }
KeyExchange Suite::key_exchange() const { return row(*this).exchange; }
std::string_view Suite::text() const { return row(*this).text; }

std::optional<SuiteSet> SuiteSet::from_mask(std::uint16_t mask) {
    if ((mask & ~all().mask()) != 0) return std::nullopt;
    return SuiteSet(mask);
}

std::optional<SuiteSet> SuiteSet::from_text(std::string_view list, std::string_view* bad) {
    SuiteSet set;
    while (true) {
        list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
        if (list.empty()) return set;
        // "CIPHER , KEX": blanks around the comma belong to the suite, other blanks end it.
        auto end = std::min(list.find_first_of(separators), list.size());
        const auto next = list.find_first_not_of(" \t", end);
        if (next != std::string_view::npos && list[next] == ',') end = next + 1;
        if (list[end - 1] == ',') {
            const auto exchange = std::min(list.find_first_not_of(" \t", end), list.size());
            end = std::min(list.find_first_of(separators, exchange), list.size());
        }
        const auto written = list.substr(0, end);
        list.remove_prefix(end);

        std::string token = boost::to_upper_copy(std::string(written));
        std::erase_if(token, [](char c) { return c == ' ' || c == '\t'; });
        const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return token == r.text; });
        if (found == rows.end()) {
            if (bad != nullptr) *bad = written;
            return std::nullopt;
        }
        set.insert(Suite(static_cast<std::uint8_t>(found - rows.begin() + 1)));
    }
}

bool SuiteSet::needs(KeyExchange exchange) const {
    const auto suites = list();
    return std::any_of(suites.begin(), suites.end(), [&](Suite s) { return s.key_exchange() == exchange; });
}

std::optional<Suite> SuiteSet::first() const {
    if (empty()) return std::nullopt;
    return Suite(static_cast<std::uint8_t>(std::countr_zero(mask_) + 1));
}

std::vector<Suite> SuiteSet::list() const {
    std::vector<Suite> suites;
    for (std::uint8_t n = 1; n <= Suite::count; ++n) {
        if (contains(Suite(n))) suites.push_back(Suite(n));
    }
    return suites;
}

std::string SuiteSet::text() const {
    std::string text;
    for (const Suite suite : list()) {
        if (!text.empty()) text += ' ';
        text += suite.text();
    }
    return text;
}

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= max_label_size && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

}  // namespace sallyport
