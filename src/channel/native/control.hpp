/// docs/native-channel.md, 11: what FTP's control session has beyond a stream. The two programs speak to each other in
/// CTRL records, and open data channels with keys that only this session knows.
///
///     client                         server
///     SETUP                    ->
///                              <-    TOKEN token    or    NOSETUP code
///     open_data(token)         ->    TokenStore::take, make_data_server         (data_channel.hpp)
#pragma once

#include <memory>
#include <variant>

#include "channel/channel.hpp"
#include "channel/native/handshake.hpp"
#include "channel/native/token.hpp"

namespace sallyport::channel::native {

/// Client to server: prepare one data connection; an earlier one is forgotten.
struct Setup {
    friend bool operator==(const Setup&, const Setup&) = default;
};
/// Server to client: it is prepared, and `token` opens its data channel.
struct Granted {
    Token token;
    friend bool operator==(const Granted&, const Granted&) = default;
};
/// Server to client: it was refused. `code` is an FTP reply code, 400 to 599.
struct NoSetup {
    std::uint16_t code;
    friend bool operator==(const NoSetup&, const NoSetup&) = default;
};
using ControlMessage = std::variant<Setup, Granted, NoSetup>;

/// The content of a CTRL record:  01  |  02 token[16]  |  03 code u16.
ByteVector write_control(const ControlMessage& message);
/// unexpected_record for everything that write_control does not write.
Result<ControlMessage> read_control(Bytes content);

/// Either end of a control session. What CTRL records say arrives in Opened::controls, well-formed and from the side
/// that may say it: any other content ends the session with unexpected_record.
class ControlChannel : public Channel {
public:
    /// Makes a CTRL record pending, in its place between what was sealed before and what is sealed later. Nothing
    /// happens before established() and after end(), as nothing may be said then.
    virtual void send_control(Bytes content) = 0;

    /// Server, once established: a token for one data channel of this session, known to `store` under `owner`.
    virtual Token grant(TokenStore& store, std::uint64_t owner, crypto::Random& random) const = 0;

    /// Client, once established: the data channel that the server gave `token` for; its opening (D1) is pending at
    /// once. It lives on its own: this channel may go before it. `random` is used here and not kept.
    virtual std::unique_ptr<Channel> open_data(const Token& token, crypto::Random& random) const = 0;
};

/// As make_server and make_client (native.hpp), for entries with the label FTP.
std::unique_ptr<ControlChannel> make_control_server(std::shared_ptr<const ServerContext> context, Admission admission,
                                                    crypto::Random& random);
std::unique_ptr<ControlChannel> make_control_client(std::shared_ptr<const ClientSettings> settings,
                                                    crypto::Random& random);

}  // namespace sallyport::channel::native
