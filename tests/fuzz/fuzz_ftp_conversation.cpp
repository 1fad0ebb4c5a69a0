// Whole FTP sessions whose user, server, sockets and clock do what the input says. The conversation keeps the rules of
// Watched: replies in the order of commands and one for each, no incomplete transfer called complete, no address of one
// side shown to the other, nothing left behind and nothing done after the end.
#include <cstdio>
#include <cstdlib>

#include "../protocols/ftp/random_session.hpp"

namespace {

using namespace sallyport::protocols::ftp;
using namespace sallyport::protocols::ftp::tests;

/// A choice takes a byte, so that a small change of the input is a small change of the session.
class Input final : public Choices {
public:
    Input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
    std::size_t below(std::size_t limit) override {
        std::size_t number = at_ == end_ ? 0 : *at_++;
        if (limit > 256) number = number << 8 | (at_ == end_ ? 0u : *at_++);
        return number % limit;
    }
    bool spent() const override { return at_ == end_; }

private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

constexpr Kind kinds[] = {Kind::plain, Kind::native, Kind::tls};
constexpr std::size_t most_events = 2000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto run = [&](bool shown) {
        Input input(data, size);
        const auto front = input.among(kinds), back = input.among(kinds);
        RandomSession session(input, front, back, shown);
        session.run(most_events);
        const auto& watched = session.watched();
        if (shown) std::fprintf(stderr, "%s%s\n", watched.transcript().c_str(), watched.broken().c_str());
        return watched.broken().empty();
    };
    if (run(false)) return 0;
    run(true);
    std::abort();
}
