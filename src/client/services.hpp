/// From an entry of the list to what the relay serves.
#pragma once

#include <filesystem>
#include <memory>

#include "client/list/server_list.hpp"
#include "relay/service.hpp"

namespace sallyport::client {

/// The protected service. Relative files are relative to `folder`. Throws FileProblem when its keys cannot be used, or
/// the entry asks for what this version does not do.
std::shared_ptr<relay::Service> make_service(const Entry& entry, const std::filesystem::path& folder);

/// Passes everything on in clear: for an entry that says `when-off = plain`, while protection is off.
std::shared_ptr<relay::Service> make_plain_service(const Entry& entry);

}  // namespace sallyport::client
