/// docs/native-channel.md, 13: keys as text. Reading the files, and refusing those that others may read, is the
/// programs' affair.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "channel/native/handshake.hpp"

namespace sallyport::channel::native {

enum class KeyFileError {
    bad_fixed_key = 1,
    bad_check_digits,
    bad_line,
    no_key,
    too_many_keys,
    repeated_name,
};
ErrorText describe(KeyFileError error);
const char* area_of(KeyFileError);
inline error_code make_error_code(KeyFileError error) { return make_named_error(error); }

/// 13.1: 72 digits in 9 groups; input ignores hyphens, blanks and letter case, and refuses wrong check digits.
SecretText write_fixed_key(const Secret32& key);
Result<Secret32> read_fixed_key(std::string_view text);

/// 13.1: `name text` lines, 1 to 16.
Result<std::vector<FixedKey>> read_fixed_keys(std::string_view file);

/// 13.3: one line `ed25519-private <64 hex>`; the seed.
SecretText write_private_key(const Secret32& seed);
Result<Secret32> read_private_key(std::string_view file);

/// 13.3: `name <64 hex>` lines.
Result<std::vector<ClientKey>> read_client_keys(std::string_view file);

}  // namespace sallyport::channel::native
