#include "host/identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/host_name.hpp>
#include <cctype>

#include "base/log.hpp"
#include "channel/native/key_file.hpp"
#include "channel/tls/tls.hpp"
#include "crypto/random.hpp"
#include "program/files.hpp"

namespace sallyport::host {
namespace {

namespace native = channel::native;
using program::FileProblem;
using program::Readable;

std::shared_ptr<const crypto::SigningKey> read_host_key(const std::filesystem::path& path) {
    const auto text = program::read_secret_file(path);
    const auto seed = native::read_private_key(text.view());
    if (!seed) {
        throw FileProblem(fmt::format("{} is no host key: {}; make one with: sallyportd keygen --host FILE",
                                      path.string(), error_sentence(seed.error())));
    }
    return std::make_shared<const crypto::SigningKey>(*seed);
}

Secret32 new_seed() {
    Secret32 seed;
    crypto::SystemRandom().fill(seed.writable());
    return seed;
}

std::vector<std::shared_ptr<const crypto::SigningKey>> load_host_keys(const Config& config,
                                                                      const std::filesystem::path& state, bool make) {
    std::vector<std::shared_ptr<const crypto::SigningKey>> keys;
    for (const auto& file : config.host_keys) keys.push_back(read_host_key(file));
    if (!keys.empty()) return keys;
    const auto path = state / "host.key";
    if (std::filesystem::exists(path)) return {read_host_key(path)};
    const Secret32 seed = new_seed();
    const auto key = std::make_shared<const crypto::SigningKey>(seed);
    if (make) {
        program::write_file(path, native::write_private_key(seed).view(), Readable::by_owner);
        log::write(message::made_key, "made the host key {}; its fingerprint is {}", path.string(),
                   native::fingerprint(key->public_key()));
    }
    return {key};
}

}  // namespace

Identity load_identity(const Config& config, const std::filesystem::path& state, bool make) {
    Identity identity;
    identity.host_keys = load_host_keys(config, state, make);
    if (!config.certificate.empty()) {
        identity.certificate_pem = program::read_file(config.certificate);
        identity.certificate_key_pem = program::read_secret_file(config.key);
        return identity;
    }
    const auto certificate = state / "tls.crt", key = state / "tls.key";
    if (std::filesystem::exists(certificate) && std::filesystem::exists(key)) {
        identity.certificate_pem = program::read_file(certificate);
        identity.certificate_key_pem = program::read_secret_file(key);
        return identity;
    }
    auto made = channel::tls::make_self_signed(host_name_of(config));
    if (make) {
        program::write_file(key, made.private_key_pem.view(), Readable::by_owner);
        program::write_file(certificate, made.certificate_pem, Readable::by_all);
        log::write(message::made_key, "made the self-signed certificate {}; TLS clients may pin {}",
                   certificate.string(), channel::tls::spki_pin(made.certificate_pem));
    }
    identity.certificate_pem = std::move(made.certificate_pem);
    identity.certificate_key_pem = std::move(made.private_key_pem);
    return identity;
}

std::string make_card(const Identity& identity, std::string_view host_name,
                      const std::vector<portconf::Entry>& entries) {
    native::Card card;
    card.host = host_name.substr(0, 253);
    std::replace_if(
        card.host.begin(), card.host.end(),
        [](unsigned char c) { return c >= 0x80 || (std::isalnum(c) == 0 && c != '.' && c != ':' && c != '-'); }, '-');
    const auto day = today();
    card.made = fmt::format("{:04}-{:02}-{:02}", int(day.year()), unsigned(day.month()), unsigned(day.day()));
    for (const auto& entry : entries) {
        if (!entry.suites.empty()) card.services.push_back({entry.port, entry.label, entry.suites});
    }
    return native::write_card(*identity.host_keys.front(), card);
}

std::string host_name_of(const Config& config) {
    if (!config.host_name.empty()) return config.host_name;
    error_code error;
    auto name = boost::asio::ip::host_name(error);
    return error || name.empty() ? "localhost" : name;
}

portconf::Date today() { return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()); }

}  // namespace sallyport::host
