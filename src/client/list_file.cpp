#include "client/list_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

#include "program/files.hpp"

namespace sallyport::client {

const Entry& ListFile::at(const std::string& name) const {
    if (const Entry* entry = list.find(name)) return *entry;
    std::string names;
    for (const auto& entry : list.entries) names += (names.empty() ? "" : ", ") + entry.name;
    throw std::runtime_error(fmt::format("{} has no usable entry '{}'; {}", path.string(), name,
                                         names.empty() ? "it has none; see: sallyport check" : "it has " + names));
}

ListFile read_list(const std::filesystem::path& path) {
    ListFile file{path, {}, {}};
    if (!std::filesystem::exists(path)) return file;
    file.text = program::read_file(path);
    file.list = parse(file.text, path.string());
    const bool has_key = std::any_of(file.list.entries.begin(), file.list.entries.end(),
                                     [](const Entry& entry) { return !entry.fixed_key.empty(); });
    if (has_key) (void)program::read_secret_file(path);  // throws if others may read it
    return file;
}

void write_list(const std::filesystem::path& path, const std::string& text) {
    program::make_private_folder(path.parent_path());
    program::write_file(path, text, program::Readable::by_owner);
}

}  // namespace sallyport::client
