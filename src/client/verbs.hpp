/// The verbs that read or change the list, or ask a running `up`. Each yields an exit code.
#pragma once

#include "client/options.hpp"

namespace sallyport::client {

int list(const Options& options);
int check(const Options& options);
int add(const Options& options);
int edit(const Options& options);
int remove(const Options& options);
int protect(const Options& options);
int status(const Options& options);
int sessions(const Options& options);

}  // namespace sallyport::client
