#include <openssl/crypto.h>

#include "channel/tls/tls.hpp"

namespace sallyport::channel::tls {

std::string library_version() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace sallyport::channel::tls
