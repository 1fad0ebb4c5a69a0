/// The control socket: a Unix socket that only its owner may open, by which the verbs speak to the running program.
/// One line in (a JSON array of words), one line out (a JSON object), then the connection ends.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "relay/io.hpp"

namespace sallyport::program {

using Words = std::vector<std::string>;
/// What the program answers. `{"error": sentence}` for what it cannot do.
using Answer = std::function<boost::json::object(const Words& words)>;

class ControlServer {
public:
    /// Throws FileProblem when the socket cannot be made, or another program answers there (`busy`).
    ControlServer(boost::asio::io_context& context, std::filesystem::path path, Answer answer);
    ~ControlServer();

    /// Answers no more, and removes the socket.
    void close();

private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::local::stream_protocol::socket accepted);

    std::filesystem::path path_;
    Answer answer_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
};

/// No program listens there.
struct NotRunning : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// Another program of ours does already.
struct AlreadyRunning : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Asks the running program. Throws NotRunning.
boost::json::object ask(const std::filesystem::path& path, const Words& words);

}  // namespace sallyport::program
