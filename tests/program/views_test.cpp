// What status and sessions show: the JSON that other programs read, and the table for people.
#include "program/views.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace sallyport::program {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::string without_layout(std::string_view text) { return json::serialize(json::parse(text)); }

relay::SessionView a_session() {
    relay::SessionView view;
    view.id = 41;
    view.entry = "23450";
    view.protocol = "TOP";
    view.peer = "192.168.0.77:1042";
    view.target = "192.168.0.3:2345";
    view.local = "192.168.0.2:50000";
    view.channel.kind = "native";
    view.channel.suite = "DES168,DH1024";
    view.channel.legacy = true;
    view.channel.peer = "anna";
    view.channel.asked_name = "host.example";
    view.since = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 15h + 4min + 5s;
    view.bytes_to_target = 1536;
    view.bytes_to_client = 7;
    view.proof_age = 3s;
    view.established = true;
    return view;
}

TEST(SessionsJson, HasTheFieldsOfTheManual) {
    EXPECT_EQ(json::serialize(sessions_json({a_session()})), without_layout(R"({"schema": 1, "sessions": [{
        "id": 41, "entry": "23450", "protocol": "TOP", "state": "established", "secure": "native",
        "suite": "DES168,DH1024", "legacy": true, "resumed": false, "peer": "192.168.0.77:1042", "identity": "anna",
        "asked_name": "host.example",
        "target": "192.168.0.3:2345", "local": "192.168.0.2:50000", "since": "2026-11-24T15:04:05Z",
        "bytes_to_target": 1536, "bytes_to_client": 7, "proof_age_seconds": 3, "user": "", "activity": "",
        "transfers": []}]})"));
}

relay::SessionView an_ftp_session() {
    auto view = a_session();
    view.protocol = "FTP";
    view.user = "anna";
    view.activity = "RETR a.txt";
    view.transfers.push_back({false, 1536, 1023.9, "DES168,DH1024"});
    return view;
}

TEST(SessionsJson, SaysWhatAnFtpSessionIsDoing) {
    const auto all = sessions_json({an_ftp_session()});
    const auto& session = all.at("sessions").at(0);
    EXPECT_EQ(session.at("user"), "anna");
    EXPECT_EQ(session.at("activity"), "RETR a.txt");
    EXPECT_EQ(json::serialize(session.at("transfers")), without_layout(R"([{"direction": "to_client", "bytes": 1536,
        "bytes_per_second": 1023, "suite": "DES168,DH1024"}])"));
    auto upload = an_ftp_session();
    upload.transfers[0].to_target = true;
    EXPECT_EQ(sessions_json({upload}).at("sessions").at(0).at("transfers").at(0).at("direction"), "to_target");
}

TEST(SessionsJson, SaysThatAHandshakeIsNotOver) {
    auto session = a_session();
    session.established = false;
    EXPECT_EQ(sessions_json({session}).at("sessions").at(0).at("state"), "handshake");
}

TEST(TotalsJson, HasTheFieldsOfTheManual) {
    EXPECT_EQ(json::serialize(totals_json({1, 2, 3, 4, 5, 6})),
              without_layout(R"({"sessions": 1, "legacy_sessions": 2, "truncated": 3, "refused": 4,
                              "bytes_to_target": 5, "bytes_to_client": 6})"));
}

TEST(SessionsText, ShowsLegacySessionsAsSuch) {
    EXPECT_EQ(
        sessions_text(sessions_json({a_session()})),
        "ID  ENTRY  PROTOCOL  SECURE LEG                   PEER               IDENTITY  SINCE                 TO "
        "TARGET  TO CLIENT  PROOF    DOING\n"
        "41  23450  TOP       native DES168,DH1024 LEGACY  192.168.0.77:1042  anna      2026-11-24T15:04:05Z  1.5 "
        "KiB    7 B        3 s ago\n");
    EXPECT_EQ(sessions_text(sessions_json({})), "no sessions\n");
}

/// The last column of the only row.
std::string doing(const relay::SessionView& session) {
    const auto table = sessions_text(sessions_json({session}));
    const auto column = table.find("DOING");
    const auto row = table.substr(table.find('\n') + 1);
    const auto text = row.size() > column ? row.substr(column) : std::string("\n");
    return text.substr(0, text.find('\n'));
}

TEST(SessionsText, SaysWhatAnFtpSessionIsDoing) {
    auto session = an_ftp_session();
    EXPECT_EQ(doing(session), "anna: RETR a.txt, 1.5 KiB to the client at 1023 B/s");
    session.transfers[0].to_target = true;
    session.transfers[0].suite = "AES256,X25519";
    EXPECT_EQ(doing(session), "anna: RETR a.txt, 1.5 KiB to the target at 1023 B/s (AES256,X25519)");
    session.transfers.clear();
    session.activity.clear();
    EXPECT_EQ(doing(session), "anna") << "logged in, and idle";
    EXPECT_EQ(doing(a_session()), "") << "no FTP";
}

struct SizeCase {
    std::uint64_t bytes;
    const char* text;
};
class BytesText : public testing::TestWithParam<SizeCase> {};
const SizeCase size_cases[] = {{0, "0 B"},
                               {1023, "1023 B"},
                               {1024, "1.0 KiB"},
                               {1536, "1.5 KiB"},
                               {1 << 20, "1.0 MiB"},
                               {std::uint64_t{5} << 30, "5.0 GiB"},
                               {std::uint64_t{3000} << 40, "3000.0 TiB"}};
INSTANTIATE_TEST_SUITE_P(Of, BytesText, testing::ValuesIn(size_cases));

TEST_P(BytesText, IsInTheLargestUnitThatFits) { EXPECT_EQ(bytes_text(GetParam().bytes), GetParam().text); }

}  // namespace
}  // namespace sallyport::program
