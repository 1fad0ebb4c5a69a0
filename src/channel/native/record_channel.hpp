/// What the ends of all native connections have in common: everything after the handshake. docs/native-channel.md, 8 to
/// 10 and the last table of 16.
#pragma once

#include <optional>

#include "channel/native/control.hpp"

namespace sallyport::channel::native {

/// Which records a connection may carry (section 9).
enum class Role {
    session,         // no CTRL
    control_client,  // CTRL: sends SETUP, takes TOKEN and NOSETUP
    control_server,  // CTRL: the other way round
    data,            // no CTRL
};

/// The base of each end, which adds the messages that lead to open_records. Only what make_control_server and
/// make_control_client return is known as a ControlChannel; for the other roles its functions are out of reach.
class RecordChannel : public ControlChannel {
public:
    error_code open(MutableBytes arrived, Opened& opened) override;
    error_code transport_ended() override;
    void slots(MutableBytes buffer, Slots& slots) override;
    Result<Bytes> seal(MutableBytes buffer, std::size_t filled) override;
    bool has_pending() const override { return !pending_.empty(); }
    ByteVector take_pending() override { return std::exchange(pending_, {}); }
    void end() override;
    void abort(AbortCode code) override;
    bool ping() override;
    bool established() const override { return keys_ && !aborted_; }
    bool peer_ended() const override { return peer_ended_; }
    bool ended() const override { return ended_; }
    bool near_limit() const override;
    Info info() const override { return info_; }

    void send_control(Bytes content) override;
    Token grant(TokenStore& store, std::uint64_t owner, crypto::Random& random) const override;
    std::unique_ptr<Channel> open_data(const Token& token, crypto::Random& random) const override;

protected:
    RecordChannel(Role role, Info info) : role_(role), info_(std::move(info)) { info_.kind = "native"; }

    /// Takes one handshake message off the front of `arrived`, if it is whole; yields its size, or 0. Asked until it
    /// has called open_records.
    virtual Result<std::size_t> take_handshake(MutableBytes arrived) = 0;

    void open_records(Cipher cipher, Sealer sealer, Opener opener);
    void open_records(Outcome outcome);
    void make_pending(Bytes message) { append(pending_, message); }
    /// Makes a record pending.
    error_code queue(Type type, Bytes content);
    bool failed() const { return failed_.failed(); }
    void explain(std::string detail) { info_.detail = std::move(detail); }

private:
    struct Keys {
        Cipher cipher;
        Sealer sealer;
        Opener opener;
    };
    Result<std::size_t> take_record(MutableBytes arrived, ReadyKey& ready, Opened& opened);
    bool may_be_told(Bytes control) const;
    Info session_info() const;
    error_code fail(error_code error);

    Role role_;
    Info info_;
    std::optional<Keys> keys_;
    std::optional<Secret32> exporter_;  // of control sessions
    ByteVector pending_;
    error_code failed_;
    bool aborted_ = false;
    bool ended_ = false;
    bool peer_ended_ = false;
};

}  // namespace sallyport::channel::native
