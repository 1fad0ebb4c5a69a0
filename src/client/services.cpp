#include "client/services.hpp"

#include <fmt/format.h>

#include "channel/native/card.hpp"
#include "channel/native/key_file.hpp"
#include "channel/native/native.hpp"
#include "channel/tls/tls.hpp"
#include "crypto/random.hpp"
#include "program/files.hpp"
#include "relay/ftp/service.hpp"

namespace sallyport::client {
namespace {

namespace native = channel::native;
namespace tls = channel::tls;
using program::FileProblem;

/// Where a daemon of this computer publishes who it is.
constexpr const char* own_card = "/var/lib/sallyport/host.card";

native::Card read_card_file(const std::filesystem::path& path) {
    auto card = native::read_card(program::read_file(path));
    if (!card) throw FileProblem(fmt::format("{}: {}", path.string(), error_sentence(card.error())));
    return std::move(*card);
}

/// The entry's fixed key, from the list or from its file, under the name that TLS knows it by.
std::optional<native::FixedKey> fixed_key(const Entry& entry, const std::filesystem::path& folder) {
    if (!entry.fixed_key.empty()) {
        auto key = native::read_fixed_key(entry.fixed_key.view());
        if (!key) throw FileProblem(fmt::format("fixed-key: {}", error_sentence(key.error())));
        return native::FixedKey{entry.identity.empty() ? entry.name : entry.identity, std::move(*key)};
    }
    if (entry.fixed_key_file.empty()) return std::nullopt;
    const auto text = program::read_secret_file(folder / entry.fixed_key_file);
    auto keys = native::read_fixed_keys(text.view());
    if (!keys) throw FileProblem(fmt::format("{}: {}", entry.fixed_key_file, error_sentence(keys.error())));
    for (auto& key : *keys) {
        if (entry.identity.empty() || key.name == entry.identity) return std::move(key);
    }
    throw FileProblem(fmt::format("{} has no key named {}", entry.fixed_key_file, entry.identity));
}

std::shared_ptr<const native::ClientSettings> native_settings(const Entry& entry, const std::filesystem::path& folder) {
    auto settings = std::make_shared<native::ClientSettings>();
    settings->label = entry.protocol;
    settings->offers = std::get<SuiteSet>(entry.encryption);
    if (entry.host_key) settings->pin = *entry.host_key;
    if (!entry.card.empty()) settings->pin = read_card_file(folder / entry.card).key;
    if (auto key = fixed_key(entry, folder)) settings->fixed_key = std::move(key->key);
    if (!entry.client_key.empty()) {
        const auto text = program::read_secret_file(folder / entry.client_key);
        const auto seed = native::read_private_key(text.view());
        if (!seed) throw FileProblem(fmt::format("{}: {}", entry.client_key, error_sentence(seed.error())));
        settings->client_key.emplace(*seed);
    }
    std::error_code not_ours;  // its folder may be closed to this user
    if (!settings->pin && std::filesystem::exists(own_card, not_ours)) {
        if (const auto card = native::read_card(program::read_file(own_card))) settings->own_host_keys = {card->key};
    }
    return settings;
}

tls::Version version(TlsVersion version) {
    return version == TlsVersion::tls1_3 ? tls::Version::tls1_3 : tls::Version::tls1_2;
}

std::shared_ptr<tls::ClientContext> tls_context(const Entry& entry, const std::filesystem::path& folder) {
    tls::ClientSettings settings;
    if (!entry.ca.empty()) settings.ca_pem = program::read_file(folder / entry.ca);
    settings.pins = entry.pins;
    settings.server_name = entry.server_name.empty() ? entry.host : entry.server_name;
    settings.least = version(entry.tls_min);
    settings.most = version(entry.tls_max);
    if (!entry.certificate.empty()) {
        settings.certificate_pem = program::read_file(folder / entry.certificate);
        settings.private_key_pem = program::read_secret_file(folder / entry.key);
    }
    if (auto key = fixed_key(entry, folder)) settings.psk.push_back({key->name, std::move(key->key)});
    tls::SettingsError error;
    auto context = tls::make_client_context(std::move(settings), error);
    if (!context) throw FileProblem(error.sentence);
    return context;
}

protocols::ftp::BackMode back_mode(BackMode mode) {
    switch (mode) {
        case BackMode::active:
            return protocols::ftp::BackMode::active;
        case BackMode::as_front:
            return protocols::ftp::BackMode::as_front;
        case BackMode::passive:
            break;
    }
    return protocols::ftp::BackMode::passive;
}

/// What native FTP and FTPS have in common; the makers of channels are the caller's.
std::shared_ptr<relay::ftp::FtpService> ftp_service(const Entry& entry) {
    auto ftp = std::make_shared<relay::ftp::FtpService>();
    ftp->conversation.default_data_port = entry.default_data_port;
    ftp->conversation.back_mode = back_mode(entry.back_mode);
    ftp->lenient_end = entry.lenient_end;
    return ftp;
}

std::shared_ptr<relay::Service> base_service(const Entry& entry) {
    auto service = std::make_shared<relay::Service>();
    service->side = relay::Service::Side::workstation;
    service->entry = entry.name;
    service->protocol = entry.protocol;
    service->targets = {{entry.host, entry.port}};
    return service;
}

}  // namespace

std::shared_ptr<relay::Service> make_service(const Entry& entry, const std::filesystem::path& folder) {
    auto service = base_service(entry);
    const bool ftp = entry.protocol == "FTP";
    if (entry.native() && ftp) {
        auto chain = ftp_service(entry);
        chain->make_native = [settings = native_settings(entry, folder)](const relay::Arrival&) {
            return native::make_control_client(settings, crypto::system_random());
        };
        relay::ftp::serve_ftp(*service, std::move(chain));
        return service;
    }
    if (entry.native()) {
        service->make_channel = [settings = native_settings(entry, folder)](Bytes, const relay::Arrival&) {
            return native::make_client(settings, crypto::system_random());
        };
        return service;
    }
    const auto context = tls_context(entry, folder);
    if (ftp) {
        auto chain = ftp_service(entry);
        chain->make_tls = [context] { return tls::make_control_client(context); };
        chain->implicit_tls = std::get<TlsKind>(entry.encryption) == TlsKind::ftps_implicit;
        relay::ftp::serve_ftp(*service, std::move(chain));
    } else {
        service->make_channel = [context](Bytes, const relay::Arrival&) { return tls::make_client(context); };
    }
    service->how_to_accept = [name = entry.name](const std::string& key) {
        return fmt::format("if it is the right one, write `pin = {}` under [{}], or run: sallyport trust {}", key, name,
                           name);
    };
    return service;
}

std::shared_ptr<relay::Service> make_plain_service(const Entry& entry) {
    auto service = base_service(entry);
    service->make_channel = [](Bytes, const relay::Arrival&) { return channel::make_plain(); };
    return service;
}

}  // namespace sallyport::client
