#include "client/workstation.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <tuple>

#include "base/log.hpp"
#include "client/list_file.hpp"
#include "client/services.hpp"
#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/files.hpp"
#include "program/runner.hpp"
#include "program/version.hpp"
#include "program/views.hpp"

namespace sallyport::client {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using program::FileProblem;

constexpr auto drain_limit = 300s;

/// What the last connection of an entry proved; written by sessions of any worker.
struct Proof {
    std::mutex mutex;  // held for a moment at the start and the failure of a session
    bool proven = false;
    std::string failure;
    relay::Clock::time_point when;
};

/// One entry as it runs. `closed_because` says why nothing listens.
struct Running {
    Entry entry;
    std::unique_ptr<relay::Listener> listener;
    std::shared_ptr<Proof> proof = std::make_shared<Proof>();
    std::string closed_because;
    bool off = false;    // its protection is
    bool plain = false;  // and so it passes everything on in clear
};

/// Whether a running entry may stay as it is. Files are compared by name: who exchanges one switches protection off
/// and on again.
bool same_settings(const Entry& a, const Entry& b) {
    const auto all = [](const Entry& e) {
        return std::tuple(e.protocol, e.host, e.port, e.encryption, e.accept, e.fixed_key.view(), e.fixed_key_file,
                          e.card, e.host_key, e.client_key, e.pins, e.ca, e.server_name, e.certificate, e.key,
                          e.identity, e.tls_min, e.tls_max, e.default_data_port, e.back_mode, e.lenient_end,
                          e.when_off);
    };
    return all(a) == all(b);
}

/// Whether the end of a session tells something about the host, as against the local program or the user.
bool speaks_of_host(const error_code& failure) {
    using relay::SessionError;
    return failure != SessionError::plain_reset && failure != SessionError::idle &&
           failure != SessionError::stopped_by_operator && failure != SessionError::going_down;
}

class Workstation {
public:
    explicit Workstation(const Options& options)
        : options_(options), server_(relay::Limits{}, 0), runner_(server_, drain_limit, [this] { close_all(); }) {}

    int run() {
        program::make_private_folder(options_.state);
        program::ControlServer control(runner_.context(), options_.state / "control.socket",
                                       [this](const program::Words& words) { return answer(words); });
        apply(read_list(options_.servers));
        std::size_t open = 0;
        for (const auto& [name, running] : running_) open += running.listener ? 1 : 0;
        log::write(message::ready, "ready: {} of {} entries are open; protection is {}", open, running_.size(),
                   protection_ ? "on" : "off");
        return runner_.run();
    }

private:
    /// Brings what runs to what the list says. Entries that did not change are not touched.
    void apply(ListFile file) {
        for (const auto& diagnostic : file.list.diagnostics) {
            log::write(message::configuration, "{}:{}: {}; {}", diagnostic.file, diagnostic.line, diagnostic.reason,
                       diagnostic.remedy);
        }
        if (known_ && protection_ != file.list.protection) {
            log::write(message::protection_changed, "protection is {}", file.list.protection ? "on" : "off");
        }
        known_ = true;
        protection_ = file.list.protection;
        std::map<std::string, Running> before = std::move(running_);
        running_.clear();
        std::vector<Entry*> to_open;
        for (auto& entry : file.list.entries) {
            const auto old = before.find(entry.name);
            const bool off = !(protection_ && entry.protection);
            if (old != before.end() && old->second.listener && old->second.off == off &&
                same_settings(old->second.entry, entry)) {
                running_.insert(before.extract(old));
            } else {
                to_open.push_back(&entry);
            }
        }
        for (auto& [name, running] : before) close(running);  // first, so that their ports are free again
        for (Entry* entry : to_open) open(std::move(*entry), file.path.parent_path());
    }

    void close(Running& running) {
        if (!running.listener) return;
        server_.close(*running.listener);
        running.listener.reset();
        log::write(message::entry_closed, "entry {}: {} is closed", running.entry.name, running.entry.accept.text());
    }

    void close_all() {
        for (auto& [name, running] : running_) close(running);
    }

    void open(Entry entry, const std::filesystem::path& folder) {
        Running running;
        running.off = !(protection_ && entry.protection);
        running.plain = running.off && entry.when_off == WhenOff::plain;
        try {
            listen(entry, folder, running);
        } catch (const FileProblem& problem) {
            running.closed_because = problem.what();
            log::write(message::entry_unusable, "entry {} is not open: {}", entry.name, problem.what());
        }
        const auto name = entry.name;
        running.entry = std::move(entry);
        running_.insert_or_assign(name, std::move(running));
    }

