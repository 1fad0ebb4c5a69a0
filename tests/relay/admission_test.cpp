// Who is let in, what the others are told, and how long they may take.
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>

#include "channel/native/card.hpp"
#include "tests/relay/path.hpp"

namespace sallyport::relay::tests {
namespace {

using Instant = std::chrono::steady_clock::time_point;

std::chrono::milliseconds since(Instant start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

Limits quick() {
    Limits limits;
    limits.first_message = limits.handshake = limits.connect = 1s;
    return limits;
}

/// A host side whose target nobody should ever reach.
struct Guarded {
    explicit Guarded(const HostEntry& entry = {}, const Limits& limits = {})
        : host(host_service(target.endpoint(), entry), limits) {}
    Acceptor target;
    Side host;
};

TEST(FirstBytes, TellNativeFromTlsOnOnePort) {
    const Acceptor target;
    Side host(host_service(target.endpoint()));
    for (const auto& encryption : {aes256, tls1_3, des168, tls1_2}) {
        Side workstation(workstation_service(host.endpoint(), encryption));
        const auto client = workstation.connect();
        const auto at_target = target.accept();
        client.send(encryption.name);
        client.end();
        EXPECT_EQ(at_target.receive(), (Outcome{encryption.name, End::fin}));
    }
}

struct StrangerCase {
    const char* name;
    std::string says;
    HostEntry entry;
    const char* error;
};
void PrintTo(const StrangerCase& one, std::ostream* out) { *out << one.name; }
class Stranger : public testing::TestWithParam<StrangerCase> {};
const StrangerCase stranger_cases[] = {
    {"http", "GET / HTTP/1.0\r\n\r\n", {}, "unknown_protocol"},
    {"half_of_the_magic", "SPX", {}, "stranger"},
    {"hello_with_a_wrong_mac", std::string("SPC1\x01\x00\x82", 7) + pattern(130), {}, "stranger"},
    {"tls_where_native_alone_is_served",
     std::string("\x16\x03\x01\x02\x00\x01", 6),
     {.tls = false},
     "unknown_protocol"},
    {"native_where_tls_alone_is_served", "SPC1", {.native = false}, "unknown_protocol"},
};
INSTANTIATE_TEST_SUITE_P(Says, Stranger, testing::ValuesIn(stranger_cases),
                         [](const auto& with) { return with.param.name; });

TEST_P(Stranger, HearsNothingAndIsClosedLater) {
    Guarded guarded(GetParam().entry, quick());
    const auto start = std::chrono::steady_clock::now();
    const auto stranger = guarded.host.connect();
    stranger.send(GetParam().says);
    EXPECT_EQ(stranger.receive(), (Outcome{"", End::fin}));
    EXPECT_GE(since(start), 900ms) << "silence lasts as long as the first message may take";
    EXPECT_LE(since(start), 10s);
    EXPECT_EQ(guarded.host.reports().next(), GetParam().error);
    EXPECT_FALSE(guarded.target.somebody_comes(0ms));
    EXPECT_EQ(guarded.host.totals().refused, 1u);
    EXPECT_EQ(guarded.host.totals().sessions, 0u);
}

TEST(Strangers, WhoTalkTooMuchAreClosedBeforeTheirTime) {
    Guarded guarded;  // whose strangers may stay for 10 s
    const auto start = std::chrono::steady_clock::now();
    const auto stranger = guarded.host.connect();
    while (stranger.send(std::string(1024, 'x')) && since(start) < 8s) {
    }
    EXPECT_LT(since(start), 8s);
    EXPECT_EQ(stranger.receive().data, "");
}

TEST(Strangers, BeyondTheirNumberAreClosedAtOnce) {
    Limits limits;
    limits.silent = 1;
    Guarded guarded({}, limits);
    const std::array strangers{guarded.host.connect(), guarded.host.connect()};
    for (const auto& stranger : strangers) stranger.send("who are you");
    const auto closed = first_readable(strangers);
    EXPECT_EQ(strangers[closed].receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(strangers[1 - closed].receive(1, 1s).end, End::timeout) << "one is kept waiting";
}

TEST(Strangers, FromASourceThatKeepsFailingAreClosedUnread) {
    auto limits = quick();
    limits.failure_burst = 3;
    limits.failures_per_second = 0.01;
    Guarded guarded({}, limits);
    for (int i = 0; i < 3; ++i) {
        const auto stranger = guarded.host.connect();
        stranger.send("?");
        stranger.receive();
        EXPECT_EQ(guarded.host.reports().next(), "unknown_protocol");
    }
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(guarded.host.connect().receive().data, "");
    EXPECT_LT(since(start), 900ms) << "closed before any deadline";
    EXPECT_EQ(guarded.host.totals().refused, 3u) << "no session was made for it";
}

TEST(Strangers, CountAgainstTheirSourceAtOnceAlsoWhileTheyAreKeptWaiting) {
    Limits limits;
    limits.failure_burst = 1;
    limits.failures_per_second = 0.01;
    Guarded guarded({}, limits);
    const auto first = guarded.host.connect();
    first.send("?");
    EXPECT_TRUE(eventually([&] { return guarded.host.connect().receive(1, 200ms).end != End::timeout; }));
    EXPECT_EQ(first.receive(1, 0ms).end, End::timeout);
}

TEST(HalfOpen, ConnectionsOfOneSourceTakeThreeQuartersOfAllAtMost) {
    Limits limits;
    limits.half_open = 4;
    Guarded guarded({}, limits);
    std::vector<Socket> waiting;
    for (int i = 0; i < 3; ++i) waiting.push_back(guarded.host.connect());
    EXPECT_TRUE(eventually([&] { return guarded.host.server().session_count() == 3; }));
    EXPECT_EQ(guarded.host.connect().receive(1, 8s).data, "");
    EXPECT_EQ(guarded.host.server().session_count(), 3u) << "the fourth was closed before a session was made of it";
    waiting.clear();
    EXPECT_TRUE(eventually([&] { return guarded.host.server().session_count() == 0; }));
    Side workstation(workstation_service(guarded.host.endpoint(), aes256));
    const auto client = workstation.connect();
    client.send("room again");
    EXPECT_EQ(guarded.target.accept().receive(10).data, "room again");
}

struct RefusalCase {
    const char* name;
    HostEntry host;
    ListEntry list;
    const char* host_says;
    const char* workstation_says;
};
void PrintTo(const RefusalCase& one, std::ostream* out) { *out << one.name; }
class Refusal : public testing::TestWithParam<RefusalCase> {};
const RefusalCase refusal_cases[] = {
    {"another_label", {.label = "PAY"}, {}, "wrong_label", "refused_label"},
    {"no_suite_in_common",
     {.suites = *SuiteSet::from_text("AES256,X25519")},
     {.offers = "CHACHA20,X25519"},
     "no_common_suite",
     "refused_suite"},
    {"legacy_suites_alone",
     {.suites = SuiteSet::modern()},
     {.offers = "DES168,DH1024"},
     "legacy_suites_refused",
     "refused_legacy"},
};
INSTANTIATE_TEST_SUITE_P(For, Refusal, testing::ValuesIn(refusal_cases),
                         [](const auto& with) { return with.param.name; });

TEST_P(Refusal, IsToldToTheWorkstationAndResetsItsClient) {
    Path path({.host_entry = GetParam().host, .list_entry = GetParam().list});
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.reports().next(), GetParam().host_says);
    EXPECT_EQ(path.workstation.reports().next(), GetParam().workstation_says);
    EXPECT_FALSE(path.target.somebody_comes(0ms));
}

TEST(Capacity, IsKeptByRefusingMoreNativeSessions) {
    Limits one;
    one.sessions = 1;
    Path path({.host_limits = one});
    const auto first = path.open();
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.reports().next(), "busy");
    EXPECT_EQ(path.workstation.reports().next(), "refused_busy");
    first.client.send("still here");
    EXPECT_EQ(first.target.receive(10).data, "still here");
}

TEST(Capacity, IsKeptByClosingMoreTlsSessions) {
    Limits one;
    one.sessions = 1;
    Path path({.encryption = tls1_3, .host_limits = one});
    const auto first = path.open();
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.reports().next(), "busy");
    first.client.send("still here");
    EXPECT_EQ(first.target.receive(10).data, "still here");
}

TEST(HostCard, IsGivenToWhoAsksAndTheConnectionEnds) {
    Guarded guarded({.card = "sallyport-host-card 1\n"});
    const auto asking = guarded.host.connect();
    asking.send(as_text(channel::native::enrol_request()));
    const auto card = channel::native::card_frame("sallyport-host-card 1\n");
    EXPECT_EQ(asking.receive(), (Outcome{std::string(as_text(card)), End::fin}));
    EXPECT_EQ(guarded.host.totals().refused, 0u) << "asking for the card is no failure";
}

TEST(Deadlines, ASilentPeerIsClosedAndNamed) {
    Guarded guarded({}, quick());
    EXPECT_EQ(guarded.host.connect().receive().data, "");
    EXPECT_EQ(guarded.host.reports().next(), "first_message_late");
}

TEST(Deadlines, AHandshakeThatStopsInTheMiddleIsClosedAndNamed) {
    for (const auto& encryption : {aes256, tls1_3}) {
        Guarded guarded({}, quick());
        Hand hand(client_channel(encryption), guarded.host.endpoint());
        hand.socket().send(hand.pending());
        EXPECT_NE(hand.socket().receive().data, "") << "the host answers the first message";
        EXPECT_EQ(guarded.host.reports().next(), "handshake_late") << encryption;
    }
}

TEST(Deadlines, ADripOfBytesGainsNoTime) {
    Guarded guarded({}, quick());
    Hand hand(client_channel(aes256), guarded.host.endpoint());
    const auto hello = hand.pending();
    const auto start = std::chrono::steady_clock::now();
    for (const char byte : hello) {
        hand.socket().send({&byte, 1});
        if (hand.socket().receive(1, 100ms).end != End::timeout) break;
    }
    EXPECT_LT(since(start), 8s) << "at 10 bytes a second the hello would take longer";
    EXPECT_EQ(guarded.host.reports().next(), "first_message_late");
}

/// A listener that takes no more connections: what its queue holds is not accepted, and more is not answered.
class FullListener {
public:
    FullListener() : acceptor_(0) {
        for (int i = 0; i < 2; ++i) waiting_.push_back(start_connecting());
    }
    tcp::endpoint endpoint() const { return acceptor_.endpoint(); }

private:
    Socket start_connecting() const {
        Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const auto to = endpoint();
        (void)::connect(socket.number(), to.data(),
                        static_cast<socklen_t>(to.size()));  // in progress, perhaps for ever
        return socket;
    }
    Acceptor acceptor_;
    std::vector<Socket> waiting_;
};

TEST(Deadlines, ATargetThatDoesNotAnswerResetsTheClientAndIsNamed) {
    Log log;
    const FullListener full;
    Path path({.host_limits = quick(), .target = full.endpoint()});
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.host.totals().truncated, 1u);
    EXPECT_EQ(path.workstation.totals().truncated, 1u);
    EXPECT_THAT(log.reasons(at_host), testing::AnyOf("connect_late", "target_unreachable"));
}

TEST(Deadlines, AHostThatDoesNotAnswerResetsTheClientAndIsNamed) {
    const FullListener full;
    Path path({.workstation_limits = quick(), .through = full.endpoint()});
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_THAT(path.workstation.reports().next(), testing::AnyOf("connect_late", "target_unreachable"));
}

TEST(Deadlines, AHostThatAcceptsAndSaysNothingResetsTheClientAndIsNamed) {
    const Acceptor mute;
    Path path({.workstation_limits = quick(), .through = mute.endpoint()});
    EXPECT_EQ(path.workstation.connect().receive(), (Outcome{"", End::rst}));
    EXPECT_EQ(path.workstation.reports().next(), "first_message_late");
}

}  // namespace
}  // namespace sallyport::relay::tests
