/// docs/native-channel.md, 12: the host card, by which a workstation learns the host's key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/suite.hpp"
#include "crypto/signature.hpp"

namespace sallyport::channel::native {

enum class CardError {
    too_long = 1,
    bad_form,
    bad_signature,
};
ErrorText describe(CardError error);
const char* area_of(CardError);
inline error_code make_error_code(CardError error) { return make_named_error(error); }

/// One line about an entry of the host; information only, never policy (12.4).
struct CardService {
    std::uint16_t port;
    std::string label;
    SuiteSet suites;
};

struct Card {
    std::string host;  // letters, digits, dot, colon, hyphen; at most 253
    crypto::PublicKey key;
    std::string made;  // YYYY-MM-DD
    std::vector<CardService> services;
};

/// Signs and writes a card; more than 32 services are cut off. `card.key` is ignored: it is the signer's.
std::string write_card(const crypto::SigningKey& key, const Card& card);
/// Reads a card and checks that it is whole. That it is the right host's, the user confirms by its fingerprint.
Result<Card> read_card(std::string_view input);

/// The request for a card, and the frame that answers it.
ByteVector enrol_request();
ByteVector card_frame(std::string_view card);
/// Bytes of the frame that begins with `header` (3 bytes); 0 when it is no card.
std::size_t card_frame_size(Bytes header);

}  // namespace sallyport::channel::native
