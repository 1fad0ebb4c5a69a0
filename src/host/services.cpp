#include "host/services.hpp"

#include <fmt/format.h>

#include <mutex>

#include "channel/native/key_file.hpp"
#include "channel/native/native.hpp"
#include "channel/tls/tls.hpp"
#include "crypto/random.hpp"
#include "program/files.hpp"
#include "relay/ftp/data_door.hpp"
#include "relay/ftp/service.hpp"

namespace sallyport::host {
namespace {

namespace native = channel::native;
namespace tls = channel::tls;
using portconf::SecureLeg;
using program::FileProblem;

/// 12.1: the card is given at most once a second to one source, and ten times a second in all.
class CardGate {
public:
    bool open(const boost::asio::ip::address& source) {
        const std::lock_guard lock(mutex_);
        const auto now = relay::Clock::now();
        return by_source_.take(source, now) && all_.take({}, now);
    }

private:
    std::mutex mutex_;  // asked once for each request of a card, by any worker
    relay::RateLimit by_source_{1};
    relay::RateLimit all_{10};
};

/// What one entry's channels are made of.
struct Material {
    std::shared_ptr<const native::ServerContext> native;
    std::shared_ptr<tls::ServerContext> tls;
    SuiteSet suites;
    std::optional<portconf::Date> legacy_until;
    std::shared_ptr<CardGate> card_gate;
    bool plain = false;

    native::Admission admission(const relay::Arrival& arrival) const {
        // 14.1: the day counts at each handshake, not at the start of the daemon.
        const bool ended = portconf::legacy_ended(today(), legacy_until);
        native::Admission admission;
        admission.allowed = ended ? suites & SuiteSet::modern() : suites;
        admission.has_capacity = arrival.has_capacity;
        admission.may_enrol = [gate = card_gate, source = arrival.peer.address()] { return gate->open(source); };
        return admission;
    }

    std::unique_ptr<channel::Channel> make(Bytes first, const relay::Arrival& arrival) const {
        if (plain) return channel::make_plain();
        if (native && native::looks_like_native(first)) {
            return native::make_server(native, admission(arrival), crypto::system_random());
        }
        if (tls && tls::looks_like_tls(first)) return tls::make_server(tls);
        return nullptr;
    }
};

class Maker {
public:
    Maker(const std::filesystem::path& table_file, const Config& config, const Identity& identity,
          const std::string& card)
        : file_(table_file), config_(config), identity_(identity), card_(config.enrol ? card : std::string()) {}

    void make(const portconf::Entry& entry) {
        try {
            auto material = std::make_shared<Material>(material_of(entry));
            if (!material->native && !material->tls && !material->plain) {
                return report(entry, Severity::error, "nothing is left that this entry could serve",
                              "ask for what its clients can show: -k, -c with tls, client-keys with native");
            }
            auto service = std::make_shared<relay::Service>();
            service->side = relay::Service::Side::host;
            service->entry = entry.service;
            service->protocol = entry.label;
            for (const auto& target : entry.targets) service->targets.push_back({target.address, target.port});
            if (entry.ftp()) {
                relay::ftp::serve_ftp(*service, ftp_service(entry, material));
            } else {
                service->speaks_without_first_bytes = material->plain;
                service->make_channel = [material](Bytes first, const relay::Arrival& arrival) {
                    return material->make(first, arrival);
                };
            }
            result_.served.push_back({entry, std::move(service), material->plain});
        } catch (const FileProblem& problem) {
            report(entry, Severity::error, problem.what(), "the entry is not served until this is mended");
        }
    }

    Services result() { return std::move(result_); }

private:
    std::shared_ptr<const relay::ftp::FtpService> ftp_service(const portconf::Entry& entry,
                                                              const std::shared_ptr<const Material>& material) const {
        auto ftp = std::make_shared<relay::ftp::FtpService>(config_.ftp);
        ftp->explicit_tls = material->tls && entry.secure.contains(SecureLeg::ftps);
        ftp->implicit_tls = material->tls && entry.secure.contains(SecureLeg::ftps_implicit);
        ftp->clear_text = material->plain;
        ftp->sources = sources_;
        ftp->conversation.front_must_protect = !material->plain;
        if (material->native) {
            ftp->door = std::make_shared<relay::ftp::DataDoor>();
            ftp->make_native = [material](const relay::Arrival& arrival) {
                return native::make_control_server(material->native, material->admission(arrival),
                                                   crypto::system_random());
            };
        }
        if (material->tls) {
            ftp->make_tls = [material] { return tls::make_control_server(material->tls); };
        }
        return ftp;
    }

