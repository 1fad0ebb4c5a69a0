#include "channel/channel.hpp"

namespace sallyport::channel {
namespace {

class Plain final : public Channel {
public:
    error_code open(MutableBytes arrived, Opened& opened) override {
        opened.clear();
        if (!arrived.empty()) opened.plaintext.push_back(arrived);
        opened.consumed = arrived.size();
        return {};
    }
    error_code transport_ended() override {
        peer_ended_ = true;
        return {};
    }
    void slots(MutableBytes buffer, Slots& slots) override { slots.assign(1, buffer); }
    Result<Bytes> seal(MutableBytes buffer, std::size_t filled) override {
        if (ended_) return make_error_code(Error::not_established);
        return Bytes(buffer.first(filled));
    }
    bool has_pending() const override { return false; }
    ByteVector take_pending() override { return {}; }
    void end() override { ended_ = true; }
    void abort(AbortCode) override { ended_ = true; }
    bool ping() override { return false; }
    bool established() const override { return true; }
    bool peer_ended() const override { return peer_ended_; }
    bool ended() const override { return ended_; }
    bool ends_with_transport() const override { return true; }
    Info info() const override {
        Info info;
        info.kind = "plain";
        return info;
    }

private:
    bool ended_ = false;
    bool peer_ended_ = false;
};

}  // namespace

std::unique_ptr<Channel> make_plain() { return std::make_unique<Plain>(); }

}  // namespace sallyport::channel
