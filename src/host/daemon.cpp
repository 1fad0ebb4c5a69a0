#include "host/daemon.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>

#include "base/log.hpp"
#include "channel/native/key_schedule.hpp"
#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/files.hpp"
#include "program/runner.hpp"
#include "program/version.hpp"
#include "program/views.hpp"

namespace sallyport::host {
namespace {

namespace json = boost::json;
using program::FileProblem;

/// One entry that is listened for.
struct Open {
    const Served* served;
    std::unique_ptr<relay::Listener> listener;
};

std::string listen_text(const portconf::Entry& entry) {
    return relay::HostPort{entry.listen.empty() ? "0.0.0.0" : entry.listen, entry.port}.text();
}

class Daemon {
public:
    Daemon(const Options& options, Loaded loaded)
        : options_(options),
          loaded_(std::move(loaded)),
          server_(loaded_.config.limits, loaded_.config.threads),
          runner_(server_, loaded_.config.drain, [this] { close(); }) {}

    int run() {
        program::ControlServer control(runner_.context(), options_.state / "control.socket",
                                       [this](const program::Words& words) { return answer(words); });
        log::write(message::capacity, "{} threads, at most {} sessions at once", server_.threads(),
                   server_.most_sessions());
        if (loaded_.config.legacy_until) {
            const auto day = *loaded_.config.legacy_until;
            log::write(message::legacy_until, "legacy suites are accepted up to {:04}-{:02}-{:02}", int(day.year()),
                       unsigned(day.month()), unsigned(day.day()));
        }
        if (const int failed = open()) return failed;
        log::write(message::ready, "ready: {} of {} entries, host key {}", open_.size(), loaded_.services.served.size(),
                   channel::native::fingerprint(loaded_.identity.host_keys.front()->public_key()));
        return runner_.run();
    }

private:
    /// All entries that can be listened for; an exit code when there is none.
    int open() {
        error_code last;
        for (const auto& served : loaded_.services.served) {
            const auto& entry = served.entry;
            auto listener = server_.listen(served.service, entry.listen, entry.port);
            if (!listener) {
                last = listener.error();
                log::write(message::cannot_listen, "entry {}: cannot listen on {}: {}", entry.service,
                           listen_text(entry), last.message());
                continue;
            }
            log::write(message::listening, "entry {}/{}: {} on {}, to {}", entry.service, entry.label,
                       entry.secure.text(), listen_text(entry), portconf::text(entry.targets.front()));
            if (entry.ftp() && served.clear_text) {
                log::write(message::ftp_clear_text,
                           "entry {}/{} serves clear text too: passwords and files cross the network as they are",
                           entry.service, entry.label);
            }
            open_.push_back({&served, std::move(*listener)});
        }
        if (!open_.empty()) return program::exit_ok;
        if (last == boost::asio::error::access_denied) return program::exit_not_permitted;
        return last ? program::exit_try_again : program::exit_configuration;
    }

    void close() {
        for (auto& one : open_) server_.close(*one.listener);
    }

    json::object answer(const program::Words& words) {
        if (words[0] == "status") return status();
        if (words[0] == "sessions") return program::sessions_json(server_.sessions());
        if (words[0] == "stop" && words.size() == 1) {
            runner_.drain();
            return {{"done", "the daemon drains and stops"}};
        }
        if (words[0] == "stop") return stop_session(words[1]);
        return {{"error", "this daemon does not know the request '" + words[0] + "'"}};
    }

    json::object stop_session(const std::string& text) {
        std::uint64_t id = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
        if (error != std::errc{} || end != text.data() + text.size() ||
            !server_.stop_session(id, relay::SessionError::stopped_by_operator)) {
            return {{"error", fmt::format("there is no session {}; see: sallyportd sessions", text)}};
        }
        return {{"done", fmt::format("session {} is stopped", id)}};
    }