    Material material_of(const portconf::Entry& entry) {
        Material material;
        material.plain = entry.secure.contains(SecureLeg::plain);
        material.suites = entry.suites;
        material.legacy_until = config_.legacy_until;
        material.card_gate = card_gate_;
        const auto keys = fixed_keys(entry);
        const bool wants_native = entry.secure.contains(SecureLeg::native);
        const bool wants_tls = entry.secure.uses_tls();
        // Whoever must prove himself must do so by every door: one that asks for nothing stays shut.
        const bool certificates = !entry.client_ca.empty(), client_keys = !config_.client_keys.empty();
        if (wants_native && certificates && !client_keys && keys.empty()) {
            report(entry, Severity::warning,
                   "native clients present no certificate, so -c leaves TLS alone on this port",
                   "write -s tls, or ask native clients for keys: [native] client-keys or -k");
        } else if (wants_native) {
            material.native = native_context(entry, keys);
        }
        if (wants_tls && client_keys && !certificates && keys.empty()) {
            report(entry, Severity::warning,
                   "TLS clients have no client key, so [native] client-keys leaves the native "
                   "channel alone on this port",
                   "write -s native, or ask TLS clients for certificates: -c FILE");
        } else if (wants_tls) {
            material.tls = tls_context(entry, keys);
        }
        if (material.plain && client_keys && !entry.secure.only()) {
            material.plain = false;
            report(entry, Severity::warning,
                   "clients in clear text have no client key, so [native] client-keys leaves plain shut on this port",
                   "write -s plain in an entry of its own, if they must be served");
        }
        return material;
    }

    std::filesystem::path resolve(const std::string& name) const { return file_.parent_path() / name; }

    std::vector<native::FixedKey> fixed_keys(const portconf::Entry& entry) const {
        if (entry.fixed_key.empty()) return {};
        const auto text = program::read_secret_file(resolve(entry.fixed_key));
        auto keys = native::read_fixed_keys(text.view());
        if (!keys) throw FileProblem(fmt::format("{}: {}", entry.fixed_key, error_sentence(keys.error())));
        return std::move(*keys);
    }

    std::shared_ptr<const native::ServerContext> native_context(const portconf::Entry& entry,
                                                                const std::vector<native::FixedKey>& keys) const {
        native::ServerSettings settings;
        settings.label = entry.label;
        settings.host_keys = identity_.host_keys;
        for (const auto& key : keys) settings.fixed_keys.push_back({key.name, key.key.duplicate()});
        settings.card = card_;
        if (!config_.client_keys.empty()) {
            auto clients = native::read_client_keys(program::read_file(config_.client_keys));
            if (!clients)
                throw FileProblem(fmt::format("{}: {}", config_.client_keys, error_sentence(clients.error())));
            settings.client_keys = std::move(*clients);
        }
        return std::make_shared<const native::ServerContext>(std::move(settings));
    }

    std::shared_ptr<tls::ServerContext> tls_context(const portconf::Entry& entry,
                                                    const std::vector<native::FixedKey>& keys) const {
        if (!keys.empty() && !entry.client_ca.empty()) {
            throw FileProblem("-k and -c together: with a fixed key TLS shows no certificates; write one of them");
        }
        tls::ServerSettings settings;
        settings.certificate_pem = identity_.certificate_pem;
        settings.private_key_pem = SecretText(std::string(identity_.certificate_key_pem.view()));
        if (!entry.client_ca.empty()) settings.client_ca_pem = program::read_file(resolve(entry.client_ca));
        for (const auto& key : keys) settings.psk.push_back({key.name, key.key.duplicate()});
        settings.least = config_.least_tls;
        tls::SettingsError error;
        auto context = tls::make_server_context(std::move(settings), error);
        if (!context) throw FileProblem(error.sentence);
        return context;
    }

    void report(const portconf::Entry& entry, Severity severity, std::string reason, std::string remedy) {
        Diagnostic diagnostic;
        diagnostic.severity = severity;
        diagnostic.file = file_.string();
        diagnostic.line = entry.line;
        diagnostic.source = entry.service + " " + entry.program;
        diagnostic.length = entry.service.size();
        diagnostic.reason = std::move(reason);
        diagnostic.remedy = std::move(remedy);
        result_.diagnostics.push_back(std::move(diagnostic));
    }

    const std::filesystem::path file_;
    const Config& config_;
    const Identity& identity_;
    const std::string card_;
    const std::shared_ptr<CardGate> card_gate_ = std::make_shared<CardGate>();
    const std::shared_ptr<relay::SourceSessions> sources_ =
        std::make_shared<relay::SourceSessions>(config_.ftp.per_source);
    Services result_;
};

}  // namespace

Services make_services(const portconf::Table& table, const std::filesystem::path& table_file, const Config& config,
                       const Identity& identity, const std::string& card) {
    Maker maker(table_file, config, identity, card);
    for (const auto& entry : table.entries) maker.make(entry);
    return maker.result();
}

}  // namespace sallyport::host
