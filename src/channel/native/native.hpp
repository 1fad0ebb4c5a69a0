/// The native channel under the channel contract: docs/native-channel.md, the state machines of its section 16.
#pragma once

#include <memory>

#include "channel/channel.hpp"
#include "channel/native/handshake.hpp"

namespace sallyport::channel::native {

/// True when `start` (1 byte or more) can begin a native connection; TLS starts with 0x16.
bool looks_like_native(Bytes start);

/// The server side of one connection. `random` must outlive the handshake.
std::unique_ptr<Channel> make_server(std::shared_ptr<const ServerContext> context, Admission admission,
                                     crypto::Random& random);

/// The client side; its hello is pending at once. `random` is used here and not kept.
std::unique_ptr<Channel> make_client(std::shared_ptr<const ClientSettings> settings, crypto::Random& random);

}  // namespace sallyport::channel::native