    json::object status() {
        const auto sessions = server_.sessions();
        json::array entries;
        for (const auto& one : open_) {
            const auto& entry = one.served->entry;
            std::uint64_t count = 0, legacy = 0;
            for (const auto& session : sessions) {
                if (session.entry != entry.service || !session.established) continue;
                ++count;
                if (session.channel.legacy) ++legacy;
            }
            entries.push_back(json::object{{"entry", entry.service},
                                           {"protocol", entry.label},
                                           {"program", entry.program},
                                           {"listen", listen_text(entry)},
                                           {"target", portconf::text(entry.targets.front())},
                                           {"tcp_process", entry.tcp_process},
                                           {"secure", entry.secure.text()},
                                           {"suites", entry.suites.text()},
                                           {"state", "listening"},
                                           {"sessions", count},
                                           {"legacy_sessions", legacy}});
        }
        return {{"schema", program::json_schema},
                {"program", "sallyportd"},
                {"version", program::version},
                {"pid", ::getpid()},
                {"since", program::utc_text(since_)},
                {"host_key", channel::native::fingerprint(loaded_.identity.host_keys.front()->public_key())},
                {"entries", std::move(entries)},
                {"totals", program::totals_json(server_.totals())}};
    }

    const Options& options_;
    const Loaded loaded_;
    const std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
    relay::Server server_;
    program::Runner runner_;
    std::vector<Open> open_;
};

}  // namespace

std::vector<Diagnostic> Loaded::diagnostics() const {
    auto all = config.diagnostics;
    all.insert(all.end(), table.diagnostics.begin(), table.diagnostics.end());
    all.insert(all.end(), services.diagnostics.begin(), services.diagnostics.end());
    return all;
}

Loaded load(const Options& options, bool make) {
    Loaded loaded;
    if (options.config_given || std::filesystem::exists(options.config)) {
        loaded.config = parse_config(program::read_file(options.config), options.config.string());
        const auto resolve = [&](std::string& name) {
            if (!name.empty()) name = (options.config.parent_path() / name).string();
        };
        resolve(loaded.config.certificate);
        resolve(loaded.config.key);
        resolve(loaded.config.client_keys);
        for (auto& name : loaded.config.host_keys) resolve(name);
    }
    const auto text = program::read_file(options.portconf);
    portconf::Services services;
    if (std::filesystem::exists("/etc/services")) services = portconf::Services(program::read_file("/etc/services"));
    const portconf::Context context{options.portconf.string(), services,      loaded.config.tcp_processes,
                                    loaded.config.ftp_server,  host::today(), loaded.config.legacy_until};
    loaded.table = portconf::parse(text, context);
    if (make) program::make_private_folder(options.state);
    loaded.identity = load_identity(loaded.config, options.state, make);
    loaded.card = make_card(loaded.identity, host_name_of(loaded.config), loaded.table.entries);
    if (make) program::write_file(options.state / "host.card", loaded.card, program::Readable::by_all);
    loaded.services = make_services(loaded.table, options.portconf, loaded.config, loaded.identity, loaded.card);
    return loaded;
}

int run(const Options& options) {
    ::prctl(PR_SET_DUMPABLE, 0);  // keys stay out of core dumps, and other programs out of our memory
    log::start(log::Level::info);
    auto loaded = load(options, true);
    log::set_level(loaded.config.log_level);
    if (has_error(loaded.config.diagnostics)) {
        throw FileProblem("the configuration has errors; nothing was started:\n" + render(loaded.config.diagnostics));
    }
    for (const auto& diagnostic : loaded.diagnostics()) {
        if (diagnostic.severity == Severity::notice) continue;  // for `check`
        log::write(message::configuration, "{}:{}: {}; {}", diagnostic.file, diagnostic.line, diagnostic.reason,
                   diagnostic.remedy);
    }
    if (loaded.services.served.empty())
        throw FileProblem("the table has no entry that can be served; see: sallyportd check");
    return Daemon(options, std::move(loaded)).run();
}

}  // namespace sallyport::host
