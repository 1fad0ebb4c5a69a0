#include "protocols/ftp/action.hpp"

namespace sallyport::protocols::ftp {

const char* describe_close(CloseReason reason) {
    switch (reason) {
        case CloseReason::finished:
            return "the session ended as it should";
        case CloseReason::front_lost:
            return "the user's control connection broke";
        case CloseReason::back_lost:
            return "the server's control connection broke";
        case CloseReason::back_unreachable:
            return "the FTP server cannot be reached";
        case CloseReason::back_closed:
            return "the FTP server ended the session";
        case CloseReason::injected_input:
            return "bytes stood behind the command that starts protection: somebody may have put them there";
        case CloseReason::no_protection:
            return "the server offers no protected connection";
        case CloseReason::handshake_failed:
            return "the TLS handshake after AUTH failed";
        case CloseReason::line_too_long:
            return "the client sent a line that is too long";
        case CloseReason::not_ftp:
            return "the client speaks another protocol than FTP";
        case CloseReason::too_many_errors:
            return "the client made too many errors before its login";
        case CloseReason::clear_text_refused:
            return "the client tried to log in without protection";
        case CloseReason::bad_reply:
            return "the server sent what is no FTP reply, or one that must not come";
        case CloseReason::timed_out:
            return "an answer or a command did not come in time";
    }
    return "";
}

}  // namespace sallyport::protocols::ftp
