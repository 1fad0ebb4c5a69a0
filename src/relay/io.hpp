/// What every file of the relay says of Asio.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <tuple>

#include "base/result.hpp"

namespace sallyport::relay {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

// Asio's own names stand for any executor, which each object and each pending operation pays with 40 bytes and more.
using Executor = asio::io_context::executor_type;
template <typename T>
using awaitable = asio::awaitable<T, Executor>;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;
using SteadyTimer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

/// Nothing here throws across a co_await: errors come back as values. Deferred, an operation is awaited where it
/// stands; use_awaitable would wrap it into a coroutine of its own, 400 bytes for each that waits.
inline constexpr auto as_result = asio::as_tuple(asio::deferred);

}  // namespace sallyport::relay
