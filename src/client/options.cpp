#include "client/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace sallyport::client {
namespace {

namespace po = boost::program_options;

struct Verb {
    std::string_view name;
    std::size_t least, most;  // arguments
    std::string_view form;
};
constexpr std::size_t any = 64;
constexpr std::array verbs{
    Verb{"up", 0, 0, "up"},
    Verb{"list", 0, 0, "list"},
    Verb{"add", 2, any, "add NAME KEY=VALUE ..."},
    Verb{"edit", 2, any, "edit NAME KEY=VALUE ..."},
    Verb{"remove", 1, 1, "remove NAME"},
    Verb{"trust", 1, 1, "trust NAME"},
    Verb{"protect", 1, 2, "protect on|off [NAME]"},
    Verb{"status", 0, 1, "status [NAME]"},
    Verb{"sessions", 0, 0, "sessions"},
    Verb{"check", 0, 1, "check [FILE]"},
    Verb{"explain", 1, 1, "explain ftp"},
};

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::filesystem::path default_servers() {
    const auto config = environment("XDG_CONFIG_HOME");
    const std::filesystem::path folder =
        config.empty() ? std::filesystem::path(environment("HOME")) / ".config" : std::filesystem::path(config);
    return folder / "sallyport" / "servers.conf";
}

std::filesystem::path default_state() {
    const auto runtime = environment("XDG_RUNTIME_DIR");
    if (!runtime.empty()) return std::filesystem::path(runtime) / "sallyport";
    return std::filesystem::path(environment("HOME")) / ".local" / "state" / "sallyport";
}

po::options_description described(Options& options) {
    po::options_description all("Options");
    all.add_options()                                                                                          //
        ("servers", po::value(&options.servers), "the list (~/.config/sallyport/servers.conf)")                //
        ("state", po::value(&options.state), "folder of the control socket ($XDG_RUNTIME_DIR/sallyport)")      //
        ("json", po::bool_switch(&options.json), "status, sessions: a stable form for programs")               //
        ("fingerprint", po::value(&options.fingerprint), "trust: the one that the host's administrator gave")  //
        ("card", po::value(&options.card), "trust: the card's file, had by a way that you trust")              //
        ("debug", po::bool_switch(&options.debug), "up: more detail in the log")                               //
        ("help", po::bool_switch(&options.help), "this text")                                                  //
        ("version", po::bool_switch(&options.version), "the version, and those of the libraries");
    return all;
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
    Options options;
    options.servers = default_servers();
    options.state = default_state();
    const auto words = program::read_command_line("sallyport", argc, argv, described(options)).words;
    if (options.help || options.version) return options;
    if (words.empty()) throw UsageError("a verb is missing; see: sallyport --help");
    options.verb = words.front();
    options.arguments.assign(words.begin() + 1, words.end());
    const auto verb = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& v) { return v.name == options.verb; });
    if (verb == verbs.end()) {
        throw UsageError(fmt::format("there is no verb '{}'; see: sallyport --help", options.verb));
    }
    if (options.arguments.size() < verb->least || options.arguments.size() > verb->most) {
        throw UsageError(fmt::format("write: sallyport {}", verb->form));
    }
    return options;
}

std::string help_text() {
    Options unused;
    std::ostringstream options;
    options << described(unused);
    return "sallyport: the workstation side of sallyport\n\n"
           "  sallyport [OPTIONS] VERB\n\n"
           "  up                          protect the list's entries, in the foreground\n"
           "  status [NAME]               each entry: off, checking, protected or not-protected, and why\n"
           "  sessions                    the connections that are being relayed\n"
           "  protect on|off [NAME]       the switch, of all or of one entry; a running `up` obeys at once\n"
           "  trust NAME                  show who the host is, and keep that once you have confirmed it\n"
           "  list                        the entries\n"
           "  add NAME KEY=VALUE ...      protocol, host, port, encryption, accept and what else is needed\n"
           "  edit NAME KEY=VALUE ...     with its protection off; an empty value removes the key\n"
           "  remove NAME                 with its protection off\n"
           "  check [FILE]                say all that is wrong with the list\n"
           "  explain ftp                 what happens to an FTP dialogue on its way, and why\n\n" +
           options.str() +
           "\nExit codes: 0 ok, 1 failed, 64 usage, 69 not running, 75 try again, 77 not permitted, 78 configuration;\n"
           "status: 0 protected, 1 not protected, 2 not known yet.\n";
}

}  // namespace sallyport::client
