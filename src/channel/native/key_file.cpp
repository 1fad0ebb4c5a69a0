#include "channel/native/key_file.hpp"

#include <algorithm>

namespace sallyport::channel::native {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t check_size = 4;

std::array<std::uint8_t, check_size> check_digits(const Secret32& key) {
    const auto hash = crypto::sha256({as_bytes("spc1 fixed key text\0"sv), key.bytes()});
    std::array<std::uint8_t, check_size> digits;
    std::copy_n(hash.begin(), digits.size(), digits.begin());
    return digits;
}

/// Bytes that are wiped with the frame they live in.
struct WipedBytes {
    ByteVector bytes;
    ~WipedBytes() { wipe(bytes); }
};

struct Line {
    std::string_view name;
    std::string_view rest;
};

/// The lines that say something, each cut behind its first word.
std::vector<Line> lines_of(std::string_view file) {
    std::vector<Line> lines;
    while (!file.empty()) {
        const auto end = std::min(file.find('\n'), file.size());
        auto line = file.substr(0, end);
        file.remove_prefix(std::min(end + 1, file.size()));
        constexpr auto blanks = " \t\r"sv;
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        line = line.substr(0, line.find_last_not_of(blanks) + 1);
        if (line.empty() || line.front() == '#') continue;
        const auto name_end = std::min(line.find_first_of(" \t"), line.size());
        const auto rest_at = std::min(line.find_first_not_of(" \t", name_end), line.size());
        lines.push_back({line.substr(0, name_end), line.substr(rest_at)});
    }
    return lines;
}

template <typename Named>
bool has_name(const std::vector<Named>& all, std::string_view name) {
    return std::any_of(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
}

}  // namespace

ErrorText describe(KeyFileError error) {
    switch (error) {
        case KeyFileError::bad_fixed_key:
            return {
                "bad_fixed_key",
                "a fixed key is 72 hexadecimal digits, not a phrase; make one with: sallyportd keygen --fixed NAME"};
        case KeyFileError::bad_check_digits:
            return {"bad_check_digits", "the fixed key has a typing error: its check digits do not fit"};
        case KeyFileError::bad_line:
            return {"bad_line", "a line of the key file is not of the form it should have"};
        case KeyFileError::no_key:
            return {"no_key", "the key file holds no key"};
        case KeyFileError::too_many_keys:
            return {"too_many_keys", "a file of fixed keys holds at most 16"};
        case KeyFileError::repeated_name:
            return {"repeated_name", "two keys of the file have the same name"};
    }
    return {"unknown", "an unknown key file error"};
}
const char* area_of(KeyFileError) { return "key file"; }

SecretText write_fixed_key(const Secret32& key) {
    const std::string digits = to_hex(key.bytes()) + to_hex(check_digits(key));
    std::string text;
    text.reserve(80);
    for (std::size_t group = 0; group < 9; ++group) {
        if (group > 0) text += '-';
        text.append(digits, group * 8, 8);
    }
    return SecretText(std::move(text));
}

Result<Secret32> read_fixed_key(std::string_view text) {
    std::string digits(text);
    std::erase_if(digits, [](char c) { return c == '-' || c == ' ' || c == '\t'; });
    WipedBytes whole;
    const bool hexadecimal = from_hex(digits, whole.bytes);
    wipe({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
    if (!hexadecimal || whole.bytes.size() != Secret32::size() + check_size) {
        return make_error_code(KeyFileError::bad_fixed_key);
    }
    Secret32 key(std::span<const std::uint8_t, 32>(whole.bytes.data(), 32));
    if (!equal_in_constant_time(check_digits(key), Bytes(whole.bytes).last(check_size))) {
        return make_error_code(KeyFileError::bad_check_digits);
    }
    return key;
}

Result<std::vector<FixedKey>> read_fixed_keys(std::string_view file) {
    std::vector<FixedKey> keys;
    for (const auto& line : lines_of(file)) {
        auto key = read_fixed_key(line.rest);
        if (!key) return key.error();
        if (keys.size() == max_fixed_keys) return make_error_code(KeyFileError::too_many_keys);
        if (has_name(keys, line.name)) return make_error_code(KeyFileError::repeated_name);
        keys.push_back({std::string(line.name), std::move(*key)});
    }
    if (keys.empty()) return make_error_code(KeyFileError::no_key);
    return keys;
}

SecretText write_private_key(const Secret32& seed) {
    return SecretText("ed25519-private " + to_hex(seed.bytes()) + "\n");
}

Result<Secret32> read_private_key(std::string_view file) {
    const auto lines = lines_of(file);
    if (lines.empty()) return make_error_code(KeyFileError::no_key);
    WipedBytes seed;
    if (lines.size() != 1 || lines[0].name != "ed25519-private" || !from_hex(lines[0].rest, seed.bytes) ||
        seed.bytes.size() != Secret32::size()) {
        return make_error_code(KeyFileError::bad_line);
    }
    return Secret32(std::span<const std::uint8_t, 32>(seed.bytes.data(), 32));
}

Result<std::vector<ClientKey>> read_client_keys(std::string_view file) {
    std::vector<ClientKey> keys;
    for (const auto& line : lines_of(file)) {
        ByteVector bytes;
        if (!from_hex(line.rest, bytes) || bytes.size() != 32) return make_error_code(KeyFileError::bad_line);
        // 4.6: zero bytes say "no key"; they are also a point of order 4, whose signatures can be guessed.
        if (std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; })) {
            return make_error_code(KeyFileError::bad_line);
        }
        if (has_name(keys, line.name)) return make_error_code(KeyFileError::repeated_name);
        ClientKey key{std::string(line.name), {}};
        std::copy(bytes.begin(), bytes.end(), key.key.begin());
        keys.push_back(std::move(key));
    }
    if (keys.empty()) return make_error_code(KeyFileError::no_key);
    return keys;
}

}  // namespace sallyport::channel::native
