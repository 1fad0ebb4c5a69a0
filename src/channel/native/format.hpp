/// The numbers of the native channel's format: docs/native-channel.md says all of these; none is ours to change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sallyport::channel::native {

/// 3.1: every frame is `type u8 | len u16 | body`; the first frame of a connection has the magic before it.
inline constexpr std::array<std::uint8_t, 4> magic{'S', 'P', 'C', '1'};
inline constexpr std::size_t header_size = 3;

enum class Type : std::uint8_t {
    hello = 0x01,   // M1
    answer = 0x02,  // M2
    refuse = 0x03,
    server = 0x04,  // M3
    client = 0x05,  // M4
    data = 0x10,
    close = 0x11,
    abort = 0x12,
    ping = 0x13,
    control = 0x14,
    ready = 0x15,
    data_open = 0x21,    // D1
    data_answer = 0x22,  // D2
    enrol = 0x31,
    card = 0x32,
};

/// 3.2: sizes of a MAC, of a record's tag, of hashes, randoms and X25519 shares.
inline constexpr std::size_t mac_size = 16;
inline constexpr std::size_t record_tag_size = 16;
inline constexpr std::size_t hash_size = 32;

/// 4.1: the hello, by offset from the magic.
inline constexpr std::size_t hello_random_at = 7;
inline constexpr std::size_t hello_host_id_at = 39;
inline constexpr std::size_t hello_label_at = 71;
inline constexpr std::size_t hello_offers_at = 87;
inline constexpr std::size_t hello_x25519_at = 89;
inline constexpr std::size_t hello_shares_at = 121;  // ffdhe2048 (256), then modp1024 (128), as far as offered
inline constexpr std::size_t hello_body_least = 130;
inline constexpr std::size_t ffdhe2048_size = 256;
inline constexpr std::size_t modp1024_size = 128;
inline constexpr std::size_t hello_most = 7 + hello_body_least + ffdhe2048_size + modp1024_size;

/// 4: bodies of the others. M3 and M4 are the same length for every suite and mode.
inline constexpr std::size_t answer_body_least = 65;
inline constexpr std::size_t server_content_size = 129;
inline constexpr std::size_t client_content_size = 128;
inline constexpr std::size_t server_frame_size = header_size + server_content_size + record_tag_size;
inline constexpr std::size_t client_frame_size = header_size + client_content_size + record_tag_size;

/// 8.1: the most that one record holds.
inline constexpr std::size_t max_content = 16384;
inline constexpr std::size_t record_overhead = header_size + record_tag_size;
inline constexpr std::size_t max_record = max_content + record_overhead;
/// 8.3: records under one secret.
inline constexpr std::uint64_t epoch_size = 1024;
/// 8.7: records of one direction. DES168: keeps the 64-bit block's distinguishing bound at 2^-17 (8.6).
inline constexpr std::uint64_t des168_record_limit = std::uint64_t{1} << 26;
inline constexpr std::uint64_t aead_record_limit = std::uint64_t{1} << 48;
/// 8.5: a record's first counter has its 11 low bits clear.
inline constexpr std::uint64_t des168_counter_mask = 0x7FF;

/// 11: data channels.
inline constexpr std::size_t token_size = 16;
inline constexpr std::size_t data_open_size = 4 + header_size + 64;
inline constexpr std::size_t data_answer_size = header_size + 48;
/// 11: what a CTRL record holds, and the FTP reply codes that say no.
inline constexpr std::size_t control_content_least = 1;
inline constexpr std::size_t control_content_most = 1 + token_size;
inline constexpr std::uint16_t least_refusal_code = 400;
inline constexpr std::uint16_t most_refusal_code = 599;

/// 12.2 and 13.1.
inline constexpr std::size_t max_card_size = 8192;
inline constexpr std::size_t max_card_services = 32;
inline constexpr std::size_t max_fixed_keys = 16;

/// 15: what a REFUSE says.
enum class Refusal : std::uint8_t { no_common_suite = 1, wrong_label = 2, busy = 3, legacy_not_allowed = 4 };

}  // namespace sallyport::channel::native
