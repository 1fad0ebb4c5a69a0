#include "portconf/line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>

#include "portconf/flags.hpp"
#include "portconf/values.hpp"

namespace sallyport::portconf {
namespace {

constexpr std::array personalities{Personality::xygatehe, Personality::xygateef, Personality::sallyport};
constexpr std::array<const char*, 2> loopback{"127.0.0.1", "::1"};  // in the order in which they are tried

/// Reads one line, field by field, into one entry. A field that is wrong is reported and left empty; the fields that
/// depend on it then say nothing of their own.
class LineParser {
public:
    LineParser(const Context& context, const Claims& claims, LineReport& report)
        : context_(context), claims_(claims), report_(report) {}

    std::optional<Entry> parse(std::span<const std::string_view> words);

private:
    bool read_program(std::string_view program);
    void read_protocol();
    void read_targets();
    std::vector<std::string> target_addresses();
    std::vector<std::string> process_addresses(std::string_view written);
    void read_secure();
    void read_suite_list();
    void check_flags_for_absent_legs();
    void check_proofs_beside_plain();
    void check_place(std::string_view service);

    bool has(char letter) const { return flags_.contains(letter); }
    /// Empty when the flag is not given, or given without one.
    std::string_view value(char letter) const {
        const auto flag = flags_.find(letter);
        return flag == flags_.end() ? std::string_view{} : flag->second.value;
    }

