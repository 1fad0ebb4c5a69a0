#include "channel/tls/failure.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>

namespace sallyport::channel::tls {
namespace {

/// The first entry of the SSL library: it names the cause, those of other libraries the symptom, later ones the caller.
unsigned long take_cause() {
    unsigned long cause = 0;
    while (const auto next = ERR_get_error()) {
        const bool better = ERR_GET_LIB(next) == ERR_LIB_SSL && ERR_GET_LIB(cause) != ERR_LIB_SSL;
        if (cause == 0 || better) cause = next;
    }
    return cause;
}

Error error_of_verification(long result) {
    switch (result) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return Error::certificate_name;
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return Error::certificate_expired;
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL:
        case X509_V_ERR_CA_MD_TOO_WEAK:
            return Error::weak_certificate;
        default:
            return Error::certificate_unknown;
    }
}

Error error_of_handshake(int reason) {
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return Error::old_tls_version;
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return Error::certificate_unknown;
        case SSL_R_EE_KEY_TOO_SMALL:
        case SSL_R_CA_KEY_TOO_SMALL:
        case SSL_R_CA_MD_TOO_WEAK:
        case SSL_R_DH_KEY_TOO_SMALL:
            return Error::weak_certificate;
        default:
            return Error::handshake_failed;
    }
}

Error error_of_data(int reason) {
    if (reason >= SSL_AD_REASON_OFFSET) return Error::peer_aborted;  // an alert that the peer sent
    switch (reason) {
        case SSL_R_UNEXPECTED_MESSAGE:
        case SSL_R_UNEXPECTED_RECORD:
        case SSL_R_BAD_RECORD_TYPE:
        case SSL_R_UNKNOWN_ALERT_TYPE:
        case SSL_R_NO_RENEGOTIATION:
            return Error::unexpected_record;
        case SSL_R_DATA_LENGTH_TOO_LONG:
        case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
            return Error::record_too_long;
        default:
            return Error::bad_record;
    }
}

}  // namespace

Failure take_failure(const SSL& ssl, bool established) {
    const auto cause = take_cause();
    const int reason = ERR_GET_LIB(cause) == ERR_LIB_SSL ? ERR_GET_REASON(cause) : 0;
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        const auto result = SSL_get_verify_result(&ssl);
        if (result == X509_V_ERR_APPLICATION_VERIFICATION) {  // the one rule here that OpenSSL has no word for
            return {Error::certificate_unknown, "not the key of the control connection's peer"};
        }
        return {error_of_verification(result), X509_verify_cert_error_string(result)};
    }
    const char* words = ERR_reason_error_string(cause);
    return {established ? error_of_data(reason) : error_of_handshake(reason), words != nullptr ? words : ""};
}

}  // namespace sallyport::channel::tls
