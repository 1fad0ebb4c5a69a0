/// Asking a host who it says it is. Nothing that it answers is believed before the user has confirmed it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "client/list/server_list.hpp"

namespace sallyport::client {

/// The text of the host's card, by ENROL (docs/native-channel.md, 12.1). It is checked to be whole.
Result<std::string> fetch_card(const Entry& entry);

enum class ProbeError {
    not_ftp = 1,   // no greeting of an FTP server
    auth_refused,  // AUTH TLS
};
ErrorText describe(ProbeError error);
inline const char* area_of(ProbeError) { return "probe"; }
inline error_code make_error_code(ProbeError error) { return make_named_error(error); }

/// "sha256//BASE64" of the key that the host's TLS shows; a server of explicit FTPS is asked for TLS first.
Result<std::string> fetch_tls_key(const Entry& entry);

}  // namespace sallyport::client
