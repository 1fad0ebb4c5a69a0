// FEAT: RFC 2389, 3.2; RFC 4217, 6.
#include "protocols/ftp/features.hpp"

#include <gtest/gtest.h>

#include "protocols/ftp/reply.hpp"
#include "tests/protocols/ftp/pieces.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

using Lines = std::vector<std::string>;

/// The lines of one whole, well-formed group; empty if it is not one.
Lines group_in(const std::string& reply) {
    ReplyReader reader;
    feed(reader, reply);
    Lines lines;
    bool ended = false;
    while (const auto event = reader.next()) {
        const auto* const line = std::get_if<ReplyLine>(&*event);
        if (line == nullptr || line->code != 211 || line->first != lines.empty() || ended) return {};
        lines.push_back(line->text);
        ended = line->last;
    }
    return ended && !reader.has_input() && lines.size() > 1 ? lines : Lines{};
}

/// The features of a plain front, without those that it always offers.
Lines kept_of(const Lines& features) {
    Lines lines{"211-Features:", " EPSV", " EPRT"};
    lines.insert(lines.end(), features.begin(), features.end());
    lines.push_back("211 End");
    auto rewritten = group_in(rewrite_features(lines, FeatureFront::plain));
    if (rewritten.size() < 4) return {"no group"};
    EXPECT_EQ(rewritten.front(), "211-Features:");
    EXPECT_EQ(rewritten[1] + rewritten[2], " EPSV EPRT");
    EXPECT_EQ(rewritten.back(), "211 End");
    return {rewritten.begin() + 3, rewritten.end() - 1};
}

TEST(Features, OfTheServerArePassedOnInTheirOrder) {
    const Lines features{" UTF8", " MLST type*;size*;", " REST STREAM", " SIZE", " MDTM", " MFMT", " TVFS", " PASV"};
    EXPECT_EQ(kept_of(features), features);
}

TEST(Features, ThatTheRelayDoesNotCarryAreTakenOut) {
    for (const auto* const word : {"AUTH TLS", "AUTH SSL",  "AUTH TLS;TLS-C;SSL;TLS-P;",
                                   "AUTH=TLS", "ADAT",      "PBSZ",
                                   "PROT",     "PROT C;P;", "CCC",
                                   "MIC",      "CONF",      "ENC",
                                   "SSCN",     "CPSV",      "APSV",
                                   "SPSV",     "ESTA",      "ESTP",
                                   "PRET",     "CEPR",      "LPRT",
                                   "LPSV",     "REIN"}) {
        for (const std::string before : {" ", "", "  ", "\t", "211-", "211- "}) {
            EXPECT_EQ(kept_of({before + word, " SIZE"}), Lines{" SIZE"}) << before << word;
        }
    }
}

TEST(Features, AreKnownInEitherCase) {
    EXPECT_EQ(kept_of({" auth tls", " Pbsz", " rein", " size"}), Lines{" size"});
    EXPECT_EQ(rewrite_features({"211-F", " epsv", " Eprt", "211 E"}, FeatureFront::plain),
              "211-F\r\n epsv\r\n Eprt\r\n211 E\r\n");
}

TEST(Features, AreKnownByTheirFirstWordAlone) {
    const Lines features{" HOSTS", " XAUTH TLS", " LANG EN;HOST", " SITE PBSZ", " MICX"};
    EXPECT_EQ(kept_of(features), features);
}

TEST(Features, StandBehindExactlyOneSpace) {
    EXPECT_EQ(kept_of({"SIZE", "  MDTM", "\tTVFS", "211-UTF8", "211- REST STREAM"}),
              (Lines{" SIZE", " MDTM", " TVFS", " UTF8", " REST STREAM"}));
}

TEST(Features, KeepWhatStandsBehindTheirName) { EXPECT_EQ(kept_of({" MLST a;  b* "}), Lines{" MLST a;  b* "}); }

TEST(Features, HaveNoBlankLines) {
    EXPECT_EQ(kept_of({"", " SIZE", " ", " \t ", "211-", " MDTM"}), (Lines{" SIZE", " MDTM"}));
}

TEST(Features, OfAPlainFrontAreTheServersAndExtendedModes) {
    EXPECT_EQ(
        rewrite_features({"211-Extensions supported:", " SIZE", " AUTH TLS", " PBSZ", "211 END."}, FeatureFront::plain),
        "211-Extensions supported:\r\n SIZE\r\n EPSV\r\n EPRT\r\n211 END.\r\n");
}

TEST(Features, OfATlsFrontOfferProtection) {
    EXPECT_EQ(rewrite_features({"211-Features:", " EPRT", " SIZE", "211 End"}, FeatureFront::tls),
              "211-Features:\r\n EPRT\r\n SIZE\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n EPSV\r\n211 End\r\n");
}

TEST(Features, OfATlsFrontAreOursWhereTheServerHasItsOwn) {
    EXPECT_EQ(
        rewrite_features({"211-Features:", " AUTH GSSAPI", " PBSZ", " PROT", " CCC", "211 End"}, FeatureFront::tls),
        own_features(FeatureFront::tls));
}

TEST(Features, OfAServerWithoutAnyAreAGroupToo) {
    for (const auto& lines : {Lines{"211 no features"}, Lines{"211"}, Lines{"211-Features:", "211 End"},
                              Lines{"211-Features:", "211"}, Lines{}, Lines{"211-cut short"}}) {
        EXPECT_EQ(rewrite_features(lines, FeatureFront::plain), "211-Features:\r\n EPSV\r\n EPRT\r\n211 End\r\n");
    }
}

TEST(Features, ForAServerThatKnowsNoFeat) {
    EXPECT_EQ(own_features(FeatureFront::tls),
              "211-Features:\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n EPSV\r\n EPRT\r\n211 End\r\n");
    EXPECT_EQ(own_features(FeatureFront::plain), "211-Features:\r\n EPSV\r\n EPRT\r\n211 End\r\n");
}

TEST(Features, CannotEndTheirGroup) {
    const Lines rewritten =
        group_in(rewrite_features({"211-a", "211- 211 x", "211-211 End", "221 b", "211 c"}, FeatureFront::plain));
    EXPECT_EQ(rewritten, (Lines{"211-a", " 211 x", " 211 End", " 221 b", " EPSV", " EPRT", "211 c"}));
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
