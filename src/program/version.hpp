/// What `--version` says.
#pragma once

#include <string>
#include <string_view>

namespace sallyport::program {

inline constexpr std::string_view version = SALLYPORT_VERSION;

/// The program's version and those of the libraries that matter for its security.
std::string version_text(std::string_view program);

}  // namespace sallyport::program
