// sallyportd.conf: what each setting does, and what each mistake is told, whole, as a user reads it.
#include <gmock/gmock.h>

#include <ostream>

#include "host/config.hpp"

namespace sallyport::host {
namespace {

using namespace std::chrono_literals;

Config config_of(std::string_view text) {
    auto config = parse_config(text, "sallyportd.conf");
    EXPECT_EQ(render(config.diagnostics), "");
    return config;
}

TEST(Config, AnEmptyFileHasDefaultsThatWork) {
    const auto config = config_of("");
    EXPECT_EQ(portconf::text(config.ftp_server), "127.0.0.1:2121");
    EXPECT_EQ(config.least_tls, channel::tls::Version::tls1_2);
    EXPECT_TRUE(config.enrol);
    EXPECT_FALSE(config.legacy_until);
    EXPECT_EQ(config.limits.first_message, 10s);
    EXPECT_EQ(config.limits.handshake, 15s);
    EXPECT_EQ(config.limits.connect, 10s);
    EXPECT_EQ(config.limits.idle, 0s);
    EXPECT_EQ(config.limits.sessions, 0u);
    EXPECT_EQ(config.limits.half_open, 8192u);
    EXPECT_EQ(config.threads, 0u);
    EXPECT_EQ(config.drain, 300s);
    EXPECT_EQ(config.log_level, log::Level::info);
}

TEST(Config, EverySettingIsRead) {
    const auto config = config_of(
        "# a comment\r\n"
        "; another\n"
        "[tcp-process]\n"
        "$ZB019 = 192.168.0.3\n"
        "$ZSIX  = FE80::0:1\n"
        "[tls]\n"
        "certificate = host.pem\n"
        "key=host.key\n"
        "least = 1.3\n"
        "[native]\n"
        "host-key = new.key\told.key\n"
        "host-name = host.example\n"
        "enrol = OFF\n"
        "legacy-until = 2027-06-30\n"
        "client-keys = clients\n"
        "[ftp]\n"
        "server = [::1]:2122\n"
        "[limits]\n"
        "sessions = 100\n"
        "half-open = 50\n"
        "threads = 3\n"
        "drain = 0\n"
        "idle = 7200\n"
        "first-message-seconds = 1\n"
        "handshake-seconds = 2\n"
        "connect-seconds = 3\n"
        "failures-per-second = 4\n"
        "failures-burst = 5\n"
        "[log]\n"
        "level = warning\n");
    EXPECT_EQ(config.tcp_processes.at("$zb019"), "192.168.0.3");
    EXPECT_EQ(config.tcp_processes.at("$ZSIX"), "fe80::1");
    EXPECT_EQ(config.certificate, "host.pem");
    EXPECT_EQ(config.key, "host.key");
    EXPECT_EQ(config.least_tls, channel::tls::Version::tls1_3);
    EXPECT_THAT(config.host_keys, testing::ElementsAre("new.key", "old.key"));
    EXPECT_EQ(config.host_name, "host.example");
    EXPECT_FALSE(config.enrol);
    EXPECT_EQ(config.legacy_until, portconf::Date(std::chrono::year(2027) / 6 / 30));
    EXPECT_EQ(config.client_keys, "clients");
    EXPECT_EQ(portconf::text(config.ftp_server), "[::1]:2122");
    EXPECT_EQ(config.limits.sessions, 100u);
    EXPECT_EQ(config.limits.half_open, 50u);
    EXPECT_EQ(config.threads, 3u);
    EXPECT_EQ(config.drain, 0s);
    EXPECT_EQ(config.limits.idle, 7200s);
    EXPECT_EQ(config.limits.first_message, 1s);
    EXPECT_EQ(config.limits.handshake, 2s);
    EXPECT_EQ(config.limits.connect, 3s);
    EXPECT_EQ(config.limits.failures_per_second, 4);
    EXPECT_EQ(config.limits.failure_burst, 5);
    EXPECT_EQ(config.log_level, log::Level::warning);
}

TEST(Config, AFaultyLineLosesNothingElse) {
    const auto config = parse_config(
        "[limits]\n"
        "idle = soon\n"
        "drain = 20\n",
        "sallyportd.conf");
    EXPECT_EQ(config.diagnostics.size(), 1u);
    EXPECT_EQ(config.limits.idle, 0s);
    EXPECT_EQ(config.drain, 20s);
}

struct MistakeCase {
    const char* name;
    const char* text;
    const char* told;
};
void PrintTo(const MistakeCase& one, std::ostream* out) { *out << one.name; }
class ConfigMistake : public testing::TestWithParam<MistakeCase> {};

const MistakeCase mistake_cases[] = {
    {"section_unknown", "[nativ]\nenrol = on\n",
     "sallyportd.conf:1:2: there is no section [nativ]\n"
     "  [nativ]\n"
     "   ^\n"
     "  write one of [ftp], [limits], [log], [native], [tcp-process], [tls]\n"},
    {"section_not_closed", "[tls\n",
     "sallyportd.conf:1:1: there is no section [[tls]\n"
     "  [tls\n"
     "  ^\n"
     "  write one of [ftp], [limits], [log], [native], [tcp-process], [tls]\n"},
    {"setting_before_any_section", "level = info\n",
     "sallyportd.conf:1:1: this stands before any section\n"
     "  level = info\n"
     "  ^\n"
     "  write [section] above it\n"},
    {"setting_unknown", "[log]\nlevle = info\n",
     "sallyportd.conf:2:1: [log] has no setting levle\n"
     "  levle = info\n"
     "  ^\n"
     "  it has level\n"},
    {"setting_of_another_section", "[tls]\nidle = 5\n",
     "sallyportd.conf:2:1: [tls] has no setting idle\n"
     "  idle = 5\n"
     "  ^\n"
     "  it has certificate, key, least\n"},
    {"setting_twice", "[log]\nlevel = info\nlevel = debug\n",
     "sallyportd.conf:3:1: level stands here twice\n"
     "  level = debug\n"
     "  ^\n"
     "  remove one of the two lines\n"},
    {"no_pair", "[log]\n  verbose\n",
     "sallyportd.conf:2:3: this is neither [section] nor key = value\n"
     "    verbose\n"
     "    ^\n"
     "  write key = value, or # before a comment\n"},
    {"level_unknown", "[log]\nlevel = chatty\n",
     "sallyportd.conf:2:9: there is no log level 'chatty'\n"
     "  level = chatty\n"
     "          ^\n"
     "  write debug, info, warning or error\n"},
    {"value_missing", "[log]\nlevel =\n",
     "sallyportd.conf:2:1: level has no value\n"
     "  level =\n"
     "  ^\n"
     "  write one, or remove the line\n"},
    {"list_of_keys_missing", "[native]\nhost-key =\n",
     "sallyportd.conf:2:1: host-key has no value\n"
     "  host-key =\n"
     "  ^\n"
     "  write one, or remove the line\n"},
    {"tls_version_too_old", "[tls]\nleast = 1.1\n",
     "sallyportd.conf:2:9: TLS 1.1 is not offered\n"
     "  least = 1.1\n"
     "          ^\n"
     "  write 1.2 or 1.3\n"},
    {"certificate_without_key", "[tls]\ncertificate = host.pem\n",
     "sallyportd.conf: [tls] has only one of certificate and key\n"
     "  write both, or neither for a self-signed certificate\n"},
    {"switch_neither", "[native]\nenrol = yes\n",
     "sallyportd.conf:2:9: 'yes' is neither on nor off\n"
     "  enrol = yes\n"
     "          ^\n"
     "  write on or off\n"},
    {"date_of_another_form", "[native]\nlegacy-until = 30.6.2027\n",
     "sallyportd.conf:2:16: '30.6.2027' is no date\n"
     "  legacy-until = 30.6.2027\n"
     "                 ^\n"
     "  write the day as YYYY-MM-DD\n"},
    {"date_that_does_not_exist", "[native]\nlegacy-until = 2027-02-29\n",
     "sallyportd.conf:2:16: '2027-02-29' is no date\n"
     "  legacy-until = 2027-02-29\n"
     "                 ^\n"
     "  write the day as YYYY-MM-DD\n"},
    {"number_with_a_unit", "[limits]\nidle = 5min\n",
     "sallyportd.conf:2:8: '5min' is no number that can stand here\n"
     "  idle = 5min\n"
     "         ^\n"
     "  write a number from 0 to 86400\n"},
    {"seconds_of_zero", "[limits]\nconnect-seconds = 0\n",
     "sallyportd.conf:2:19: '0' is no number that can stand here\n"
     "  connect-seconds = 0\n"
     "                    ^\n"
     "  write a number from 1 to 86400\n"},
    {"number_too_large", "[limits]\nthreads = 257\n",
     "sallyportd.conf:2:11: '257' is no number that can stand here\n"
     "  threads = 257\n"
     "            ^\n"
     "  write a number from 1 to 256\n"},
    {"number_negative", "[limits]\nsessions = -1\n",
     "sallyportd.conf:2:12: '-1' is no number that can stand here\n"
     "  sessions = -1\n"
     "             ^\n"
     "  write a number from 1 to 1000000\n"},
    {"target_without_port", "[ftp]\nserver = 127.0.0.1\n",
     "sallyportd.conf:2:10: '127.0.0.1' is no address and port\n"
     "  server = 127.0.0.1\n"
     "           ^\n"
     "  write, for example, 127.0.0.1:2121\n"},
    {"target_by_name", "[ftp]\nserver = host:21\n",
     "sallyportd.conf:2:10: 'host:21' is no address and port\n"
     "  server = host:21\n"
     "           ^\n"
     "  write, for example, 127.0.0.1:2121\n"},
    {"process_without_dollar", "[tcp-process]\nZB019 = 192.168.0.3\n",
     "sallyportd.conf:2:1: a TCP/IP process name begins with $\n"
     "  ZB019 = 192.168.0.3\n"
     "  ^\n"
     "  write, for example, $ZB019 = 192.168.0.3\n"},
    {"process_at_no_address", "[tcp-process]\n$ZB019 = host\n",
     "sallyportd.conf:2:10: 'host' is no address\n"
     "  $ZB019 = host\n"
     "           ^\n"
     "  write an IPv4 or IPv6 address\n"},
    {"process_twice", "[tcp-process]\n$ZB019 = 192.168.0.3\n$zb019 = 192.168.0.4\n",
     "sallyportd.conf:3:1: $zb019 stands here twice\n"
     "  $zb019 = 192.168.0.4\n"
     "  ^\n"
     "  remove one of the two lines\n"},
};
INSTANTIATE_TEST_SUITE_P(Like, ConfigMistake, testing::ValuesIn(mistake_cases),
                         [](const auto& with) { return with.param.name; });

TEST_P(ConfigMistake, IsToldWithItsPlaceItsReasonAndWhatToWrite) {
    EXPECT_EQ(render(parse_config(GetParam().text, "sallyportd.conf").diagnostics), GetParam().told);
}

TEST_P(ConfigMistake, IsAnError) { EXPECT_TRUE(has_error(parse_config(GetParam().text, "f").diagnostics)); }

}  // namespace
}  // namespace sallyport::host
