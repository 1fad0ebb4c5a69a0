/// The command line of sallyport.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace sallyport::client {

struct Options {
    std::filesystem::path servers;  // ~/.config/sallyport/servers.conf
    std::filesystem::path state;    // $XDG_RUNTIME_DIR/sallyport, or ~/.local/state/sallyport
    std::string verb;
    std::vector<std::string> arguments;  // behind the verb
    bool json = false;
    std::string fingerprint, card;  // trust
    bool debug = false;
    bool help = false;
    bool version = false;
};

/// What is wrong with the command line, and what to write.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

Options parse_options(int argc, const char* const* argv);
std::string help_text();

}  // namespace sallyport::client
