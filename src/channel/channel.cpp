#include "channel/channel.hpp"

namespace sallyport::channel {

ErrorText describe(Error error) {
    switch (error) {
        case Error::truncated:
            return {"truncated", "the connection ended without an authenticated end of the stream"};
        case Error::bad_record:
            return {"bad_record", "a record was altered on the way, or sealed with another key"};
        case Error::record_too_long:
            return {"record_too_long", "a record has a length that no record of its type can have"};
        case Error::unexpected_record:
            return {"unexpected_record", "a record of a type that is not allowed at this moment"};
        case Error::record_limit:
            return {"record_limit", "the keys of this session have sealed all that they may; connect again"};
        case Error::peer_aborted:
            return {"peer_aborted", "the other end stopped the session before its end"};
        case Error::not_established:
            return {"not_established", "data before the end of the handshake"};
        case Error::stranger:
            return {"stranger", "no valid first message: another protocol, another host key or another fixed key"};
        case Error::card_sent:
            return {"card_sent", "the host card was asked for and sent"};
        case Error::wrong_label:
            return {"wrong_label", "the workstation asks for another service than this entry's"};
        case Error::no_common_suite:
            return {"no_common_suite", "the workstation offers no suite that this entry allows"};
        case Error::legacy_suites_refused:
            return {"legacy_suites_refused",
                    "the workstation offers legacy suites alone and this entry does not allow them"};
        case Error::busy:
            return {"busy", "there is no capacity for another session"};
        case Error::client_key_refused:
            return {"client_key_refused", "the client key is missing or not on the entry's list"};
        case Error::refused_suite:
            return {"refused_suite", "the host says: no common suite; set 'encryption' to one that its entry allows"};
        case Error::refused_label:
            return {"refused_label", "the host says: wrong label; set 'protocol' to the one of its entry"};
        case Error::refused_busy:
            return {"refused_busy", "the host says: busy; try again later"};
        case Error::refused_legacy:
            return {"refused_legacy",
                    "the host says: legacy suites are not allowed; set 'encryption' to AES256,X25519"};
        case Error::refused_unknown:
            return {"refused_unknown", "the host refuses for a reason that this version does not know"};
        case Error::no_answer:
            return {"no_answer",
                    "the host closed without a word: it has another host key or fixed key than this entry, or is no "
                    "sallyportd; compare the fingerprint with: sallyport trust ENTRY"};
        case Error::bad_answer:
            return {"bad_answer", "the host's answer does not fit what was offered"};
        case Error::bad_share:
            return {"bad_share", "the other end sent a key share that no honest peer sends"};
        case Error::wrong_host_key:
            return {"wrong_host_key", "the host has another key than the one on its card"};
        case Error::own_host_key:
            return {"own_host_key", "the host answered with this computer's own host key"};
        case Error::bad_signature:
            return {"bad_signature", "the host could not prove that it holds its key"};
        case Error::bad_finish:
            return {"bad_finish", "the handshake was altered on the way"};
        case Error::handshake_failed:
            return {"handshake_failed", "the TLS handshake failed"};
        case Error::certificate_unknown:
            return {"certificate_unknown", "nothing that is trusted vouches for the other end's certificate"};
        case Error::certificate_name:
            return {"certificate_name", "the certificate is for another name"};
        case Error::certificate_expired:
            return {"certificate_expired", "the certificate is not valid today"};
        case Error::old_tls_version:
            return {"old_tls_version", "the other end offers no TLS version from 1.2 on"};
        case Error::weak_certificate:
            return {"weak_certificate", "the certificate's key or signature is too weak"};
    }
    return {"unknown", "an unknown channel error"};
}

const char* area_of(Error) { return "channel"; }

}  // namespace sallyport::channel
