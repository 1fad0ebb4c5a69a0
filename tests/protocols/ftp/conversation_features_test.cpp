// FEAT on the way from the server to each kind of front.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(FeatReply, AreMadeTrueForAPlainUser) {
    for (const auto& settings : {plain_settings(), native_back()}) {
        Dialogue d(settings);
        d.begin();
        d.front("FEAT");
        d.expect_to_back("FEAT");
        d.raw_back("211-Features:\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n HOST\r\n SIZE\r\n MDTM\r\n EPRT\r\n211 End\r\n");
        for (const auto* const line : {"211-Features:", " HOST", " SIZE", " MDTM", " EPRT", " EPSV", "211 End"}) {
            d.expect_to_front(line);
        }
    }
}

TEST(FeatReply, OfProtectionAreOfferedToAClientWithTls) {
    Dialogue d(tls_front());
    d.greet();
    d.front("FEAT");
    d.expect_to_back("FEAT");
    d.raw_back("211-Features:\r\n SIZE\r\n CCC\r\n211 End\r\n");
    for (const auto* const line :
         {"211-Features:", " SIZE", " AUTH TLS", " PBSZ", " PROT", " EPSV", " EPRT", "211 End"}) {
        d.expect_to_front(line);
    }
}

TEST(FeatReply, AreOursWhereTheServerHasNone) {
    for (const std::string answer : {"500 What", "502 No", "530 Log in"}) {
        Dialogue d(tls_front());
        d.greet();
        d.front("FEAT");
        d.expect_to_back("FEAT");
        d.back(answer);
        for (const auto* const line : {"211-Features:", " AUTH TLS", " PBSZ", " PROT", " EPSV", " EPRT", "211 End"}) {
            d.expect_to_front(line);
        }
        Dialogue plain(plain_settings());
        plain.begin();
        plain.front("FEAT");
        plain.expect_to_back("FEAT");
        plain.back(answer);
        plain.expect_to_front(answer);
    }
}

TEST(FeatReply, OfTheNativeChainAreRewrittenAtItsUsersEndOnly) {
    Dialogue d(native_front());
    d.begin();
    d.front("FEAT");
    d.expect_to_back("FEAT");
    d.raw_back("211-Features:\r\n REIN\r\n211 End\r\n");
    for (const auto* const line : {"211-Features:", " REIN", "211 End"}) d.expect_to_front(line);
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
