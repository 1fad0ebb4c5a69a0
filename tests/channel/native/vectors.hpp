/// The vectors of the native channel, and the randomness that they were made with.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "crypto/random.hpp"

namespace sallyport::channel::native::tests {

/// tests/vectors/native_channel.json.
const boost::json::object& vectors();

ByteVector bytes_of(const boost::json::value& hexadecimal);
Secret32 secret_of(const boost::json::value& hexadecimal);
std::string text_of(const boost::json::value& text);

/// What the vectors' randomness is under `label` (tests/vectors/reference_vectors.py, source).
ByteVector drawn(std::string_view tag, std::string_view label);

/// Hands out the bytes of these labels, one after the other; the test fails when more are wanted or some are left.
class ScriptedRandom final : public crypto::Random {
public:
    explicit ScriptedRandom(ByteVector script) : script_(std::move(script)) {}
    ScriptedRandom(std::string_view tag, std::initializer_list<std::string_view> labels);
    ~ScriptedRandom() override;
    void fill(MutableBytes bytes) override;

private:
    ByteVector script_;
    std::size_t given_ = 0;
};

}  // namespace sallyport::channel::native::tests
