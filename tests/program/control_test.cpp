// The control socket: its owner's, one program's at a time, one question a connection.
#include "program/control.hpp"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <thread>

#include "program/files.hpp"
#include "tests/host/folder.hpp"

namespace sallyport::program {
namespace {

namespace json = boost::json;
using host::tests::Folder;

/// Answers with the words that it was asked.
class Running {
public:
    explicit Running(const std::filesystem::path& path)
        : server_(context_, path,
                  [](const Words& words) {
                      return json::object{{"words", json::value_from(words)}};
                  }),
          thread_([this] { context_.run(); }) {}
    ~Running() {
        boost::asio::post(context_, [this] { server_.close(); });
        thread_.join();
    }

private:
    boost::asio::io_context context_{1};
    ControlServer server_;
    std::thread thread_;
};

TEST(ControlSocket, CarriesWordsThereAndAnAnswerBack) {
    const Folder folder;
    const auto path = folder / "control.socket";
    const Running running(path);
    for (const Words& words : {Words{"status"}, Words{"stop", "41"}, Words{"a word with \"marks\" and \n in it"}}) {
        EXPECT_EQ(json::value_to<Words>(ask(path, words).at("words")), words);
    }
}

TEST(ControlSocket, IsItsOwnersAlone) {
    const Folder folder;
    const Running running(folder / "control.socket");
    EXPECT_EQ(host::tests::mode_of(folder / "control.socket"), 0600);
}

TEST(ControlSocket, IsGoneAfterwards) {
    const Folder folder;
    const auto path = folder / "control.socket";
    { const Running running(path); }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_THROW((void)ask(path, {"status"}), NotRunning);
}

TEST(ControlSocket, ThatAnswersBelongsToAnotherProgram) {
    const Folder folder;
    const auto path = folder / "control.socket";
    const Running running(path);
    EXPECT_THROW(Running second(path), AlreadyRunning);
    EXPECT_NO_THROW((void)ask(path, {"status"})) << "the first is not disturbed";
}

TEST(ControlSocket, ThatWasLeftByACutRunIsTakenOver) {
    const Folder folder;
    const auto path = folder / "control.socket";
    {
        boost::asio::io_context context;  // bound, and closed without being removed
        boost::asio::local::stream_protocol::acceptor left(context, path.string());
    }
    ASSERT_TRUE(std::filesystem::exists(path));
    const Running running(path);
    EXPECT_NO_THROW((void)ask(path, {"status"}));
}

TEST(ControlSocket, AnswersNonsenseWithAnErrorAndLivesOn) {
    const Folder folder;
    const auto path = folder / "control.socket";
    const Running running(path);
    for (const char* nonsense : {"status\n", "[1]\n", "{}\n", "[]\n"}) {
        boost::asio::io_context context;
        boost::asio::local::stream_protocol::socket socket(context);
        socket.connect(path.string());
        boost::asio::write(socket, boost::asio::buffer(nonsense, std::strlen(nonsense)));
        std::string answer;
        boost::asio::read_until(socket, boost::asio::dynamic_buffer(answer), '\n');
        EXPECT_EQ(answer, "{\"error\":\"not a request\"}\n") << nonsense;
    }
    EXPECT_NO_THROW((void)ask(path, {"status"}));
}

TEST(ControlSocket, AtAPathThatIsTooLongIsRefusedWithAnAdvice) {
    EXPECT_THAT([] { (void)ask("/" + std::string(200, 'x'), {"status"}); },
                testing::ThrowsMessage<FileProblem>(testing::HasSubstr("choose a shorter --state")));
}

}  // namespace
}  // namespace sallyport::program
