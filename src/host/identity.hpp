/// Who this host is: its keys, its certificate and its card, kept in the state folder and made on first start.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "channel/native/card.hpp"
#include "crypto/signature.hpp"
#include "host/config.hpp"
#include "portconf/entry.hpp"

namespace sallyport::host {

struct Identity {
    std::vector<std::shared_ptr<const crypto::SigningKey>> host_keys;  // never empty
    std::string certificate_pem;
    SecretText certificate_key_pem;
};

/// Reads the keys that the configuration names, or those of the state folder, which are made if they are not there.
/// Throws FileProblem. With `make` false nothing is written: what is not there is made for this run alone (check).
Identity load_identity(const Config& config, const std::filesystem::path& state, bool make);

/// The signed card (docs/native-channel.md, 12.2) that lists the entries with a native secure leg.
std::string make_card(const Identity& identity, std::string_view host_name,
                      const std::vector<portconf::Entry>& entries);

/// The configured name, or the machine's.
std::string host_name_of(const Config& config);

/// Today, UTC.
portconf::Date today();

}  // namespace sallyport::host
