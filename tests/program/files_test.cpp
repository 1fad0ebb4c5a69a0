// Files with keys are kept from others; files are replaced whole or not at all.
#include "program/files.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <functional>

#include "tests/host/folder.hpp"

namespace sallyport::program {
namespace {

using host::tests::Folder;
using host::tests::mode_of;
using host::tests::text_of;

FileProblem problem_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const FileProblem& problem) {
        return problem;
    }
    return FileProblem("no problem");
}

TEST(SecretFile, IsReadWhenItsOwnerAloneMay) {
    const Folder folder;
    EXPECT_EQ(read_secret_file(folder.write("key", "secret\n", 0600)).view(), "secret\n");
    EXPECT_EQ(read_secret_file(folder.write("key", "secret\n", 0400)).view(), "secret\n");
}

TEST(SecretFile, IsRefusedForAnyRightOfOthers) {
    const Folder folder;
    for (const mode_t mode : {0640u, 0620u, 0610u, 0604u, 0602u, 0601u}) {
        const auto problem = problem_of([&] { (void)read_secret_file(folder.write("key", "secret", mode)); });
        EXPECT_TRUE(problem.not_permitted);
        EXPECT_THAT(problem.what(), testing::HasSubstr("run: chmod 600 " + (folder / "key").string()));
        EXPECT_THAT(problem.what(), testing::Not(testing::HasSubstr("secret")));
    }
}

TEST(SecretFile, OfTheServiceManagersCredentialsIsItsAffair) {
    const Folder folder;
    const auto file = folder.write("key", "secret", 0440);
    ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
    EXPECT_EQ(read_secret_file(file).view(), "secret");
    ::setenv("CREDENTIALS_DIRECTORY", "/elsewhere", 1);
    EXPECT_TRUE(problem_of([&] { (void)read_secret_file(file); }).not_permitted);
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST(ReadFile, SaysWhichFileAndWhy) {
    const Folder folder;
    EXPECT_EQ(problem_of([&] { (void)read_file(folder / "none"); }).what(),
              std::string("cannot read ") + (folder / "none").string() + ": No such file or directory");
}

TEST(ReadFile, RefusesWhatIsFarTooLarge) {
    const Folder folder;
    const auto file = folder.write("large", "");
    std::filesystem::resize_file(file, (16 << 20) + 1);
    EXPECT_THAT(problem_of([&] { (void)read_file(file); }).what(), testing::HasSubstr("too large"));
    EXPECT_THAT(problem_of([] { (void)read_file("/dev/zero"); }).what(), testing::HasSubstr("too large"));
}

TEST(WriteFile, ReplacesTheWholeText) {
    const Folder folder;
    const auto file = folder / "list";
    write_file(file, "a long first text\n", Readable::by_owner);
    write_file(file, "second\n", Readable::by_owner);
    EXPECT_EQ(text_of(file), "second\n");
    EXPECT_FALSE(std::filesystem::exists(file.string() + ".new"));
}

TEST(WriteFile, GivesTheRightsThatWereAskedFor) {
    const Folder folder;
    write_file(folder / "key", "k", Readable::by_owner);
    write_file(folder / "card", "c", Readable::by_all);
    EXPECT_EQ(mode_of(folder / "key"), 0600);
    EXPECT_EQ(mode_of(folder / "card"), 0644);
    folder.write("open", "was open", 0666);
    write_file(folder / "open", "k", Readable::by_owner);
    EXPECT_EQ(mode_of(folder / "open"), 0600) << "whatever it was before";
}

TEST(WriteFile, LeavesTheOldTextWhenItCannotWrite) {
    const Folder folder;
    std::filesystem::create_directories(folder / "list" / "inside");  // a folder is not replaced by a file
    EXPECT_THAT(problem_of([&] { write_file(folder / "list", "x", Readable::by_owner); }).what(),
                testing::StartsWith("cannot replace " + (folder / "list").string()));
    EXPECT_TRUE(std::filesystem::exists(folder / "list" / "inside"));
}

TEST(PrivateFolder, IsMadeForItsOwnerAloneAndLeftAsItIsAfterwards) {
    const Folder folder;
    const auto path = folder / "a" / "b";
    make_private_folder(path);
    EXPECT_EQ(mode_of(path), 0700);
    std::filesystem::permissions(path, std::filesystem::perms(0750));
    make_private_folder(path);
    EXPECT_EQ(mode_of(path), 0750);
}

}  // namespace
}  // namespace sallyport::program
