// What a peer may say who holds the keys of a TLS 1.3 connection: records of any inner type and content, whole messages
// or parts, updates of keys, and now and then a record that nobody sealed. Whatever comes, only application data is
// delivered, in its order; the end is close_notify and nothing else; and an error has its alert.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "../channel/tls/peer_record.hpp"

using namespace sallyport;
using namespace sallyport::channel;
using namespace sallyport::channel::tls;

namespace {

using tls::tests::alert, tls::tests::application_data, tls::tests::handshake;
const RecordSuite suite{crypto::AeadCipher::chacha20_poly1305, "SHA256", 32};

void require(bool holds) {
    if (!holds) std::abort();
}

HandoverKeys keys_from(std::uint8_t filler) {
    HandoverKeys keys;
    std::fill_n(keys.secret.writable().begin(), suite.hash_size, filler);
    return keys;
}

/// Deals out the input, and zeros behind its end.
struct Input {
    Bytes rest;
    std::uint8_t byte() { return take(1).empty() ? 0 : last; }
    Bytes take(std::size_t size) {
        const auto taken = rest.first(std::min(size, rest.size()));
        rest = rest.subspan(taken.size());
        if (!taken.empty()) last = taken.back();
        return taken;
    }
    std::uint8_t last = 0;
};

bool is_key_update(std::uint8_t type, Bytes content) {
    return type == handshake && content.size() == 5 && content[0] == 24 && content[1] == 0 && content[2] == 0 &&
           content[3] == 1 && content[4] <= 1;
}

/// A layer, the peer's keys, and what the peer has said.
struct Session {
    RecordLayer layer;
    TrafficKeys peer{suite, keys_from(2).secret};
    std::string said, delivered;
    bool closed = false;

    explicit Session(bool client) : layer(suite, client, keys_from(1), 5) { layer.start_opening(keys_from(2)); }

    ByteVector next_record(Input& input) {
        const std::uint8_t types[] = {application_data, handshake, alert, application_data, handshake, 20, 24, 25};
        const auto choice = input.byte();
        const auto type = types[choice & 7];
        const auto content = input.take(input.byte());
        if (choice >= 250) {
            ByteVector forged{application_data, 3, 3, 0, static_cast<std::uint8_t>(content.size())};
            append(forged, content);
            return forged;
        }
        if (type == application_data) said += as_text(content);
        closed = closed || (type == alert && content.size() == 2 && content[1] == 0);
        auto record = tls::tests::peer_record(peer, type, content, choice & 8 ? 40 : 0);
        if (is_key_update(type, content)) peer.update();
        return record;
    }

    bool open(ByteVector records) {
        Opened opened;
        const auto error = layer.open(records, opened);
        for (const auto part : opened.plaintext) delivered += as_text(part);
        require(said.starts_with(delivered));
        require(!layer.peer_ended() || closed);
        require(!error || error == Error::peer_aborted || layer.alert());
        return !error;
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input{{data, size}};
    Session session((input.byte() & 1) != 0);
    while (!input.rest.empty()) {
        ByteVector batch;
        for (int records = 1 + (input.byte() & 3); records > 0; --records) append(batch, session.next_record(input));
        if (!session.open(std::move(batch))) break;
        ByteVector buffer(min_buffer_size);
        const auto filled = std::size_t{1} + input.byte();
        const auto sealed = session.layer.seal(buffer, filled);
        require(sealed.size() == filled + 22 || sealed.size() == filled + 22 + 27);
    }
    return 0;
}
