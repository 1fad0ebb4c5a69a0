#include <fmt/format.h>

#include <cstdio>
#include <iostream>

#include "channel/native/key_file.hpp"
#include "crypto/random.hpp"
#include "host/daemon.hpp"
#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/explain.hpp"
#include "program/files.hpp"
#include "program/version.hpp"
#include "program/views.hpp"

namespace sallyport::host {
namespace {

using namespace program;
namespace native = channel::native;

int check(Options options) {
    if (!options.arguments.empty()) options.portconf = options.arguments[0];
    const auto loaded = load(options, false);
    const auto diagnostics = loaded.diagnostics();
    std::cout << render(diagnostics);
    for (const auto& served : loaded.services.served) {
        const auto& entry = served.entry;
        std::cout << fmt::format("{}/{}: {} on {}, to {}{}\n", entry.service, entry.label, entry.secure.text(),
                                 relay::HostPort{entry.listen.empty() ? "*" : entry.listen, entry.port}.text(),
                                 portconf::text(entry.targets.front()),
                                 entry.suites.empty() ? "" : "; suites " + entry.suites.text());
    }
    return has_error(diagnostics) ? exit_configuration : exit_ok;
}

int card(const Options& options) {
    const auto loaded = load(options, true);
    const auto name = options.host_name.empty() ? host_name_of(loaded.config) : options.host_name;
    std::cout << make_card(loaded.identity, name, loaded.table.entries);
    std::cerr << "fingerprint: " << native::fingerprint(loaded.identity.host_keys.front()->public_key()) << "\n";
    return exit_ok;
}

int keygen(const Options& options) {
    Secret32 key;
    crypto::SystemRandom().fill(key.writable());
    if (!options.fixed.empty()) {
        std::cout << options.fixed << " " << native::write_fixed_key(key).view() << "\n";
        return exit_ok;
    }
    const bool client = !options.client.empty();
    if (!client && options.host_key.empty()) {
        throw UsageError("keygen makes one of --fixed NAME, --client NAME, --host FILE");
    }
    const std::string file = client ? options.client + ".key" : options.host_key;
    if (std::filesystem::exists(file)) throw FileProblem(file + " is there already; a key is never overwritten");
    write_file(file, native::write_private_key(key).view(), Readable::by_owner);
    const auto public_key = crypto::SigningKey(key).public_key();
    if (client) {
        std::cout << options.client << " " << to_hex(public_key) << "\n";
    } else {
        std::cout << "fingerprint: " << native::fingerprint(public_key) << "\n";
    }
    return exit_ok;
}

std::string status_text(const boost::json::object& status) {
    std::vector<std::vector<std::string>> rows{
        {"ENTRY", "PROTOCOL", "SECURE LEG", "LISTEN", "TARGET", "SESSIONS", "LEGACY"}};
    for (const auto& value : status.at("entries").as_array()) {
        const auto& entry = value.as_object();
        const auto text = [&](const char* key) { return std::string(entry.at(key).as_string()); };
        const auto number = [&](const char* key) { return std::to_string(entry.at(key).to_number<std::uint64_t>()); };
        rows.push_back({text("entry"), text("protocol"), text("secure"), text("listen"), text("target"),
                        number("sessions"), number("legacy_sessions")});
    }
    const auto& totals = status.at("totals").as_object();
    const auto total = [&](const char* key) { return totals.at(key).to_number<std::uint64_t>(); };
    return table_text(rows) +
           fmt::format("since {}: {} sessions ({} legacy), {} cut, {} refused; {} to targets, {} back\n",
                       std::string(status.at("since").as_string()), total("sessions"), total("legacy_sessions"),
                       total("truncated"), total("refused"), bytes_text(total("bytes_to_target")),
                       bytes_text(total("bytes_to_client")));
}

int speak(const Options& options) {
    Words words{options.verb};
    words.insert(words.end(), options.arguments.begin(), options.arguments.end());
    const auto reply = ask(options.state / "control.socket", words);
    if (const auto* error = reply.if_contains("error")) {
        std::cerr << "sallyportd: " << std::string(error->as_string()) << "\n";
        return exit_failed;
    }
    if (options.verb == "stop") {
        std::cout << std::string(reply.at("done").as_string()) << "\n";
    } else if (options.json) {
        std::cout << boost::json::serialize(reply) << "\n";
    } else {
        std::cout << (options.verb == "status" ? status_text(reply) : sessions_text(reply));
    }
    return exit_ok;
}

int dispatch(const Options& options) {
    if (options.help) return (std::cout << help_text()), exit_ok;
    if (options.version) return (std::cout << version_text("sallyportd")), exit_ok;
    if (options.verb == "run") return run(options);
    if (options.verb == "check") return check(options);
    if (options.verb == "card") return card(options);
    if (options.verb == "keygen") return keygen(options);
    if (options.verb == "explain") return (std::cout << explain_ftp()), exit_ok;
    return speak(options);
}

}  // namespace
}  // namespace sallyport::host

int main(int argc, char** argv) {
    using namespace sallyport;
    return program::run_program("sallyportd", [&] { return host::dispatch(host::parse_options(argc, argv)); });
}
