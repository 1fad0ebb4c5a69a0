/// OpenSSL's many reasons, told as the channel's few. Internal to channel/tls.
#pragma once

#include <string>

#include "channel/channel.hpp"
#include "channel/tls/openssl.hpp"

namespace sallyport::channel::tls {

struct Failure {
    Error error;
    std::string detail;  // OpenSSL's own words
};

/// Why the last call on `ssl` failed, by OpenSSL's error queue, which is emptied. `established`: it failed after the
/// handshake.
Failure take_failure(const SSL& ssl, bool established);

}  // namespace sallyport::channel::tls
