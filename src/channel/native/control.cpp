#include "channel/native/control.hpp"

#include <algorithm>
#include <cassert>

namespace sallyport::channel::native {
namespace {

constexpr std::uint8_t setup_word = 1, token_word = 2, no_setup_word = 3;

bool refuses(std::uint16_t code) { return code >= least_refusal_code && code <= most_refusal_code; }

struct Writer {
    ByteVector operator()(const Setup&) const { return {setup_word}; }
    ByteVector operator()(const Granted& granted) const {
        ByteVector content(control_content_most);
        content[0] = token_word;
        std::copy_n(granted.token.begin(), token_size, content.begin() + 1);
        return content;
    }
    ByteVector operator()(const NoSetup& refusal) const {
        assert(refuses(refusal.code));
        ByteVector content{no_setup_word, 0, 0};
        put_u16(MutableBytes(content).subspan(1), refusal.code);
        return content;
    }
};

}  // namespace

ByteVector write_control(const ControlMessage& message) { return std::visit(Writer{}, message); }

Result<ControlMessage> read_control(Bytes content) {
    if (content.empty()) return make_error_code(Error::unexpected_record);
    const auto word = content[0];
    const auto rest = content.subspan(1);
    if (word == setup_word && rest.empty()) return ControlMessage(Setup{});
    if (word == token_word && rest.size() == token_size) {
        Granted granted;
        std::copy_n(rest.begin(), token_size, granted.token.begin());
        return ControlMessage(granted);
    }
    if (word == no_setup_word && rest.size() == 2 && refuses(get_u16(rest))) {
        return ControlMessage(NoSetup{get_u16(rest)});
    }
    return make_error_code(Error::unexpected_record);
}

}  // namespace sallyport::channel::native
