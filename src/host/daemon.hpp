/// sallyportd at work: reads everything, listens, answers the control socket, drains.
#pragma once

#include "host/options.hpp"
#include "host/services.hpp"

namespace sallyport::host {

/// Everything that `run` would use, read once and never changed afterwards.
struct Loaded {
    Config config;
    portconf::Table table;
    Identity identity;
    std::string card;
    Services services;

    std::vector<Diagnostic> diagnostics() const;
};

/// Throws FileProblem for what leaves nothing to go on with: no table, keys that cannot be read. `make`: keys that are
/// not there yet are made and kept.
Loaded load(const Options& options, bool make);

/// Serves until it is told to stop; an exit code.
int run(const Options& options);

}  // namespace sallyport::host
