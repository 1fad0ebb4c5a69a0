/// Certificates and keys as text. Internal to channel/tls.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channel/tls/openssl.hpp"

namespace sallyport::channel::tls {

/// All certificates of `pem`, in order; none when there is none or one of them is damaged.
std::vector<CertificatePtr> read_certificates(std::string_view pem);

/// Null when there is none, or when it is encrypted: nobody is there to be asked for its passphrase.
KeyPtr read_key(std::string_view pem);

/// "sha256//BASE64" of the certificate's SubjectPublicKeyInfo.
std::string pin_of(const X509& certificate);

/// True when `text` has the form of a pin.
bool is_pin(std::string_view text);

}  // namespace sallyport::channel::tls
