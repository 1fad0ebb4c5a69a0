// The section [ftp] of sallyportd.conf: what each setting does, and what each mistake is told.
#include <gmock/gmock.h>

#include "host/config.hpp"

namespace sallyport::host {
namespace {

using namespace std::chrono_literals;
using protocols::ftp::BackMode;
using relay::ftp::DataBinding;

Config config_of(const std::string& settings) {
    auto config = parse_config("[ftp]\n" + settings, "sallyportd.conf");
    EXPECT_EQ(render(config.diagnostics), "");
    return config;
}

TEST(FtpConfig, HasDefaultsThatWork) {
    const auto config = config_of("");
    EXPECT_EQ(portconf::text(config.ftp_server), "127.0.0.1:2121");
    EXPECT_EQ(config.ftp.data_ports.first, 0) << "any that the system gives";
    EXPECT_EQ(config.ftp.external_address, "");
    EXPECT_EQ(config.ftp.conversation.back_mode, BackMode::passive);
    EXPECT_EQ(config.ftp.data_binding, DataBinding::prefer);
    EXPECT_FALSE(config.ftp.lenient_end);
    EXPECT_TRUE(config.ftp.conversation.front_must_protect);
    EXPECT_EQ(config.ftp.detection, 1s);
    EXPECT_EQ(config.ftp.stall, 300s);
    EXPECT_EQ(config.ftp.per_source.sessions, 50u);
    EXPECT_EQ(config.ftp.per_source.unauthenticated, 10u);
}

TEST(FtpConfig, EverySettingIsRead) {
    const auto config = config_of(
        "server = 192.168.0.3:21\n"
        "passive-ports = 50000 - 50999\n"
        "external-address = 203.0.113.7\n"
        "back-mode = as-front\n"
        "data-binding = REQUIRE\n"
        "lenient-end = on\n"
        "greeting = Files of the head office\n"
        "refused-site = exec  CPFR\tCpto\n"
        "detection = 500 ms\n"
        "sessions-per-source = 2000\n"
        "unauthenticated-per-source = 1\n");
    EXPECT_EQ(portconf::text(config.ftp_server), "192.168.0.3:21");
    EXPECT_EQ(config.ftp.data_ports.first, 50000);
    EXPECT_EQ(config.ftp.data_ports.last, 50999);
    EXPECT_EQ(config.ftp.external_address, "203.0.113.7");
    EXPECT_EQ(config.ftp.conversation.back_mode, BackMode::as_front);
    EXPECT_EQ(config.ftp.data_binding, DataBinding::require);
    EXPECT_TRUE(config.ftp.lenient_end);
    EXPECT_EQ(config.ftp.conversation.greeting, "Files of the head office");
    EXPECT_THAT(config.ftp.conversation.refused_site_words, testing::ElementsAre("CPFR", "CPTO", "EXEC"));
    EXPECT_EQ(config.ftp.detection, 500ms);
    EXPECT_EQ(config.ftp.per_source.sessions, 2000u);
    EXPECT_EQ(config.ftp.per_source.unauthenticated, 1u);
}

TEST(FtpConfig, EveryLimitIsOfItsOwnTimer) {
    const auto config = config_of(
        "login-limit = 1\n"
        "idle-limit = 2\n"
        "setup-limit = 3\n"
        "opening-limit = 4\n"
        "reply-limit = 5\n"
        "final-reply-limit = 6\n"
        "stored-reply-limit = 7\n"
        "abort-limit = 8\n"
        "transfer-stall = 9\n");
    const auto& timers = config.ftp.conversation.timers;
    EXPECT_EQ(timers.login, 1s);
    EXPECT_EQ(timers.idle, 2s);
    EXPECT_EQ(timers.setup, 3s);
    EXPECT_EQ(timers.opening, 4s);
    EXPECT_EQ(timers.reply, 5s);
    EXPECT_EQ(timers.final_reply, 6s);
    EXPECT_EQ(timers.stored_reply, 7s);
    EXPECT_EQ(timers.abort, 8s);
    EXPECT_EQ(config.ftp.stall, 9s);
}

TEST(FtpConfig, EveryWordOfAChoiceIsRead) {
    EXPECT_EQ(config_of("back-mode = passive").ftp.conversation.back_mode, BackMode::passive);
    EXPECT_EQ(config_of("back-mode = Active").ftp.conversation.back_mode, BackMode::active);
    EXPECT_EQ(config_of("data-binding = off").ftp.data_binding, DataBinding::off);
    EXPECT_EQ(config_of("data-binding = prefer").ftp.data_binding, DataBinding::prefer);
    EXPECT_EQ(config_of("detection = 2s").ftp.detection, 2s);
    EXPECT_EQ(config_of("passive-ports = 1024-1024").ftp.data_ports.last, 1024);
}

TEST(FtpConfig, IdleAndStallMayBeForEver) {
    const auto config = config_of("idle-limit = 0\ntransfer-stall = 0\n");
    EXPECT_EQ(config.ftp.conversation.timers.idle, 0s);
    EXPECT_EQ(config.ftp.stall, 0s);
}

struct MistakeCase {
    const char* name;
    std::string line;
    const char* reason;
    const char* remedy;
};
class FtpConfigMistake : public testing::TestWithParam<MistakeCase> {};

const char* const ports = "write the first and the last, as in 50000-50999";
const char* const address = "write the address by which clients outside reach this host";
const char* const unit = "write it with its unit, as in 500 ms or 1 s";
const char* const seconds = "write a number from 1 to 86400";

const MistakeCase mistake_cases[] = {
    {"range_backwards", "passive-ports = 50999-50000", "'50999-50000' is no range of ports from 1024 to 65535", ports},
    {"range_of_one_number", "passive-ports = 50000", "'50000' is no range of ports from 1024 to 65535", ports},
    {"range_of_well_known_ports", "passive-ports = 20-50000", "'20-50000' is no range of ports from 1024 to 65535",
     ports},
    {"range_beyond_the_last_port", "passive-ports = 60000-70000",
     "'60000-70000' is no range of ports from 1024 to 65535", ports},
    {"external_name", "external-address = ftp.example", "'ftp.example' is no IPv4 address", address},
    {"external_ipv6", "external-address = ::1", "'::1' is no IPv4 address", address},
    {"back_mode_unknown", "back-mode = port", "'port' cannot stand here", "write passive, active or as-front"},
    {"binding_unknown", "data-binding = on", "'on' cannot stand here", "write off, prefer or require"},
    {"switch_unknown", "lenient-end = yes", "'yes' is neither on nor off", "write on or off"},
    {"greeting_not_ascii", "greeting = Gr\xC3\xBC\xC3\x9F Gott", "the greeting is more than a line of ASCII",
     "write up to 200 printable characters"},
    {"greeting_long", "greeting = " + std::string(201, 'x'), "the greeting is more than a line of ASCII",
     "write up to 200 printable characters"},
    {"detection_without_unit", "detection = 500", "'500' is no time from 50 ms to 10 s", unit},
    {"detection_without_number", "detection = ms", "'ms' is no time from 50 ms to 10 s", unit},
    {"detection_of_minutes", "detection = 1 min", "'1 min' is no time from 50 ms to 10 s", unit},
    {"detection_too_short", "detection = 49ms", "'49ms' is no time from 50 ms to 10 s", unit},
    {"detection_too_long", "detection = 11 s", "'11 s' is no time from 50 ms to 10 s", unit},
    {"limit_of_zero", "login-limit = 0", "'0' is no number that can stand here", seconds},
    {"limit_with_unit", "abort-limit = 5s", "'5s' is no number that can stand here", seconds},
    {"source_without_sessions", "sessions-per-source = 0", "'0' is no number that can stand here",
     "write a number from 1 to 1000000"},
    {"setting_unknown", "passive-port = 50000-50999", "[ftp] has no setting passive-port",
     "it has abort-limit, back-mode, data-binding, detection, external-address, final-reply-limit, greeting, "
     "idle-limit, lenient-end, login-limit, opening-limit, passive-ports, refused-site, reply-limit, server, "
     "sessions-per-source, setup-limit, stored-reply-limit, transfer-stall, unauthenticated-per-source"},
};
INSTANTIATE_TEST_SUITE_P(Like, FtpConfigMistake, testing::ValuesIn(mistake_cases),
                         [](const auto& with) { return with.param.name; });

TEST_P(FtpConfigMistake, IsToldAndChangesNothing) {
    const auto config = parse_config("[ftp]\n" + GetParam().line + "\n", "sallyportd.conf");
    ASSERT_EQ(config.diagnostics.size(), 1u);
    EXPECT_EQ(config.diagnostics[0].severity, Severity::error);
    EXPECT_EQ(config.diagnostics[0].line, 2u);
    EXPECT_EQ(config.diagnostics[0].reason, GetParam().reason);
    EXPECT_EQ(config.diagnostics[0].remedy, GetParam().remedy);
    EXPECT_EQ(config.ftp.data_ports.first, 0);
    EXPECT_EQ(config.ftp.detection, 1s);
    EXPECT_EQ(config.ftp.conversation.greeting, "");
    EXPECT_EQ(config.ftp.conversation.timers.login, protocols::ftp::Timers{}.login);
}

}  // namespace
}  // namespace sallyport::host
