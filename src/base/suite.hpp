/// The suites of the native channel as users write them: `AES256,X25519`. docs/native-channel.md, section 2.
/// They stand here because the table (portconf), the server list (client) and the channel all name them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

enum class Cipher : std::uint8_t { aes256, chacha20, des168 };
enum class KeyExchange : std::uint8_t { x25519, dh2048, dh1024 };

/// One suite, by its number in the format: 1 to 9. A smaller number is preferred to a larger one.
class Suite {
public:
    static constexpr int count = 9;

    /// `number` as it stands on the wire; nothing when it is none of ours.
    static std::optional<Suite> from_number(unsigned number);
    /// `AES256,X25519`: letter case and blanks around the comma do not matter.
    static std::optional<Suite> from_text(std::string_view text);

    std::uint8_t number() const { return number_; }
    Cipher cipher() const;
    KeyExchange key_exchange() const;
    /// DES168 or DH1024: kept for estates that still name them, and always shown as such.
    bool legacy() const { return number_ >= 5; }
    std::string_view text() const;

    friend bool operator==(Suite, Suite) = default;

private:
    explicit constexpr Suite(std::uint8_t number) : number_(number) {}
    friend class SuiteSet;
    std::uint8_t number_;
};

/// A set of suites; suite n is bit n-1 of the mask that goes over the wire.
class SuiteSet {
public:
    constexpr SuiteSet() = default;
    static constexpr SuiteSet none() { return SuiteSet(0); }
    static constexpr SuiteSet modern() { return SuiteSet(0x000F); }
    static constexpr SuiteSet legacy() { return SuiteSet(0x01F0); }
    static constexpr SuiteSet all() { return SuiteSet(0x01FF); }
    /// Nothing when a bit beyond the nine is set.
    static std::optional<SuiteSet> from_mask(std::uint16_t mask);

    /// A list separated by blanks, semicolons or slashes. On failure `bad` (if given) views the text that is no suite.
    static std::optional<SuiteSet> from_text(std::string_view list, std::string_view* bad = nullptr);

    constexpr std::uint16_t mask() const { return mask_; }
    constexpr bool empty() const { return mask_ == 0; }
    bool contains(Suite suite) const { return (mask_ >> (suite.number() - 1) & 1) != 0; }
    void insert(Suite suite) { mask_ = static_cast<std::uint16_t>(mask_ | 1u << (suite.number() - 1)); }
    bool needs(KeyExchange exchange) const;
    /// The preferred one: the lowest number.
    std::optional<Suite> first() const;
    std::vector<Suite> list() const;
    /// `AES256,X25519 DES168,DH1024`: in order of number, one blank between.
    std::string text() const;

    friend constexpr SuiteSet operator&(SuiteSet a, SuiteSet b) {
        return SuiteSet(static_cast<std::uint16_t>(a.mask_ & b.mask_));
    }
    friend constexpr bool operator==(SuiteSet, SuiteSet) = default;

private:
    explicit constexpr SuiteSet(std::uint16_t mask) : mask_(mask) {}
    std::uint16_t mask_ = 0;
};

/// A label names the service: 1 to 16 characters of A-Z, 0-9 and hyphen (docs/native-channel.md, 2.6).
inline constexpr std::size_t max_label_size = 16;
bool is_label(std::string_view text);

}  // namespace sallyport
