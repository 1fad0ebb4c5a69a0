#include "program/control.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "program/files.hpp"

namespace sallyport::program {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::awaitable;
using asio::local::stream_protocol;
using relay::as_result;

constexpr std::size_t longest_request = 4096;
constexpr auto longest_wait = std::chrono::seconds(10);

/// The peer's user, by the kernel's word. Root may do everything anyway.
bool is_owner(stream_protocol::socket& socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == ::geteuid() || peer.uid == 0;
}

Words words_of(const std::string& line) {
    Words words;
    error_code error;
    const auto value = json::parse(line, error);
    if (error || !value.is_array()) return {};
    for (const auto& word : value.as_array()) {
        if (!word.is_string()) return {};
        words.emplace_back(word.as_string());
    }
    return words;
}

stream_protocol::endpoint endpoint_of(const std::filesystem::path& path) {
    if (path.string().size() >= sizeof(sockaddr_un::sun_path)) {
        throw FileProblem(fmt::format("the path {} is too long for a socket; choose a shorter --state", path.string()));
    }
    return stream_protocol::endpoint(path.string());
}

}  // namespace

ControlServer::ControlServer(asio::io_context& context, std::filesystem::path path, Answer answer)
    : path_(std::move(path)), answer_(std::move(answer)), acceptor_(context) {
    const auto endpoint = endpoint_of(path_);
    {
        stream_protocol::socket probe(context);
        error_code error;
        probe.connect(endpoint, error);
        if (!error)
            throw AlreadyRunning(fmt::format("another one is running already: it answers at {}", path_.string()));
    }
    (void)::unlink(path_.c_str());  // nobody answers there: it was left by a run that was cut
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    const auto mask = ::umask(0177);  // the socket is the owner's from the moment it exists
    if (!error) acceptor_.bind(endpoint, error);
    ::umask(mask);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw FileProblem(fmt::format("cannot make the socket {}: {}", path_.string(), error.message()));
    asio::co_spawn(context, accept(), asio::detached);  // its errors are handled where they occur
}

ControlServer::~ControlServer() { close(); }

void ControlServer::close() {
    if (!acceptor_.is_open()) return;
    error_code ignored;  // closing releases the socket whatever it says
    acceptor_.close(ignored);
    (void)::unlink(path_.c_str());
}

awaitable<void> ControlServer::accept() {
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(as_result);
        if (!error) {
            asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);  // as above
            continue;
        }
        if (error == asio::error::operation_aborted) co_return;
        asio::steady_timer pause(acceptor_.get_executor(),
                                 std::chrono::milliseconds(100));  // no descriptors: never spin
        co_await pause.async_wait(as_result);
    }
}

awaitable<void> ControlServer::serve(stream_protocol::socket accepted) {
    const auto socket = std::make_shared<stream_protocol::socket>(std::move(accepted));
    if (!is_owner(*socket)) co_return;
    asio::steady_timer timer(acceptor_.get_executor(), longest_wait);
    timer.async_wait([socket](const error_code& cancelled) {
        error_code ignored;  // closing releases the socket whatever it says
        if (!cancelled) socket->close(ignored);
    });
    std::string line;
    const auto [error, size] =
        co_await asio::async_read_until(*socket, asio::dynamic_buffer(line, longest_request), '\n', as_result);
    if (error) co_return;
    const auto words = words_of(line.substr(0, size));
    json::object answered{{"error", "not a request"}};
    try {
        if (!words.empty()) answered = answer_(words);
    } catch (const std::exception& failure) {  // files are read for an answer, and libraries throw
        answered = {{"error", failure.what()}};
    }
    const auto reply = json::serialize(answered) + "\n";
    co_await asio::async_write(*socket, asio::buffer(reply), as_result);
}

boost::json::object ask(const std::filesystem::path& path, const Words& words) {
    asio::io_context context{1};
    stream_protocol::socket socket(context);
    error_code error;
    socket.connect(endpoint_of(path), error);
    if (error == asio::error::access_denied) {
        FileProblem problem(fmt::format("only the owner may open {}", path.string()));
        problem.not_permitted = true;
        throw problem;
    }
    if (error) throw NotRunning(fmt::format("nothing is running: {} does not answer", path.string()));
    const auto request = json::serialize(json::array(words.begin(), words.end())) + "\n";
    asio::write(socket, asio::buffer(request), error);
    std::string reply;
    error = asio::error::timed_out;
    asio::async_read_until(socket, asio::dynamic_buffer(reply), '\n',
                           [&](const error_code& read, std::size_t) { error = read; });
    context.run_for(longest_wait);
    if (error) throw NotRunning(fmt::format("{} gave no answer: {}", path.string(), error.message()));
    return json::parse(reply).as_object();
}

}  // namespace sallyport::program
