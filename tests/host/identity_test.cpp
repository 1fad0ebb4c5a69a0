// The host's keys: made once, kept, and refused when others may read them.
#include <gmock/gmock.h>

#include "channel/native/key_file.hpp"
#include "host/identity.hpp"
#include "program/files.hpp"
#include "tests/host/folder.hpp"

namespace sallyport::host {
namespace {

using program::FileProblem;
using tests::Folder;

const std::string other_key = "ed25519-private " + std::string(64, '1') + "\n";

/// The sentence of the problem, and whether it is one of permissions.
template <typename Load>
std::pair<std::string, bool> problem_of(Load load) {
    try {
        load();
    } catch (const FileProblem& problem) {
        return {problem.what(), problem.not_permitted};
    }
    return {"no problem", false};
}

TEST(Identity, IsMadeOnceAndKept) {
    const Folder state;
    const auto made = load_identity({}, state.path(), true);
    const auto kept = load_identity({}, state.path(), true);
    ASSERT_EQ(kept.host_keys.size(), 1u);
    EXPECT_EQ(kept.host_keys[0]->public_key(), made.host_keys[0]->public_key());
    EXPECT_EQ(kept.certificate_pem, made.certificate_pem);
    EXPECT_EQ(kept.certificate_key_pem.view(), made.certificate_key_pem.view());
}

TEST(Identity, OfTwoHostsDiffers) {
    const Folder one, other;
    EXPECT_NE(load_identity({}, one.path(), true).host_keys[0]->public_key(),
              load_identity({}, other.path(), true).host_keys[0]->public_key());
}

TEST(Identity, KeepsItsKeysFromOthersAndShowsItsCertificate) {
    const Folder state;
    load_identity({}, state.path(), true);
    EXPECT_EQ(tests::mode_of(state / "host.key"), 0600);
    EXPECT_EQ(tests::mode_of(state / "tls.key"), 0600);
    EXPECT_EQ(tests::mode_of(state / "tls.crt"), 0644);
    EXPECT_THAT(tests::text_of(state / "host.key"), testing::MatchesRegex("ed25519-private [0-9a-f]+\n"));
}

TEST(Identity, IsNotWrittenByACheck) {
    const Folder state;
    EXPECT_EQ(load_identity({}, state.path(), false).host_keys.size(), 1u);
    EXPECT_TRUE(std::filesystem::is_empty(state.path()));
}

TEST(Identity, OfTheStateFolderIsRefusedWhenOthersMayReadIt) {
    for (const char* file : {"host.key", "tls.key"}) {
        for (const mode_t mode : {0640u, 0604u, 0620u}) {
            const Folder state;
            load_identity({}, state.path(), true);
            ASSERT_EQ(::chmod((state / file).c_str(), mode), 0);
            const auto [sentence, not_permitted] = problem_of([&] { load_identity({}, state.path(), true); });
            EXPECT_THAT(sentence, testing::EndsWith("chmod 600 " + (state / file).string()));
            EXPECT_TRUE(not_permitted);
        }
    }
}

TEST(Identity, IsTheConfiguredOneWithTheFirstKeyFirst) {
    const Folder folder;
    Config config;
    config.host_keys = {folder.write("new.key", other_key).string(),
                        folder.write("old.key", "ed25519-private " + std::string(64, '2') + "\n").string()};
    const auto identity = load_identity(config, folder.path(), true);
    ASSERT_EQ(identity.host_keys.size(), 2u);
    const auto first = channel::native::read_private_key(other_key);
    EXPECT_EQ(identity.host_keys[0]->public_key(), crypto::SigningKey(*first).public_key());
    EXPECT_FALSE(std::filesystem::exists(folder / "host.key")) << "no other key is made beside them";
}

TEST(Identity, ThatIsConfiguredAndMissingIsAProblemAndNotMade) {
    const Folder folder;
    Config config;
    config.host_keys = {(folder / "host-prod.key").string()};
    EXPECT_THAT(problem_of([&] { load_identity(config, folder.path(), true); }).first,
                testing::StartsWith("cannot read " + (folder / "host-prod.key").string()));
    EXPECT_FALSE(std::filesystem::exists(folder / "host-prod.key"));
}

TEST(Identity, ThatIsNoKeyIsAProblemThatSaysHowToMakeOne) {
    const Folder folder;
    folder.write("host.key", "-----BEGIN PRIVATE KEY-----\n");
    EXPECT_THAT(problem_of([&] { load_identity({}, folder.path(), true); }).first,
                testing::AllOf(testing::HasSubstr("is no host key"), testing::HasSubstr("keygen --host")));
    EXPECT_EQ(tests::text_of(folder / "host.key"), "-----BEGIN PRIVATE KEY-----\n") << "it is not replaced";
}

TEST(Identity, TakesTheConfiguredCertificate) {
    const Folder folder, state;
    Config config;
    config.certificate = folder.write("host.pem", "certificate", 0644).string();
    config.key = folder.write("host.pem.key", "key").string();
    const auto identity = load_identity(config, state.path(), true);
    EXPECT_EQ(identity.certificate_pem, "certificate");
    EXPECT_EQ(identity.certificate_key_pem.view(), "key");
    EXPECT_FALSE(std::filesystem::exists(state / "tls.crt"));

    folder.write("host.pem.key", "key", 0644);
    EXPECT_TRUE(problem_of([&] { load_identity(config, state.path(), true); }).second);
}

TEST(HostCard, NamesTheHostItsKeyAndItsNativeEntries) {
    const Folder state;
    const auto identity = load_identity({}, state.path(), true);
    portconf::Entry native, tls;
    native.port = 23450;
    native.label = "TOP";
    native.suites = *SuiteSet::from_text("AES256,X25519 DES168,DH1024");
    tls.port = 23451;
    const auto card = channel::native::read_card(make_card(identity, "host.example", {native, tls}));
    ASSERT_TRUE(card) << error_sentence(card.error());
    EXPECT_EQ(card->host, "host.example");
    EXPECT_EQ(card->key, identity.host_keys[0]->public_key());
    ASSERT_EQ(card->services.size(), 1u);
    EXPECT_EQ(card->services[0].port, 23450);
    EXPECT_EQ(card->services[0].label, "TOP");
    EXPECT_EQ(card->services[0].suites.text(), "AES256,X25519 DES168,DH1024");
}

TEST(HostName, IsTheConfiguredOneOrTheMachines) {
    Config config;
    EXPECT_NE(host_name_of(config), "");
    config.host_name = "host.example";
    EXPECT_EQ(host_name_of(config), "host.example");
}

}  // namespace
}  // namespace sallyport::host
