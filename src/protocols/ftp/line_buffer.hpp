/// Bytes that arrive cut anywhere, taken out again as lines that end in CRLF or in LF alone. A bare CR ends nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace sallyport::protocols::ftp {

/// Each byte is looked at once, however small the pieces. Holds what was fed and not yet taken: who feeds it without
/// taking lines has to bound that himself.
class LineBuffer {
public:
    /// `limit`: the longest line, its end not counted.
    explicit LineBuffer(std::size_t limit) : limit_(limit) {}

    void feed(Bytes bytes);
    /// The next whole line without its end, valid until feed() or clear(); nothing while it is still arriving.
    std::optional<std::string_view> next();
    /// A line was longer than the limit. It and all that follows is dropped, for good: the rest of a long line must
    /// never be taken for a line.
    bool overflowed() const { return overflowed_; }
    /// Drops what it holds and all that will be fed.
    void shut();

    /// What next() has not given out.
    std::string_view rest() const { return std::string_view(bytes_).substr(taken_); }
    bool empty() const { return taken_ == bytes_.size(); }
    /// Takes `count` bytes off the front of rest().
    void drop(std::size_t count);
    void clear();

private:
    std::size_t limit_;
    std::string bytes_;
    std::size_t taken_ = 0;    // before it: given out
    std::size_t scanned_ = 0;  // before it, from taken_ on: no LF
    bool overflowed_ = false;
    bool shut_ = false;
};

}  // namespace sallyport::protocols::ftp
