/// A folder for the files of one test.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sallyport::host::tests {

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "sallyport-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "cannot make " << name;
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;  // a leftover harms nobody
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
        const auto file = path_ / name;
        std::ofstream(file) << text;
        EXPECT_EQ(::chmod(file.c_str(), mode), 0);
        return file;
    }

private:
    std::filesystem::path path_;
};

inline std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline int mode_of(const std::filesystem::path& file) {
    struct stat about {};
    EXPECT_EQ(::stat(file.c_str(), &about), 0) << file;
    return static_cast<int>(about.st_mode & 0777);
}

}  // namespace sallyport::host::tests
