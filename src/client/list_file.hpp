/// The server list as a file.
#pragma once

#include <filesystem>
#include <string>

#include "client/list/server_list.hpp"

namespace sallyport::client {

struct ListFile {
    std::filesystem::path path;
    std::string text;
    ServerList list;

    /// The entry; throws runtime_error that names those that there are.
    const Entry& at(const std::string& name) const;
};

/// Reads the list; one that is not there is empty. Throws FileProblem when it holds a fixed key and others may read it.
ListFile read_list(const std::filesystem::path& path);

/// Writes the text, with the file's mode kept to its owner; what it was stays if that fails.
void write_list(const std::filesystem::path& path, const std::string& text);

}  // namespace sallyport::client
