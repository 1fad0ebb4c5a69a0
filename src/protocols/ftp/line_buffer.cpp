#include "protocols/ftp/line_buffer.hpp"

#include <algorithm>

namespace sallyport::protocols::ftp {

void LineBuffer::feed(Bytes bytes) {
    if (shut_) return;
    if (taken_ > bytes_.size() / 2) {  // not sooner: so less is moved than was taken, in all
        bytes_.erase(0, taken_);
        scanned_ -= taken_;
        taken_ = 0;
    }
    bytes_ += as_text(bytes);
}

std::optional<std::string_view> LineBuffer::next() {
    const auto end = bytes_.find('\n', scanned_);
    auto line = std::string_view(bytes_).substr(taken_, end == std::string::npos ? end : end - taken_);
    if (line.ends_with('\r')) line.remove_suffix(1);  // where no LF has come yet, it may still be the line's end
    if (line.size() > limit_) {
        overflowed_ = true;
        shut();
        return {};
    }
    if (end == std::string::npos) {
        scanned_ = bytes_.size();
        return {};
    }
    taken_ = scanned_ = end + 1;
    return line;
}

void LineBuffer::drop(std::size_t count) {
    taken_ += count;
    scanned_ = std::max(scanned_, taken_);
}

void LineBuffer::clear() {
    bytes_.clear();
    taken_ = scanned_ = 0;
}

void LineBuffer::shut() {
    clear();
    shut_ = true;
}

}  // namespace sallyport::protocols::ftp
