// From a table to doors: which are opened, which stay shut, and what the administrator is told.
#include <gmock/gmock.h>

#include "channel/native/card.hpp"
#include "channel/native/key_file.hpp"
#include "channel/native/native.hpp"
#include "crypto/random.hpp"
#include "host/services.hpp"
#include "tests/channel/exchange.hpp"
#include "tests/host/folder.hpp"

namespace sallyport::host {
namespace {

namespace native = channel::native;
namespace tls = channel::tls;

constexpr std::string_view native_start = "SPC1";
constexpr std::string_view tls_start = "\x16\x03\x01";

crypto::Random& random() {
    static crypto::SystemRandom random;
    return random;
}

class ServicesTest : public testing::Test {
protected:
    ServicesTest() {
        identity_.host_keys = {std::make_shared<const crypto::SigningKey>(Secret32{})};
        auto credentials = tls::make_self_signed("host.example");
        identity_.certificate_pem = std::move(credentials.certificate_pem);
        identity_.certificate_key_pem = std::move(credentials.private_key_pem);
        folder_.write("ca.pem", identity_.certificate_pem, 0644);
        Secret32 key;
        key.writable()[0] = 1;
        folder_.write("fixed", "office " + std::string(native::write_fixed_key(key).view()) + "\n");
        folder_.write("clients", "anna " + std::string(64, 'a') + "\n");
    }

    const Services& make(std::string_view table) {
        const portconf::Services names;
        const portconf::Context context{"portconf", names, {}, {}, {}, {}};
        auto parsed = portconf::parse(table, context);
        EXPECT_FALSE(parsed.has_errors()) << render(parsed.diagnostics);
        made_ = make_services(parsed, folder_ / "portconf", config_, identity_, "the card");
        return made_;
    }

    std::unique_ptr<channel::Channel> door(std::string_view first, bool has_capacity = true) const {
        return made_.served.at(0).service->make_channel(as_bytes(first), {{}, has_capacity});
    }
    bool opens_to_native() const { return door(native_start) != nullptr; }
    bool opens_to_tls() const { return door(tls_start) != nullptr; }
    std::string told() const {
        std::string all;
        for (const auto& one : made_.diagnostics) {
            all += std::string(one.severity == Severity::error ? "error" : "warning") + ", line " +
                   std::to_string(one.line) + ": " + one.reason + "; " + one.remedy + "\n";
        }
        return all;
    }

    /// What comes of a client with these offers: the suite, or the names of both sides' errors.
    std::string handshake(std::string_view offers, bool has_capacity = true) {
        auto settings = std::make_shared<native::ClientSettings>();
        settings->label = "TOP";
        settings->offers = *SuiteSet::from_text(offers);
        settings->pin = identity_.host_keys[0]->public_key();
        channel::tests::Exchange exchange({native::make_client(settings, random()), door(native_start, has_capacity)});
        exchange.connect();
        if (exchange.established()) return exchange.server->info().suite;
        return error_name(exchange.to_server.error()) + " / " + error_name(exchange.to_client.error());
    }

