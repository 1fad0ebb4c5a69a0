/// `sallyport trust`: learning who a host is, and keeping it once the user has confirmed it.
#pragma once

#include <string>

#include "client/options.hpp"

namespace sallyport::client {

/// An exit code: ok when the entry trusts the host afterwards.
int trust(const Options& options);

}  // namespace sallyport::client
