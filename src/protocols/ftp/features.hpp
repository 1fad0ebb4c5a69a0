/// FEAT (RFC 2389): the server's list of features, made true for who speaks to the relay instead.
#pragma once

#include <string>
#include <vector>

namespace sallyport::protocols::ftp {

/// Who asks: a user over a plain or native connection, who needs no AUTH; or a client that protects the session itself.
enum class FeatureFront { plain, tls };

/// `lines`: the whole 211 reply, without line ends. Out goes what the relay does not carry, such as CCC and the
/// server's own AUTH; in comes what the relay itself offers: EPSV and EPRT, and on a TLS front AUTH TLS, PBSZ and PROT.
/// A group of whole lines, ends included, whatever the server's reply looked like.
std::string rewrite_features(const std::vector<std::string>& lines, FeatureFront front);

/// The reply for a server that knows no FEAT.
std::string own_features(FeatureFront front);

}  // namespace sallyport::protocols::ftp
