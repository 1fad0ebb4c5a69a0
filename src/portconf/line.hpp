/// One line of the table that is neither blank nor a comment.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "portconf/address.hpp"
#include "portconf/parser.hpp"
#include "portconf/report.hpp"

namespace sallyport::portconf {

/// `words` are those of the line that `report` was made for, at least one; `claims` are the entries above it. Nothing
/// when the line has errors or is another listener's.
std::optional<Entry> parse_line(std::span<const std::string_view> words, const Context& context, const Claims& claims,
                                LineReport& report);

}  // namespace sallyport::portconf
