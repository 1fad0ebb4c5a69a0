#include "client/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>

#include "client/list/edit.hpp"
#include "client/list_file.hpp"
#include "client/services.hpp"
#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/files.hpp"
#include "program/views.hpp"

namespace sallyport::client {
namespace {

namespace json = boost::json;
using namespace program;

std::filesystem::path control_socket(const Options& options) { return options.state / "control.socket"; }

/// The running `up`'s answer; nothing when none runs.
std::optional<json::object> ask_if_running(const Options& options, const Words& words) {
    try {
        return ask(control_socket(options), words);
    } catch (const NotRunning&) {
        return std::nullopt;
    }
}

/// Tells a running `up` that the list changed.
void reload(const Options& options) {
    const auto reply = ask_if_running(options, {"reload"});
    if (!reply) return;
    if (const auto* error = reply->if_contains("error")) {
        throw FileProblem(fmt::format("the list was changed, but the running sallyport cannot use it: {}",
                                      std::string(error->as_string())));
    }
}

FieldValues values_of(const Options& options) {
    FieldValues values;
    for (std::size_t i = 1; i < options.arguments.size(); ++i) {
        const auto& word = options.arguments[i];
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw UsageError(fmt::format("'{}' is not of the form KEY=VALUE", word));
        }
        const auto key = word.substr(0, equals);
        if (key == "fixed-key") {
            throw UsageError(
                "a fixed key on the command line could be read by others; write its file: fixed-key-file=FILE");
        }
        values.emplace_back(key, word.substr(equals + 1));
    }
    return values;
}

/// Writes the changed text, unless the change brought a fault into the entry.
int write_changed(const Options& options, const ListFile& before, const Result<std::string>& text,
                  const std::string& entry, std::string_view done) {
    if (!text) throw std::runtime_error(fmt::format("{}: {}", entry, error_sentence(text.error())));
    const auto after = parse(*text, before.path.string());
    if (!entry.empty() && after.find(entry) == nullptr) {
        std::cerr << render(after.diagnostics) << "nothing was changed\n";
        return exit_configuration;
    }
    write_list(before.path, *text);
    reload(options);
    std::cout << done << "\n";
    return exit_ok;
}

/// An entry at work is not changed under the feet of those who use it: the switch comes first.
void need_protection_off(const Options& options, const ListFile& file, const std::string& name) {
    const Entry* entry = file.list.find(name);
    if (entry == nullptr || !entry->protection || !file.list.protection) return;
    if (!ask_if_running(options, {"status"})) return;
    throw std::runtime_error(
        fmt::format("the protection of {} is on; first run: sallyport protect off {}", name, name));
}

}  // namespace

int list(const Options& options) {
    const auto file = read_list(options.servers);
    std::vector<std::vector<std::string>> rows{
        {"ENTRY", "PROTOCOL", "HOST", "ENCRYPTION", "FIXED KEY", "ACCEPT", "PROTECTION", "TRUSTED"}};
    for (const auto& entry : file.list.entries) {
        rows.push_back({entry.name, entry.protocol, relay::HostPort{entry.host, entry.port}.text(),
                        text_of(entry.encryption), entry.has_fixed_key() ? "yes" : "", entry.accept.text(),
                        entry.protection ? "on" : "off", entry.trusted() ? "yes" : "no"});
    }
    std::cout << table_text(rows) << fmt::format("protection of all: {}\n", file.list.protection ? "on" : "off");
    if (!file.list.diagnostics.empty()) std::cout << "some lines need attention; see: sallyport check\n";
    return exit_ok;
}

