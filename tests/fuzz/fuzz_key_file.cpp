// Any text as each kind of key file: keys that are read are read again as they are written, and hold what was said.
#include "channel/native/key_file.hpp"

#include <algorithm>
#include <set>

#include "channel/native/format.hpp"
#include "native_ends.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::channel::native;
using fuzz::require;

bool same(const Secret32& a, const Secret32& b) { return equal_in_constant_time(a.bytes(), b.bytes()); }

template <typename Keys>
void check_names(const Keys& keys) {
    std::set<std::string> names;
    for (const auto& key : keys) {
        require(!key.name.empty() && key.name.front() != '#' && names.insert(key.name).second);
        require(key.name.find_first_of(" \t\n") == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Exact exact({data, size});
    const auto text = as_text(exact.bytes());
    if (const auto key = read_fixed_key(text)) {
        const auto again = read_fixed_key(write_fixed_key(*key).view());
        require(again && same(*again, *key));
    }
    if (const auto keys = read_fixed_keys(text)) {
        require(!keys->empty() && keys->size() <= max_fixed_keys);
        check_names(*keys);
        std::string written;
        for (const auto& key : *keys) written += key.name + ' ' + std::string(write_fixed_key(key.key).view()) + '\n';
        const auto again = read_fixed_keys(written);
        require(again && again->size() == keys->size());
        for (std::size_t i = 0; i < keys->size(); ++i) {
            require((*again)[i].name == (*keys)[i].name && same((*again)[i].key, (*keys)[i].key));
        }
    }
    if (const auto seed = read_private_key(text)) {
        const auto again = read_private_key(write_private_key(*seed).view());
        require(again && same(*again, *seed));
    }
    if (const auto keys = read_client_keys(text)) {
        require(!keys->empty());
        check_names(*keys);
        for (const auto& key : *keys) require(key.key != crypto::PublicKey{});
    }
    return 0;
}
