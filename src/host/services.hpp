/// From the table's entries to what the relay serves: keys read, certificates matched, channels ready to be made.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/config.hpp"
#include "host/identity.hpp"
#include "portconf/parser.hpp"
#include "relay/service.hpp"

namespace sallyport::host {

struct Served {
    portconf::Entry entry;
    std::shared_ptr<const relay::Service> service;
    bool clear_text = false;  // clients may speak without any protection
};

struct Services {
    std::vector<Served> served;
    std::vector<Diagnostic> diagnostics;  // entries whose keys or certificates cannot be used
};

/// `table_file` names the table in diagnostics; relative key files are relative to its folder.
Services make_services(const portconf::Table& table, const std::filesystem::path& table_file, const Config& config,
                       const Identity& identity, const std::string& card);

}  // namespace sallyport::host
