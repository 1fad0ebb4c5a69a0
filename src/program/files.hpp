/// Files of the programs: read whole, written whole, and those with keys kept from others.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "base/secret.hpp"

namespace sallyport::program {

/// A file that cannot be used, as a sentence with what to do. Thrown at start-up and caught by main.
struct FileProblem : std::runtime_error {
    using std::runtime_error::runtime_error;
    bool not_permitted = false;
};

std::string read_file(const std::filesystem::path& path);

/// As read_file, but refuses a file that its owner's group or others may read (files below $CREDENTIALS_DIRECTORY are
/// the service manager's affair).
SecretText read_secret_file(const std::filesystem::path& path);

/// Replaces the file in one step: whoever reads it sees the old text or the new one. Mode 0600, or 0644.
enum class Readable { by_owner, by_all };
void write_file(const std::filesystem::path& path, std::string_view text, Readable readable);

/// Makes the folder, for its owner alone, if it is not there.
void make_private_folder(const std::filesystem::path& path);

}  // namespace sallyport::program
