/// What every file of the relay says of Asio.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <tuple>

#include "base/result.hpp"

namespace sallyport::relay {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// Nothing here throws across a co_await: errors come back as values. Deferred, an operation is awaited where it
/// stands; use_awaitable would wrap it into a coroutine of its own, 400 bytes for each that waits.
inline constexpr auto as_result = asio::as_tuple(asio::deferred);

}  // namespace sallyport::relay
