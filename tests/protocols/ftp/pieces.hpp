/// Every way in which a reader must be able to take its input.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"

namespace sallyport::protocols::ftp::tests {

using Pieces = std::vector<std::string_view>;

/// Feeds `piece` from memory of exactly its size, so that a sanitizer sees one byte too many.
template <typename Reader>
void feed(Reader& reader, std::string_view piece) {
    const Bytes bytes = as_bytes(piece);
    reader.feed(ByteVector(bytes.begin(), bytes.end()));
}

/// What the reader yields now, as `describe` puts it.
template <typename Reader, typename Describe>
std::vector<std::string> take(Reader& reader, Describe describe) {
    std::vector<std::string> events;
    while (const auto event = reader.next()) events.push_back(std::visit(describe, *event));
    return events;
}

/// What a fresh reader yields that is asked after each piece.
template <typename Reader, typename Describe>
std::vector<std::string> read(const Pieces& pieces, Describe describe) {
    Reader reader;
    std::vector<std::string> events;
    for (const auto piece : pieces) {
        feed(reader, piece);
        for (auto& event : take(reader, describe)) events.push_back(std::move(event));
    }
    return events;
}

inline Pieces byte_by_byte(std::string_view input) {
    Pieces pieces;
    for (std::size_t i = 0; i < input.size(); ++i) pieces.push_back(input.substr(i, 1));
    return pieces;
}

/// In one piece, byte by byte, and cut in two at every place.
inline std::vector<Pieces> every_cut(std::string_view input) {
    std::vector<Pieces> ways{{input}, byte_by_byte(input)};
    for (std::size_t i = 1; i < input.size(); ++i) ways.push_back({input.substr(0, i), input.substr(i)});
    return ways;
}

}  // namespace sallyport::protocols::ftp::tests