    tests::Folder folder_;
    Config config_;
    Identity identity_;
    Services made_;
};

TEST_F(ServicesTest, AnEntryOpensToNativeAndToTlsAndToNothingElse) {
    make("23450 sallyport -p2345 -h192.168.0.3 -aTOP\n");
    ASSERT_EQ(made_.served.size(), 1u);
    const auto& service = *made_.served[0].service;
    EXPECT_EQ(service.entry, "23450");
    EXPECT_EQ(service.protocol, "TOP");
    EXPECT_EQ(service.targets.at(0).text(), "192.168.0.3:2345");
    EXPECT_EQ(door(native_start)->info().kind, "native");
    EXPECT_EQ(door(tls_start)->info().kind, "tls");
    EXPECT_EQ(door("GET /"), nullptr);
    EXPECT_FALSE(service.speaks_without_first_bytes);
    EXPECT_EQ(told(), "");
}

TEST_F(ServicesTest, WhatTheEntrySaysOfItsSecureLegCounts) {
    make("23450 sallyport -p2345 -snative\n");
    EXPECT_TRUE(opens_to_native() && !opens_to_tls());
    make("23450 sallyport -p2345 -stls\n");
    EXPECT_TRUE(!opens_to_native() && opens_to_tls());
    make("23450 sallyport -p2345 -splain\n");
    EXPECT_EQ(door("anything")->info().kind, "plain");
    EXPECT_TRUE(made_.served[0].service->speaks_without_first_bytes);
}

TEST_F(ServicesTest, FtpEntriesAreServedBySessionsOfTheirOwn) {
    make("21 xygateef -p2121\n23450 sallyport -p2345\n");
    ASSERT_EQ(made_.served.size(), 2u);
    EXPECT_TRUE(made_.served[0].service->make_session);
    EXPECT_EQ(made_.served[0].service->protocol, "FTP");
    EXPECT_EQ(made_.served[0].service->targets.at(0).text(), "127.0.0.1:2121");
    EXPECT_FALSE(made_.served[1].service->make_session);
    EXPECT_EQ(told(), "");
}

TEST_F(ServicesTest, ClearTextIsServedOnlyWhereTheEntrySaysSo) {
    make("21 xygateef -p2121\n22 xygateef -p2121 -sftps,plain\n23 xygateef -p2121 -splain\n");
    ASSERT_EQ(made_.served.size(), 3u);
    EXPECT_FALSE(made_.served[0].clear_text);
    EXPECT_TRUE(made_.served[1].clear_text);
    EXPECT_TRUE(made_.served[2].clear_text);
}

TEST_F(ServicesTest, ClientKeysLeaveNoDoorInClearBesideTheirs) {
    config_.client_keys = (folder_ / "clients").string();
    make("21 xygateef -p2121 -snative,plain\n");
    ASSERT_EQ(made_.served.size(), 1u);
    EXPECT_FALSE(made_.served[0].clear_text);
    EXPECT_THAT(told(), testing::StartsWith("warning, line 1: clients in clear text have no client key"));
    make("21 xygateef -p2121 -sftps,plain\n");
    EXPECT_TRUE(made_.served.empty());
    EXPECT_THAT(told(), testing::HasSubstr("error, line 1: nothing is left that this entry could serve"));
}

TEST_F(ServicesTest, AClientCaLeavesNoNativeDoorThatAsksForNothing) {
    make("23450 sallyport -p2345 -cca.pem\n");
    EXPECT_TRUE(!opens_to_native() && opens_to_tls());
    EXPECT_THAT(told(), testing::StartsWith("warning, line 1: native clients present no certificate"));
    config_.client_keys = (folder_ / "clients").string();
    make("23450 sallyport -p2345 -cca.pem\n");
    EXPECT_TRUE(opens_to_native() && opens_to_tls()) << "now both ask for something";
    EXPECT_EQ(told(), "");
}

TEST_F(ServicesTest, ClientKeysLeaveNoTlsDoorThatAsksForNothing) {
    config_.client_keys = (folder_ / "clients").string();
    make("23450 sallyport -p2345\n");
    EXPECT_TRUE(opens_to_native() && !opens_to_tls());
    EXPECT_THAT(told(), testing::StartsWith("warning, line 1: TLS clients have no client key"));
    make("23450 sallyport -p2345 -kfixed\n");
    EXPECT_TRUE(opens_to_native() && opens_to_tls()) << "a fixed key is asked for by both";
}

TEST_F(ServicesTest, AnEntryWithoutAnyDoorLeftIsAnError) {
    config_.client_keys = (folder_ / "clients").string();
    make("23450 sallyport -p2345 -stls\n");
    EXPECT_TRUE(made_.served.empty());
    EXPECT_THAT(told(), testing::HasSubstr("error, line 1: nothing is left that this entry could serve"));
}

TEST_F(ServicesTest, AFixedKeyAndAClientCaExcludeEachOther) {
    make("23450 sallyport -p2345 -kfixed -cca.pem\n");
    EXPECT_TRUE(made_.served.empty());
    EXPECT_THAT(told(), testing::StartsWith("error, line 1: -k and -c together"));
}

TEST_F(ServicesTest, FilesAreThoseBesideTheTable) {
    EXPECT_EQ(make("23450 sallyport -p2345 -kfixed\n").served.size(), 1u);
    EXPECT_EQ(make("23450 sallyport -p2345 -k" + (folder_ / "fixed").string() + "\n").served.size(), 1u);
}

TEST_F(ServicesTest, AFileThatCannotBeUsedShutsItsEntryAlone) {
    folder_.write("open", tests::text_of(folder_ / "fixed"), 0644);
    folder_.write("garbage", "office 1234\n");
    make(
        "1001 sallyport -p2345 -kmissing\n"
        "1002 sallyport -p2345 -kopen\n"
        "1003 sallyport -p2345 -kgarbage\n"
        "1004 sallyport -p2345 -cfixed -stls\n"
        "1005 sallyport -p2345 -kfixed\n");
    ASSERT_EQ(made_.served.size(), 1u);
    EXPECT_EQ(made_.served[0].entry.service, "1005");
    ASSERT_EQ(made_.diagnostics.size(), 4u);
    EXPECT_THAT(made_.diagnostics[0].reason, testing::StartsWith("cannot read"));
    EXPECT_THAT(made_.diagnostics[1].reason, testing::HasSubstr("chmod 600"));
    EXPECT_THAT(made_.diagnostics[2].reason, testing::StartsWith("garbage: "));
    for (const auto& one : made_.diagnostics) EXPECT_EQ(one.severity, Severity::error) << one.reason;
}

TEST_F(ServicesTest, LegacySuitesEndWithTheirDayAtTheHandshake) {
    // The table was read when the day had not come: it lets every suite in.
    make("23450 xygatehe -p2345 -aTOP\n");
    EXPECT_EQ(handshake("DES168,DH1024"), "DES168,DH1024");
    config_.legacy_until = today();
    make("23450 xygatehe -p2345 -aTOP\n");
    EXPECT_EQ(handshake("DES168,DH1024"), "DES168,DH1024") << "up to the end of the day";
    config_.legacy_until = std::chrono::year(2001) / 1 / 1;
    make("23450 xygatehe -p2345 -aTOP\n");
    EXPECT_EQ(handshake("DES168,DH1024"), "legacy_suites_refused / refused_legacy");
    EXPECT_EQ(handshake("DES168,DH1024 AES256,X25519"), "AES256,X25519");
}

TEST_F(ServicesTest, AFullHostIsBusy) {
    make("23450 sallyport -p2345 -aTOP\n");
    EXPECT_EQ(handshake("AES256,X25519", false), "busy / refused_busy");
}

TEST_F(ServicesTest, TheCardIsGivenUnlessEnrolIsOff) {
    const auto ask_for_card = [&] {
        auto request = native::enrol_request();
        const auto server = door(native_start);
        channel::Opened opened;
        return error_name(server->open(request, opened));
    };
    make("23450 sallyport -p2345\n");
    EXPECT_EQ(ask_for_card(), "card_sent");
    EXPECT_EQ(ask_for_card(), "stranger") << "once a second to one source";
    config_.enrol = false;
    make("23450 sallyport -p2345\n");
    EXPECT_EQ(ask_for_card(), "stranger");
}

}  // namespace
}  // namespace sallyport::host
