/// One TLS connection as a channel. Internal to channel/tls.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "channel/channel.hpp"
#include "channel/tls/context.hpp"
#include "channel/tls/openssl.hpp"
#include "channel/tls/record_layer.hpp"
#include "channel/tls/wire.hpp"

namespace sallyport::channel::tls {

/// RFC 8446, 5.5: 2^24.5 full records for one AES-GCM key; we change it at a third of that. TLS 1.2 knows no change of
/// keys without renegotiation, and nobody ends its connections for it.
inline constexpr std::uint64_t max_records_per_key = 1 << 23;

class Connection final : public FtpChannel {
public:
    /// `ssl` is of `context` and knows whether it is client or server.
    Connection(std::shared_ptr<const Context> context, SslPtr ssl, Bond bond = {},
               std::uint64_t records_per_key = max_records_per_key);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    error_code open(MutableBytes arrived, Opened& opened) override;
    error_code transport_ended() override;
    void slots(MutableBytes buffer, Slots& slots) override;
    Result<Bytes> seal(MutableBytes buffer, std::size_t filled) override;
    bool has_pending() const override { return !wire_.pending.empty(); }
    ByteVector take_pending() override;
    void end() override;
    void abort(AbortCode code) override;
    bool ping() override { return false; }
    bool established() const override { return established_; }
    bool peer_ended() const override { return peer_ended_; }
    bool ended() const override { return ended_; }
    Info info() const override;

    std::unique_ptr<FtpChannel> make_data() const override;
    void renew_ticket() override;
    Binding binding() const override;

    /// One step of the handshake: on the client's side the first makes the hello. open() takes the others.
    error_code shake_hands();

private:
    error_code establish();
    /// OpenSSL opens wire_.arrived into the front of `arrived`, all of it or until the record layer takes over; yields
    /// the size of the plaintext.
    std::size_t open_data(MutableBytes arrived);
    void open_records(MutableBytes records, Opened& opened);
    bool opens_itself() const { return layer_ && layer_->opens(); }
    void hand_over();
    void hand_over_reading();
    /// Records that `size` bytes of plaintext become, at most.
    std::size_t records_of(std::size_t size) const { return size / fragment_size_ + 1; }
    std::size_t overhead_of(MutableBytes buffer) const;
    void renew_key(std::size_t records);
    void send_end();
    error_code settle(int result);
    error_code fail(error_code error, std::string detail);
    std::string asked_name() const;
    std::string proven_peer() const;
    /// By which key the peer has proven itself; empty: by none.
    std::string peer_key() const;
    bool resumed() const;

    std::shared_ptr<const Context> context_;
    std::uint64_t records_per_key_;
    std::uint64_t records_ = 0;  // sealed with the present key
    std::size_t fragment_size_;
    Wire wire_;
    Attached attached_;
    error_code error_;
    std::string detail_;
    bool established_ = false;
    bool peer_ended_ = false;
    bool ended_ = false;
    bool aborted_ = false;
    std::unique_ptr<RecordLayer> layer_;  // TLS 1.3: seals instead of OpenSSL, and opens from some moment on
    std::unique_ptr<const Info> info_;    // what ssl_ knew
    SslPtr ssl_;  // null when the layer does all. The last member: it points to some of the others
};

}  // namespace sallyport::channel::tls
