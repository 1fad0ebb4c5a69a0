/// Records of a TLS 1.3 peer who says whatever a test wants, for unit tests and fuzz targets.
#pragma once

#include "channel/tls/record_layer.hpp"

namespace sallyport::channel::tls::tests {

/// RFC 8446, B.1.
inline constexpr std::uint8_t alert = 21, handshake = 22, application_data = 23;

/// Seals `content` as a record of the inner type `type`, before `padding` zeros.
inline ByteVector peer_record(TrafficKeys& keys, std::uint8_t type, Bytes content, std::size_t padding = 0) {
    const auto length = content.size() + 1 + padding + crypto::tag_size;
    ByteVector record{application_data, 3, 3, static_cast<std::uint8_t>(length >> 8),
                      static_cast<std::uint8_t>(length)};
    append(record, content);
    record.push_back(type);
    record.resize(record_header_size + length);
    const MutableBytes all(record);
    crypto::Aead aead(keys.cipher(), crypto::Aead::Use::seal, keys.key());
    aead.seal(keys.next_nonce(), all.first(record_header_size),
              all.subspan(record_header_size, length - crypto::tag_size), all.last(crypto::tag_size));
    return record;
}

}  // namespace sallyport::channel::tls::tests
