/// What the relay does with each command: most are passed on as they are; the table names the others.
#pragma once

#include <string_view>

#include "protocols/ftp/line.hpp"

namespace sallyport::protocols::ftp {

enum class VerbKind {
    forward,        // all that needs nothing of us, and every verb we do not know
    transfer_down,  // RETR LIST NLST MLSD MLFL
    transfer_up,    // STOR APPE STOU
    pasv,           // PASV, and P@SW, which is the same on some servers
    epsv,
    port,
    eprt,
    user,
    quit,
    auth,
    pbsz,
    prot,
    ccc,
    feat,
    abor,
    rein,
    mode,
    security,       // ADAT MIC CONF ENC: RFC 2228 without TLS
    refused_setup,  // LPRT LPSV APSV CPSV SSCN PRET SPSV ESTA ESTP CEPR: data connections that we could not follow
    site,
    stat,
    rest,
    rnfr,
    http,  // GET POST HEAD PUT CONNECT EHLO HOST: CONTENT-*: a browser made to speak to an FTP port
};

/// `verb` in upper case.
VerbKind kind_of(std::string_view verb);

/// Its argument is a password or as good as one: PASS ACCT ADAT, SITE PSWD.
bool carries_secret(const Command& command);

}  // namespace sallyport::protocols::ftp
