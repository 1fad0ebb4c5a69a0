// A stream of records that is altered on its way: what is opened is what was sealed at the same place, or nothing.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <utility>

#include "channel/native/record.hpp"
#include "native_ends.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::channel::native;
using fuzz::require;

struct Sent {
    Type type;
    ByteVector content;
};

void alter(FuzzedDataProvider& input, std::vector<ByteVector>& frames) {
    const auto which = [&] { return input.ConsumeIntegralInRange<std::size_t>(0, frames.size() - 1); };
    auto& frame = frames[which()];
    switch (input.ConsumeIntegralInRange(0, 6)) {
        case 0:
            frame[input.ConsumeIntegralInRange<std::size_t>(0, frame.size() - 1)] ^=
                input.ConsumeIntegralInRange<std::uint8_t>(1, 255);
            break;
        case 1:
            frame.resize(input.ConsumeIntegralInRange<std::size_t>(record_overhead, frame.size()));
            break;
        case 2:
            frame.resize(std::min(max_record, frame.size() + input.ConsumeIntegralInRange<std::size_t>(1, 40)));
            break;
        case 3:
            std::swap(frame, frames[which()]);
            break;
        case 4:
            frame = frames[which()];
            break;
        case 5:
            if (frames.size() > 1) frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(which()));
            break;
        default: {
            const auto bytes = input.ConsumeBytes<std::uint8_t>(200);
            if (bytes.size() >= record_overhead) frame = bytes;
        }
    }
    auto& last = frames[which()];  // a length that fits, so that only the tag can tell
    if (input.ConsumeBool()) put_u16(MutableBytes(last).subspan(1), static_cast<std::uint16_t>(last.size() - 3));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input(data, size);
    const auto cipher = input.PickValueInArray({Cipher::aes256, Cipher::chacha20, Cipher::des168});
    Sealer sealer(cipher, fuzz::secret_of(1));
    Opener opener(cipher, fuzz::secret_of(1));
    if (input.ConsumeIntegral<std::uint8_t>() == 255) {  // near the end of an epoch
        while (sealer.sequence() < epoch_size - 2) {
            auto skipped = *sealer.seal(Type::ping, {});
            require(opener.open(skipped).has_value());
        }
    }
    std::vector<Sent> sent;
    std::vector<ByteVector> frames;
    const auto count = input.ConsumeIntegralInRange(1, 6);
    for (int i = 0; i < count; ++i) {
        const auto type = input.PickValueInArray({Type::data, Type::close, Type::abort, Type::ping, Type::control});
        ByteVector content(
            input.ConsumeIntegralInRange<std::size_t>(0, input.ConsumeIntegralInRange(0, 15) == 0 ? max_content : 40),
            static_cast<std::uint8_t>(i));
        frames.push_back(*sealer.seal(type, content));
        sent.push_back({type, std::move(content)});
    }
    const auto original = frames;
    while (input.remaining_bytes() > 0) alter(input, frames);

    bool alike = true;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        alike = alike && i < original.size() && frames[i] == original[i];
        fuzz::Exact frame(frames[i]);
        const auto opened = opener.open(frame.bytes());
        require(opened.has_value() == alike);
        if (!opened) break;
        require(frame.bytes()[0] == static_cast<std::uint8_t>(sent[i].type));
        require(std::ranges::equal(*opened, sent[i].content));
    }
    return 0;
}
