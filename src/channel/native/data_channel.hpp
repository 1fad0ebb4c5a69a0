/// docs/native-channel.md, 11: both ends of an FTP data channel under the channel contract. It is a connection of its
/// own to the control session's port; after its opening its records are a session's.
///
///     C->S  D1  (data_open_size bytes)     S->C  D2     C->S  READY     then records
#pragma once

#include <memory>
#include <optional>

#include "channel/channel.hpp"
#include "channel/native/token.hpp"

namespace sallyport::channel::native {

/// Whether a connection that starts with `start` opens a data channel; nothing while it may still do either. The first
/// 5 bytes decide. Collect data_open_size bytes (format.hpp) for TokenStore::take when it does.
std::optional<bool> begins_data_channel(Bytes start);

/// The client's end, with D1 pending; ControlChannel::open_data makes it. Once D2 has arrived READY is pending and the
/// channel is established. `session` is what is known of the control session.
std::unique_ptr<Channel> make_data_client(DataOpen open, Cipher cipher, Info session);

/// The server's end, with D2 pending. It is established by the client's READY; until then it says nothing else.
std::unique_ptr<Channel> make_data_server(TokenStore::Accepted accepted);

}  // namespace sallyport::channel::native
