/// Edits of a server list's text that keep, byte for byte, whatever else the user wrote: comments, order, blank lines,
/// line endings. What fields may hold is for parse() to say about the result; here it only has to come back the same.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace sallyport::client {

enum class EditError {
    no_entry = 1,    // there is no section of that name
    entry_exists,    // there is one already
    entry_repeated,  // there are two, and it is not known which one is meant
    bad_entry_name,  // not 1 to 64 letters, digits, dots, hyphens and underscores
    bad_key,         // not small letters, digits and hyphens
    bad_value,       // a line break or another control byte would break the list
};
ErrorText describe(EditError error);
const char* area_of(EditError);
inline error_code make_error_code(EditError error) { return make_named_error(error); }

/// Keys and their values. An empty value removes the key; blanks around a value do not belong to it. Of a key that is
/// named twice the last value counts.
using FieldValues = std::vector<std::pair<std::string, std::string>>;

/// Puts values in the place of the old ones; new keys go to the end of the entry. A key that the text has twice is then
/// there once.
Result<std::string> set_fields(std::string_view text, std::string_view entry, const FieldValues& values);

/// Adds an entry at the end.
Result<std::string> add_section(std::string_view text, std::string_view entry, const FieldValues& values);

/// Removes an entry with the comments between its lines; those above its name and below its last field stay.
Result<std::string> remove_section(std::string_view text, std::string_view entry);

/// Sets the switch for all; if the text does not have it yet, at its beginning.
Result<std::string> set_global_protection(std::string_view text, bool on);

}  // namespace sallyport::client
