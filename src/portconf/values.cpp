#include "portconf/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <cctype>

#include "portconf/address.hpp"
#include "portconf/words.hpp"

namespace sallyport::portconf {

std::optional<std::uint16_t> read_port(std::string_view text, const Services& services, LineReport& report) {
    if (text.find_first_not_of(digits) == std::string_view::npos) {
        const auto number = port_number(text);
        if (!number)
            report.error(text, fmt::format("port {} is outside 1-65535", shortened(text)),
                         "write a port from 1 to 65535, or the name of a service");
        return number;
    }
    if (const auto named = services.tcp_port(text)) return named;
    const auto other = services.other_protocol(text);
    if (other.empty()) {
        report.error(text, fmt::format("service {} is not known", shortened(text)),
                     "write its port, or add it to the services file");
    } else {
        report.error(text, fmt::format("service {} is known for {} alone, and entries are TCP", shortened(text), other),
                     "write the port of a TCP service");
    }
    return std::nullopt;
}

std::optional<std::string> read_address(std::string_view text, LineReport& report) {
    auto canonical = canonical_address(text);
    if (!canonical)
        report.error(text, fmt::format("{} is not an IPv4 or IPv6 address", shortened(text)),
                     "write an address such as 192.168.0.3 or ::1");
    return canonical;
}

std::optional<std::string> read_tcp_process(std::string_view text, LineReport& report) {
    const auto is_alphanumeric = [](unsigned char c) { return std::isalnum(c) != 0; };
    if (text.size() > 1 && text[0] == '$' && std::all_of(text.begin() + 1, text.end(), is_alphanumeric))
        return boost::algorithm::to_upper_copy(std::string(text));
    report.error(text, fmt::format("{} is not the name of a TCP/IP process", shortened(text)),
                 "write $ and its letters and digits, as in -t$ZTC0; an address follows -h");
    return std::nullopt;
}

std::optional<std::string> read_label(std::string_view text, LineReport& report) {
    auto label = boost::algorithm::to_upper_copy(std::string(text));
    if (is_label(label)) return label;
    report.error(text,
                 fmt::format("protocol {} is not 1 to {} letters, digits and hyphens", shortened(text), max_label_size),
                 "write TOP, FTP, or a word of your own that the workstations use too");
    return std::nullopt;
}

namespace {

std::optional<SecureLeg> read_secure_leg(std::string_view word, LineReport& report) {
    if (const auto leg = secure_leg_from_text(word)) return leg;
    std::vector<std::string_view> names;
    for (const SecureLeg known : all_secure_legs) names.push_back(text(known));
    const auto meant = nearest(word, names);
    report.error(word, fmt::format("{} is no kind of secure leg", shortened(word)),
                 meant.empty() ? "write native, tls, ftps, ftps-implicit, plain, or a list such as native,tls"
                               : fmt::format("write {}", meant));
    return std::nullopt;
}

/// Reports a leg that the protocol does not go with.
void check_leg(SecureLeg leg, std::string_view word, std::string_view label, LineReport& report) {
    const bool ftp = label == ftp_label;
    const bool for_ftp_alone = leg == SecureLeg::ftps || leg == SecureLeg::ftps_implicit;
    if (for_ftp_alone && !ftp && !label.empty()) {
        report.error(word, fmt::format("{} is for FTP, and the protocol of this entry is {}", text(leg), label),
                     "write tls, or -aFTP if it is FTP");
    } else if (leg == SecureLeg::tls && ftp) {
        report.error(word, "tls does not say which kind of FTPS this entry serves",
                     "write ftps-implicit for TLS from the first byte, ftps for AUTH TLS, or both");
    }
}

/// Reports what an entry gives away that serves clear text, alone or beside the others.
void check_plain(std::string_view word, SecureLegs legs, bool ftp, LineReport& report) {
    const bool alone = legs.only().has_value();
    if (!legs.told_apart(ftp)) {
        report.error(word, "plain cannot be told apart from the others",
                     "take plain out, or give it an entry of its own");
    } else if (ftp) {
        report.warning(word, "passwords and files cross the network in clear: everyone on it can read and change them",
                       alone ? "take -s out to have them protected"
                             : "take plain out as soon as every client asks for protection");
    } else {
        report.warning(word, "everyone on the network can read and change this traffic",
                       "take -s out to have it protected");
    }
}

}  // namespace

std::optional<SecureLegs> read_secure_legs(std::string_view list, std::string_view label, LineReport& report) {
    SecureLegs legs;
    std::string_view plain;
    bool wrong = false;
    for (std::string_view rest = list; !rest.empty();) {
        const auto word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (word.empty()) continue;  // a comma too many leaves no doubt
        const auto leg = read_secure_leg(word, report);
        wrong |= !leg;
        if (!leg) continue;
        check_leg(*leg, word, label, report);
        if (*leg == SecureLeg::plain) plain = word;
        legs.insert(*leg);
    }
    if (wrong) return std::nullopt;
    if (legs.empty()) {
        report.error(list, fmt::format("{} names no secure leg", shortened(list)),
                     "write native,tls or one of the two");
    } else if (!plain.empty()) {
        check_plain(plain, legs, label == ftp_label, report);
    }
    return legs.empty() ? std::nullopt : std::optional(legs);
}

std::optional<SuiteSet> read_suites(std::string_view list, LineReport& report) {
    std::string_view bad = list;
    const auto suites = SuiteSet::from_text(list, &bad);
    if (suites && !suites->empty()) return suites;
    report.error(bad, fmt::format("{} is not a suite", shortened(bad)),
                 "write suites such as AES256,X25519 with / between them");
    return std::nullopt;
}

}  // namespace sallyport::portconf
