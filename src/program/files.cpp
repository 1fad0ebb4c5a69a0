#include "program/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace sallyport::program {
namespace {

/// Larger than any file of ours: a mistake in a setting must not fill the memory.
constexpr off_t most = 16 << 20;

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int error) {
    FileProblem problem(fmt::format("cannot {} {}: {}", what, path.string(), std::generic_category().message(error)));
    problem.not_permitted = error == EACCES || error == EPERM;
    throw problem;
}

struct Descriptor {
    int number;
    ~Descriptor() {
        if (number >= 0) ::close(number);
    }
};

bool is_credential(const std::filesystem::path& path) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return folder != nullptr && path.parent_path() == folder;
}

std::string read_open(const Descriptor& file, const struct stat& about, const std::filesystem::path& path) {
    const auto too_large = [&] {
        return FileProblem(fmt::format("{} is too large to be what it should be", path.string()));
    };
    if (about.st_size > most) throw too_large();
    std::string text(static_cast<std::size_t>(about.st_size) + 1, '\0');  // one more: its end is seen without growing
    std::size_t got = 0;
    while (true) {
        if (got == text.size()) text.resize(text.size() + 4096);
        const auto n = ::read(file.number, text.data() + got, text.size() - got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("read", path, errno);
        got += static_cast<std::size_t>(n);
        if (got > static_cast<std::size_t>(most)) throw too_large();  // a device has no size of its own
        if (n == 0) break;
    }
    text.resize(got);
    return text;
}

std::string read_checked(const std::filesystem::path& path, bool secret) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat about {};
    if (file.number < 0 || ::fstat(file.number, &about) != 0) fail("read", path, errno);
    if (secret && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0 && !is_credential(path)) {
        FileProblem problem(
            fmt::format("{} holds a key and others may read it; run: chmod 600 {}", path.string(), path.string()));
        problem.not_permitted = true;
        throw problem;
    }
    return read_open(file, about, path);
}

}  // namespace

std::string read_file(const std::filesystem::path& path) { return read_checked(path, false); }

SecretText read_secret_file(const std::filesystem::path& path) { return SecretText(read_checked(path, true)); }

void write_file(const std::filesystem::path& path, std::string_view text, Readable readable) {
    const std::filesystem::path fresh = path.string() + ".new";
    {
        const mode_t mode = readable == Readable::by_owner ? 0600 : 0644;
        (void)::unlink(fresh.c_str());  // left over from a run that was cut
        const Descriptor file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
        if (file.number < 0) fail("write", fresh, errno);
        while (!text.empty()) {
            const auto n = ::write(file.number, text.data(), text.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) fail("write", fresh, errno);
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        if (::fsync(file.number) != 0) fail("write", fresh, errno);
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) fail("replace", path, errno);
}

void make_private_folder(const std::filesystem::path& path) {
    if (path.empty() || std::filesystem::is_directory(path)) return;  // empty: the present folder
    if (path.has_parent_path() && !std::filesystem::exists(path.parent_path())) {
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error) fail("make", path.parent_path(), error.value());
    }
    if (::mkdir(path.c_str(), 0700) != 0) fail("make", path, errno);
}

}  // namespace sallyport::program
