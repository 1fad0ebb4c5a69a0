#include "base/bytes.hpp"

#include <boost/algorithm/hex.hpp>
#include <iterator>

namespace sallyport {

std::string to_hex(Bytes bytes) {
    std::string text;
    boost::algorithm::hex_lower(bytes.begin(), bytes.end(), std::back_inserter(text));
    return text;
}

bool from_hex(std::string_view text, ByteVector& bytes) {
    bytes.clear();
    try {
        boost::algorithm::unhex(text.begin(), text.end(), std::back_inserter(bytes));
        return true;
    } catch (const boost::algorithm::hex_decode_error&) {
        bytes.clear();
        return false;
    }
}

}  // namespace sallyport
