/// The command line of sallyport.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "program/command_line.hpp"

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

using program::UsageError;

Options parse_options(int argc, const char* const* argv);
std::string help_text();

}  // namespace sallyport::client
