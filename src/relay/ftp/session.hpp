/// An FTP session: two control connections, followed by a conversation, and the data connections that it asks for.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "protocols/ftp/conversation.hpp"
#include "relay/ftp/control_leg.hpp"
#include "relay/ftp/data_connection.hpp"
#include "relay/ftp/service.hpp"
#include "relay/session.hpp"

namespace sallyport::relay::ftp {

/// On the host the accepted leg is the front, in one of four kinds (native, implicit or explicit FTPS, clear text), and
/// the back is the FTP server. On the workstation the front is the user's program, and the back the host, native or a
/// server of FTPS. A connection that turns out to be a native data channel is handed to the session that it belongs to.
class FtpSession final : public Session, public DataOwner {
public:
    FtpSession(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service,
               std::shared_ptr<const FtpService> ftp, Leg accepted);

    void start() override;
    void stop(error_code why) override;
    void tick(Clock::time_point now) override;
    SessionView view() const override;

private:
    enum class Phase {
        handshake,
        connecting,
        open,
        closing,  // everything was said: until the peers have closed too
        silent,   // a stranger
    };
    /// Hears one of the control legs.
    struct Reader final : ControlReader {
        Reader(FtpSession& session, Side side) : session_(session), side_(side) {}
        void on_text(Bytes text) override;
        void on_control(Bytes content) override;
        void on_secured() override;
        bool wants_input() const override;

    private:
        FtpSession& session_;
        Side side_;
    };

    // session_setup.cpp
    awaitable<error_code> set_up();
    awaitable<error_code> set_up_host();
    awaitable<error_code> set_up_workstation();
    awaitable<error_code> choose_front();
    awaitable<error_code> read_first_bytes(ByteVector& first);
    awaitable<error_code> admit_data_channel(ByteVector first);
    awaitable<error_code> connect_back();
    bool is_protected() const;
    void established();
    error_code claim_place();
    void refuse(const error_code& why);
    void begin_conversation();

    // session.cpp
    awaitable<void> run();
    void spawn_reader(Side side);
    void reader_ended(Side side, const error_code& error);
    void enter(Phase phase, std::chrono::seconds limit);
    void tick_conversation(Clock::time_point now);
    void close(protocols::ftp::CloseReason reason);
    void end_data();
    void report();

    // session_actions.cpp
    /// Carries out what the conversation wants, until it wants nothing more.
    void perform();
    void carry_out(protocols::ftp::Action& wanted);
    void listen(Side side);
    void connect(Side side, const protocols::ftp::HostPort& to);
    void grant();
    void drop_data(bool reset);
    void drop_token();
    void audit(const protocols::ftp::TransferRecord& record);
    void tell_control(Bytes content);
    std::string shown_address(const asio::ip::address& local) const;
    DataConnection& data();

    // DataOwner
    void on_connected(DataConnection& data, Side side) override;
    void on_secured(DataConnection& data) override;
    void on_failed(DataConnection& data, Side side) override;
    void on_ended(DataConnection& data, DataEnd end, std::uint64_t bytes) override;
    void on_foreign(const std::string& peer) override;
    void on_unsigned_end() override;

    bool host_side() const { return service().side == Service::Side::host; }
    bool native_on_front() const { return host_side() && native_; }
    ControlLeg& leg(Side side) { return side == Side::front ? front_ : back_; }
    ControlLeg& secure_leg() { return host_side() ? front_ : back_; }
    const ControlLeg& secure_leg() const { return host_side() ? front_ : back_; }

    const std::shared_ptr<const FtpService> ftp_;
    std::unique_ptr<SourceSessions::Claim> claim_;  // host: while it is served
    ControlLeg front_, back_;
    Reader front_reader_{*this, Side::front}, back_reader_{*this, Side::back};
    channel::native::ControlChannel* native_ = nullptr;  // owned by its leg
    channel::tls::FtpChannel* tls_ = nullptr;            // the same
    protocols::ftp::Kind front_kind_ = protocols::ftp::Kind::plain;
    bool front_implicit_ = false;
    std::optional<protocols::ftp::Conversation> conversation_;
    bool paused_ = false;

    std::shared_ptr<DataConnection> data_;                 // of the present set-up
    std::vector<std::shared_ptr<DataConnection>> ending_;  // of earlier ones, until they are closed
    std::optional<channel::native::Token> token_;
    Clock::time_point token_ends_;

    Phase phase_ = Phase::handshake;
    Clock::time_point deadline_ = Clock::time_point::max();
    std::array<Clock::time_point, 3> timers_;  // by protocols::ftp::Timer
    int readers_ = 0;
    Signal changed_;
    bool handed_over_ = false;
    error_code why_;
    std::optional<protocols::ftp::CloseReason> reason_;

    std::chrono::system_clock::time_point since_;
    std::string peer_text_;
    Clock::time_point transfer_began_;
    std::uint64_t bytes_to_target_ = 0;
    std::uint64_t bytes_to_client_ = 0;
    bool was_established_ = false;
};

}  // namespace sallyport::relay::ftp