    void listen(const Entry& entry, const std::filesystem::path& folder, Running& running) {
        if (running.off && !running.plain) return;
        if (!running.off && !entry.trusted()) {
            running.closed_because = "the host is not trusted yet; run: sallyport trust " + entry.name;
            log::write(message::not_trusted, "entry {} is not open: {}", entry.name, running.closed_because);
            return;
        }
        const auto service = running.plain ? make_plain_service(entry) : make_service(entry, folder);
        service->on_outcome = [proof = running.proof](const error_code& failure) {
            if (failure && !speaks_of_host(failure)) return;
            const std::lock_guard lock(proof->mutex);
            proof->proven = !failure;
            proof->failure = failure ? error_name(failure) + ": " + error_sentence(failure) : "";
            proof->when = relay::Clock::now();
        };
        auto listener = server_.listen(service, entry.accept.address, entry.accept.port);
        if (!listener) {
            throw FileProblem(fmt::format("cannot listen on {}: {}", entry.accept.text(), listener.error().message()));
        }
        running.listener = std::move(*listener);
        if (running.plain) {
            log::write(message::plain_entry,
                       "entry {}: protection is off and when-off = plain: {} passes everything on in clear", entry.name,
                       entry.accept.text());
        } else {
            log::write(message::listening, "entry {}/{}: {} on {}, to {}", entry.name, entry.protocol,
                       text_of(entry.encryption), entry.accept.text(), relay::HostPort{entry.host, entry.port}.text());
        }
    }

    json::object answer(const program::Words& words) {
        if (words[0] == "status") return status();
        if (words[0] == "sessions") return program::sessions_json(server_.sessions());
        if (words[0] == "stop") {
            runner_.drain();
            return {{"done", "sallyport drains and stops"}};
        }
        if (words[0] != "reload") return {{"error", "sallyport does not know the request '" + words[0] + "'"}};
        try {
            apply(read_list(options_.servers));
            return {{"done", "the list is in use"}};
        } catch (const FileProblem& problem) {
            return {{"error", problem.what()}};  // what ran runs on
        }
    }

    json::object status() {
        const auto sessions = server_.sessions();
        json::array entries;
        for (const auto& [name, running] : running_) entries.push_back(entry_json(running, sessions));
        return {{"schema", program::json_schema},     {"program", "sallyport"},
                {"version", program::version},        {"pid", ::getpid()},
                {"since", program::utc_text(since_)}, {"protection", protection_},
                {"entries", std::move(entries)},      {"totals", program::totals_json(server_.totals())}};
    }

    json::object entry_json(const Running& running, const std::vector<relay::SessionView>& sessions) const {
        const auto& entry = running.entry;
        std::uint64_t count = 0, legacy = 0;
        auto proof_age = std::chrono::seconds::max();
        for (const auto& session : sessions) {
            if (session.entry != entry.name || !session.established) continue;
            ++count;
            if (session.channel.legacy) ++legacy;
            proof_age = std::min(proof_age, session.proof_age);
        }
        std::string state = "checking", reason = running.closed_because;
        {
            const std::lock_guard lock(running.proof->mutex);
            if (running.proof->proven) {
                const auto age = relay::Clock::now() - running.proof->when;
                proof_age = std::min(proof_age, std::chrono::duration_cast<std::chrono::seconds>(age));
            }
            if (running.off) {
                state = "off";
                reason = running.plain ? "traffic passes in clear (when-off = plain)" : "the port is closed";
            } else if (!running.listener || !running.proof->failure.empty()) {
                state = "not-protected";
                if (reason.empty()) reason = running.proof->failure;
            } else if (running.proof->proven) {
                state = "protected";
            } else {
                reason = "nothing has connected yet";
            }
        }
        json::object object{{"entry", entry.name},
                            {"protocol", entry.protocol},
                            {"host", entry.host},
                            {"port", entry.port},
                            {"encryption", text_of(entry.encryption)},
                            {"fixed_key", entry.has_fixed_key()},
                            {"accept", entry.accept.text()},
                            {"listen", entry.accept.text()},
                            {"target", relay::HostPort{entry.host, entry.port}.text()},
                            {"protection", entry.protection},
                            {"when_off", running.entry.when_off == WhenOff::plain ? "plain" : "closed"},
                            {"state", state},
                            {"reason", reason},
                            {"sessions", count},
                            {"legacy_sessions", legacy},
                            {"legacy", legacy > 0}};
        if (proof_age != std::chrono::seconds::max()) object["proof_age_seconds"] = proof_age.count();
        return object;
    }

    const Options& options_;
    const std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
    relay::Server server_;
    program::Runner runner_;
    std::map<std::string, Running> running_;
    bool protection_ = true;
    bool known_ = false;
};

}  // namespace

int run(const Options& options) {
    ::prctl(PR_SET_DUMPABLE, 0);  // keys stay out of core dumps, and other programs out of our memory
    log::start(options.debug ? log::Level::debug : log::Level::info);
    return Workstation(options).run();
}

}  // namespace sallyport::client