    const Context& context_;
    const Claims& claims_;
    LineReport& report_;
    Flags flags_;
    std::string_view program_;
    Entry entry_;
};

std::optional<Entry> LineParser::parse(std::span<const std::string_view> words) {
    const std::string_view service = words[0];
    if (words.size() > 1 && !read_program(words[1])) return std::nullopt;
    entry_.line = report_.number();
    entry_.service = service;
    entry_.port = read_port(service, context_.services, report_).value_or(0);
    if (words.size() < 2) {
        report_.error(service, fmt::format("no program follows {}", shortened(service)),
                      "write $system.xygatehe.xygatehe and its -p for a relay, $system.xygateef.xygateef for FTP");
        return std::nullopt;
    }
    flags_ = read_flags(words.subspan(2), report_);
    read_protocol();
    read_targets();
    read_secure();
    read_suite_list();
    entry_.fixed_key = value('k');
    entry_.client_ca = value('c');
    check_flags_for_absent_legs();
    check_proofs_beside_plain();
    check_place(service);
    return report_.failed() ? std::nullopt : std::optional(std::move(entry_));
}

/// False when the line is another listener's.
bool LineParser::read_program(std::string_view program) {
    program_ = program;
    entry_.program = program;
    // Guardian parts names with dots; a path of the host's own kind does no harm.
    const auto name = program.substr(program.find_last_of("./") + 1);
    std::vector<std::string_view> names;
    for (const Personality personality : personalities) {
        names.push_back(text(personality));
        if (!boost::algorithm::iequals(name, names.back())) continue;
        entry_.personality = personality;
        return true;
    }
    const auto meant = nearest(name, names);
    report_.notice(program, fmt::format("{} belongs to another listener, and the line is skipped", shortened(program)),
                   meant.empty() ? "" : fmt::format("write {} if that was meant", meant));
    return false;
}

void LineParser::read_protocol() {
    const bool handles_ftp = entry_.personality == Personality::xygateef;
    const auto written = value('a');
    if (!has('a')) {
        entry_.label = handles_ftp ? ftp_label : stream_label;
    } else if (!written.empty()) {
        entry_.label = read_label(written, report_).value_or("");
    }
    if (!handles_ftp || entry_.label.empty() || entry_.ftp()) return;
    report_.error(written, fmt::format("xygateef serves FTP, not {}", entry_.label),
                  "take -a out, or write $system.xygatehe.xygatehe as the program");
}

void LineParser::read_targets() {
    const bool defaulted = !has('p') && entry_.personality == Personality::xygateef;
    std::optional<std::uint16_t> port;
    if (defaulted) {
        port = context_.ftp_server.port;
    } else if (!has('p')) {
        report_.error(program_, "the port of the plain server is missing", "add -p and the port, as in -p2345");
    } else if (!value('p').empty()) {
        port = read_port(value('p'), context_.services, report_);
    }
    const bool placed = has('t') || has('h');
    for (auto& address : defaulted && !placed ? std::vector{context_.ftp_server.address} : target_addresses()) {
        if (port) entry_.targets.push_back({std::move(address), *port});
    }
    if (defaulted && !entry_.targets.empty())
        report_.notice(program_, fmt::format("FTP goes to the server at {}", text(entry_.targets.front())),
                       "if it is elsewhere, add -p and its port, or set it under [ftp]");
}

std::vector<std::string> LineParser::target_addresses() {
    if (has('t') && has('h')) {
        const auto &process = flags_.at('t').written, &host = flags_.at('h').written;
        report_.error(std::max(process, host, [](auto a, auto b) { return a.data() < b.data(); }),
                      "-t (--tcp-process) and -h (--target-host) exclude each other",
                      "keep the one that says where the plain server is");
    }
    std::vector<std::string> addresses;
    if (!value('t').empty()) addresses = process_addresses(value('t'));
    if (!value('h').empty()) addresses = {read_address(value('h'), report_).value_or("")};
    return has('t') || has('h') ? addresses : std::vector<std::string>(loopback.begin(), loopback.end());
}

std::vector<std::string> LineParser::process_addresses(std::string_view written) {
    const auto name = read_tcp_process(written, report_);
    if (!name) return {};
    entry_.tcp_process = *name;
    const auto mapped = context_.tcp_processes.find(*name);
    if (mapped == context_.tcp_processes.end()) {
        report_.notice(written, fmt::format("{} has no address, so loopback is used", shortened(*name)),
                       fmt::format("set {} = ADDRESS under [tcp-process]", shortened(*name)));
        return {loopback.begin(), loopback.end()};
    }
    if (const auto address = canonical_address(mapped->second)) return {*address};
    report_.error(written,
                  fmt::format("{} stands for {}, which is not an address", shortened(*name), shortened(mapped->second)),
                  "write an IPv4 or IPv6 address for it under [tcp-process]");
    return {};
}

void LineParser::read_secure() {
    using enum SecureLeg;
    if (!has('s')) {
        entry_.secure = entry_.ftp() ? SecureLegs{native, ftps, ftps_implicit} : SecureLegs{native, tls};
    } else if (!value('s').empty()) {
        entry_.secure = read_secure_legs(value('s'), entry_.label, report_).value_or(SecureLegs{});
    }
}

void LineParser::read_suite_list() {
    const auto list = value('e');
    std::optional<SuiteSet> written;
    if (!list.empty()) written = read_suites(list, report_);
    if (!entry_.secure.contains(SecureLeg::native)) return;
    entry_.suites = accepted_suites(entry_.personality, written, legacy_ended(context_.today, context_.legacy_until));
    if (!entry_.suites.empty()) return;
    // Without -e modern suites are always left: so there is a list, and a date has passed.
    const Date& until = *context_.legacy_until;
    report_.error(list,
                  fmt::format("all of these suites are legacy, and legacy ended on {:04}-{:02}-{:02}",
                              static_cast<int>(until.year()), static_cast<unsigned>(until.month()),
                              static_cast<unsigned>(until.day())),
                  "add AES256,X25519, or set legacy-until to a later date");
}

/// A flag that protects a leg which the entry does not have looks like protection and is none.
void LineParser::check_flags_for_absent_legs() {
    if (entry_.secure.empty()) return;
    for (const char letter : {'e', 'k', 'c'}) {
        const bool of_tls = letter == 'c';
        if (!has(letter) || (of_tls ? entry_.secure.uses_tls() : entry_.secure.contains(SecureLeg::native))) continue;
        const auto written = flags_.at(letter).written;
        report_.error(written,
                      fmt::format("{} is about {}, and this entry is {} alone", written, of_tls ? "TLS" : "native",
                                  entry_.secure.text()),
                      fmt::format("take it out, or add {} to -s", !of_tls        ? "native"
                                                                  : entry_.ftp() ? "ftps"
                                                                                 : "tls"));
    }
}

/// What clients must prove on one leg is no condition while they may choose a leg where nothing is asked.
void LineParser::check_proofs_beside_plain() {
    if (!entry_.secure.contains(SecureLeg::plain) || entry_.secure.only()) return;
    for (const char letter : {'k', 'c'}) {
        if (!has(letter)) continue;
        const auto written = flags_.at(letter).written;
        report_.error(written, fmt::format("{} asks clients for a proof, and plain lets everyone in without", written),
                      fmt::format("take plain out of -s, or {} out of the line", written));
    }
}

/// Reports a place that is taken, and an entry that would serve each connection with another one to itself.
void LineParser::check_place(std::string_view service) {
    if (has('l')) {
        const auto address = value('l').empty() ? std::nullopt : read_address(value('l'), report_);
        if (!address) return;
        entry_.listen = *address;
    }
    if (const auto line = claims_.overlapping(entry_.port, entry_.listen))
        report_.error(service, fmt::format("port {} is already taken by line {}", entry_.port, *line),
                      "take one of the lines out, or give each an address of its own with -l");
    const auto reaches_itself = [&](const Target& target) {
        const bool here = std::find(loopback.begin(), loopback.end(), target.address) != loopback.end() ||
                          target.address == entry_.listen;
        return here && target.port == entry_.port && covers(entry_.listen, target.address);
    };
    const auto target = std::find_if(entry_.targets.begin(), entry_.targets.end(), reaches_itself);
    if (target == entry_.targets.end()) return;
    report_.error(value('p').empty() ? service : value('p'),
                  fmt::format("the target {} is this entry itself", text(*target)),
                  "give one of them another port, or part them by their addresses with -h and -l");
}

}  // namespace

std::optional<Entry> parse_line(std::span<const std::string_view> words, const Context& context, const Claims& claims,
                                LineReport& report) {
    return LineParser(context, claims, report).parse(words);
}

}  // namespace sallyport::portconf
