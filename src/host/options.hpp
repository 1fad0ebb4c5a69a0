/// The command line of sallyportd.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "program/command_line.hpp"

namespace sallyport::host {

struct Options {
    std::filesystem::path config = "/etc/sallyport/sallyportd.conf";
    bool config_given = false;  // then it must exist
    std::filesystem::path portconf = "/etc/sallyport/portconf";
    std::filesystem::path state = "/var/lib/sallyport";
    std::string verb = "run";
    std::vector<std::string> arguments;  // behind the verb
    bool json = false;
    std::string host_name;                // card --host
    std::string fixed, client, host_key;  // keygen
    bool help = false;
    bool version = false;
};

using program::UsageError;

Options parse_options(int argc, const char* const* argv);
std::string help_text();

}  // namespace sallyport::host
