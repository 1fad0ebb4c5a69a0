#include "host/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

namespace sallyport::host {
namespace {

namespace po = boost::program_options;

constexpr std::array verbs{"run", "check", "card", "keygen", "status", "sessions", "stop", "explain"};

po::options_description described(Options& options) {
    po::options_description all("Options");
    all.add_options()                                                                                             //
        ("config", po::value(&options.config), "configuration (/etc/sallyport/sallyportd.conf)")                  //
        ("portconf", po::value(&options.portconf), "table of entries (/etc/sallyport/portconf)")                  //
        ("state", po::value(&options.state), "folder for keys and the control socket (/var/lib/sallyport)")       //
        ("json", po::bool_switch(&options.json), "status, sessions: a stable form for programs")                  //
        ("host", po::value<std::string>(), "card: the host's name on it; keygen: file for a host's private key")  //
        ("fixed", po::value(&options.fixed), "keygen: a fixed key of this name, printed as `name text`")          //
        ("client", po::value(&options.client), "keygen: a client key; writes NAME.key, prints the host's line")   //
        ("help", po::bool_switch(&options.help), "this text")                                                     //
        ("version", po::bool_switch(&options.version), "the version, and those of the libraries");
    return all;
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
    Options options;
    const auto line = program::read_command_line("sallyportd", argc, argv, described(options));
    options.config_given = line.given.contains("config");
    if (line.given.contains("host")) options.host_name = options.host_key = line.given["host"].as<std::string>();
    const auto& words = line.words;
    if (!words.empty()) {
        options.verb = words.front();
        options.arguments.assign(words.begin() + 1, words.end());
    }
    if (std::find(verbs.begin(), verbs.end(), std::string_view(options.verb)) == verbs.end()) {
        throw UsageError(fmt::format("there is no verb '{}'; write one of {}", options.verb, fmt::join(verbs, ", ")));
    }
    const bool explains = options.verb == "explain";
    if (explains && (words.size() < 2 || words[1] != "ftp")) throw UsageError("write: sallyportd explain ftp");
    const std::size_t most = explains || options.verb == "check" || options.verb == "stop" ? 1 : 0;
    if (options.arguments.size() > most) {
        throw UsageError(
            fmt::format("{} takes no '{}'; see: sallyportd --help", options.verb, options.arguments[most]));
    }
    return options;
}

std::string help_text() {
    Options unused;
    std::ostringstream options;
    options << described(unused);
    return "sallyportd: the host side of sallyport\n\n"
           "  sallyportd [OPTIONS] [VERB]\n\n"
           "  run               serve the table's entries, in the foreground (the default)\n"
           "  check [FILE]      say all that is wrong with table and configuration; opens nothing\n"
           "  card              print the signed host card, by which workstations know this host\n"
           "  keygen            make a key: --fixed NAME, --client NAME or --host FILE\n"
           "  status            the running daemon's entries and sums\n"
           "  sessions          its sessions\n"
           "  stop [SESSION]    end one session, or the daemon: it drains first\n"
           "  explain ftp       what happens to an FTP dialogue on its way, and why\n\n" +
           options.str() +
           "\nSignals: TERM and INT drain, with a limit; a second one ends at once.\n"
           "Exit codes: 0 ok, 1 failed, 64 usage, 69 not running, 75 try again, 77 not permitted, 78 configuration.\n";
}

}  // namespace sallyport::host
