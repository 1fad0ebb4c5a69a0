/// `sallyport up`: the list's entries at work.
#pragma once

#include "client/options.hpp"

namespace sallyport::client {

/// Protects until it is told to stop; an exit code.
int run(const Options& options);

}  // namespace sallyport::client