int check(const Options& options) {
    const auto path = options.arguments.empty() ? options.servers : std::filesystem::path(options.arguments[0]);
    if (!std::filesystem::exists(path)) throw FileProblem(fmt::format("there is no list at {}", path.string()));
    const auto file = read_list(path);
    std::cout << render(file.list.diagnostics);
    bool faulty = has_error(file.list.diagnostics);
    for (const auto& entry : file.list.entries) {
        const auto say = [&](std::string_view what) {
            std::cout << fmt::format("{}:{}: [{}] {}\n", path.string(), entry.line, entry.name, what);
        };
        if (!entry.trusted()) {
            say("trusts no host yet and is not used; run: sallyport trust " + entry.name);
            continue;
        }
        try {
            (void)make_service(entry, path.parent_path());  // reads its keys as `up` would
        } catch (const FileProblem& problem) {
            say(problem.what());
            faulty = true;
        }
    }
    std::cout << fmt::format("{} entries were read\n", file.list.entries.size());
    return faulty ? exit_configuration : exit_ok;
}

int add(const Options& options) {
    const auto file = read_list(options.servers);
    const auto& name = options.arguments[0];
    const auto text = add_section(file.text, name, values_of(options));
    return write_changed(options, file, text, name,
                         fmt::format("{} was added; if it is new to you, run: sallyport trust {}", name, name));
}

int edit(const Options& options) {
    const auto file = read_list(options.servers);
    const auto& name = options.arguments[0];
    need_protection_off(options, file, name);
    return write_changed(options, file, set_fields(file.text, name, values_of(options)), name, name + " was changed");
}

int remove(const Options& options) {
    const auto file = read_list(options.servers);
    const auto& name = options.arguments[0];
    need_protection_off(options, file, name);
    return write_changed(options, file, remove_section(file.text, name), {}, name + " was removed");
}

int protect(const Options& options) {
    const auto& word = options.arguments[0];
    if (word != "on" && word != "off") throw UsageError("write: sallyport protect on|off [NAME]");
    const bool on = word == "on";
    const auto file = read_list(options.servers);
    if (options.arguments.size() == 1) {
        return write_changed(options, file, set_global_protection(file.text, on), {},
                             on ? "protection is on" : "protection is off: the entries' ports are closed");
    }
    const auto& name = options.arguments[1];
    (void)file.at(name);
    return write_changed(options, file, set_fields(file.text, name, {{"protection", word}}), name,
                         fmt::format("protection of {} is {}", name, word));
}

int status(const Options& options) {
    auto reply = ask(control_socket(options), {"status"});
    auto& entries = reply.at("entries").as_array();
    if (!options.arguments.empty()) {
        const auto other = std::remove_if(entries.begin(), entries.end(), [&](const json::value& entry) {
            return entry.at("entry").as_string() != std::string_view(options.arguments[0]);
        });
        entries.erase(other, entries.end());
        if (entries.empty()) throw std::runtime_error(fmt::format("there is no entry '{}'", options.arguments[0]));
    }
    bool all_protected = true, any_failed = false;
    std::vector<std::vector<std::string>> rows{
        {"ENTRY", "STATE", "PROOF", "ACCEPT", "HOST", "ENCRYPTION", "SESSIONS", "WHY"}};
    for (const auto& value : entries) {
        const auto& entry = value.as_object();
        const auto text = [&](const char* key) { return std::string(entry.at(key).as_string()); };
        const auto* age = entry.if_contains("proof_age_seconds");
        all_protected = all_protected && text("state") == "protected";
        any_failed = any_failed || text("state") == "not-protected" || text("state") == "off";
        const auto legacy = entry.at("legacy").as_bool() ? " LEGACY" : "";
        rows.push_back({text("entry"), text("state"),
                        age == nullptr ? "" : fmt::format("{} s ago", age->to_number<long>()), text("accept"),
                        text("target"), text("encryption") + legacy,
                        std::to_string(entry.at("sessions").to_number<std::uint64_t>()), text("reason")});
    }
    std::cout << (options.json ? json::serialize(reply) + "\n" : table_text(rows));
    if (options.json) return exit_ok;
    return any_failed ? 1 : all_protected ? 0 : 2;
}

int sessions(const Options& options) {
    const auto reply = ask(control_socket(options), {"sessions"});
    std::cout << (options.json ? json::serialize(reply) + "\n" : sessions_text(reply));
    return exit_ok;
}

}  // namespace sallyport::client
