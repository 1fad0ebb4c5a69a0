/// Memory for keys: moved, never copied, wiped when it goes, never printed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace sallyport {

/// Overwrites the bytes by a call that the compiler may not remove.
void wipe(MutableBytes bytes);

/// Equal or not, in a time that depends on the lengths alone. A bare == on secrets or MACs is a bug.
bool equal_in_constant_time(Bytes a, Bytes b);

/// A key of a fixed size.
template <std::size_t Size>
class Secret {
public:
    Secret() = default;
    explicit Secret(std::span<const std::uint8_t, Size> bytes) {
        std::copy(bytes.begin(), bytes.end(), bytes_.begin());
    }
    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            bytes_ = other.bytes_;
            wipe(other.bytes_);
        }
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(bytes_); }

    /// A second copy, where one is really meant (a key used by many sessions).
    Secret duplicate() const { return Secret(std::span<const std::uint8_t, Size>(bytes_)); }

    Bytes bytes() const { return bytes_; }
    MutableBytes writable() { return bytes_; }
    static constexpr std::size_t size() { return Size; }

private:
    std::array<std::uint8_t, Size> bytes_{};
};

using Secret32 = Secret<32>;

/// Text that holds a key (a PEM file, a line of a key file).
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::string text) : text_(text.begin(), text.end()) {
        wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    }
    SecretText(SecretText&&) noexcept = default;  // a vector's bytes move whole: nothing of them stays behind
    SecretText& operator=(SecretText&& other) noexcept {
        if (this != &other) {
            erase();
            text_ = std::exchange(other.text_, {});
        }
        return *this;
    }
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { erase(); }

    std::string_view view() const { return {text_.data(), text_.size()}; }
    bool empty() const { return text_.empty(); }

private:
    void erase() { wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }
    std::vector<char> text_;
};

}  // namespace sallyport
