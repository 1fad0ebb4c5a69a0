// Which key a host's TLS shows, asked for as the entry would ask: at once, or by AUTH TLS.
#include "client/probe.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "channel/tls/tls.hpp"

namespace sallyport::client {
namespace {

namespace asio = boost::asio;
namespace tls = channel::tls;
using asio::ip::tcp;

/// A host that greets, answers a command and then speaks TLS, once, in a thread of its own.
class FtpsHost {
public:
    FtpsHost(std::string greeting, std::string answer)
        : thread_([this, greeting = std::move(greeting), answer = std::move(answer)] { serve(greeting, answer); }) {}
    ~FtpsHost() { thread_.join(); }

    Result<std::string> asked_for_its_key(TlsKind kind) const {
        Entry entry;
        entry.host = "127.0.0.1";
        entry.port = acceptor_.local_endpoint().port();
        entry.encryption = kind;
        return fetch_tls_key(entry);
    }
    std::string pin() const { return tls::spki_pin(credentials_.certificate_pem); }
    const std::string& heard() const { return heard_; }

private:
    void serve(const std::string& greeting, const std::string& answer) {
        tcp::socket socket = acceptor_.accept();
        boost::system::error_code ended;  // the client goes when it has what it wants
        asio::write(socket, asio::buffer(greeting), ended);
        while (!answer.empty() && !ended && !heard_.ends_with("\n")) {
            char c = 0;
            asio::read(socket, asio::buffer(&c, 1), ended);
            if (!ended) heard_ += c;
        }
        asio::write(socket, asio::buffer(answer), ended);
        speak_tls(socket);
    }

    void speak_tls(tcp::socket& socket) {
        tls::ServerSettings settings;
        settings.certificate_pem = credentials_.certificate_pem;
        settings.private_key_pem = SecretText(std::string(credentials_.private_key_pem.view()));
        tls::SettingsError wrong;
        const auto channel = tls::make_server(tls::make_server_context(std::move(settings), wrong));
        ByteVector arrived;
        std::array<std::uint8_t, 4096> part;
        boost::system::error_code ended;
        while (!ended) {
            const auto got = socket.read_some(asio::buffer(part), ended);
            if (ended) return;
            append(arrived, Bytes(part).first(got));
            channel::Opened opened;
            if (channel->open(arrived, opened)) return;
            arrived.erase(arrived.begin(), arrived.begin() + static_cast<std::ptrdiff_t>(opened.consumed));
            const auto pending = channel->take_pending();
            asio::write(socket, asio::buffer(pending.data(), pending.size()), ended);
        }
    }

    asio::io_context context_;
    tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
    const tls::Credentials credentials_ = tls::make_self_signed("host.example");
    std::string heard_;
    std::thread thread_;  // the last member: it uses the others
};

std::string told(const Result<std::string>& key) { return key ? *key : error_name(key.error()); }

TEST(TlsKey, OfExplicitFtpsIsAskedForByAuth) {
    std::string heard;
    {
        FtpsHost host("120 Soon\r\n220-Hello\r\n250 a line of the greeting\r\n220 Ready\r\n", "234 Go on\r\n");
        EXPECT_EQ(told(host.asked_for_its_key(TlsKind::ftps)), host.pin());
        heard = host.heard();
    }
    EXPECT_EQ(heard, "AUTH TLS\r\n");
}

TEST(TlsKey, OfImplicitFtpsIsAskedForAtOnce) {
    FtpsHost host("", "");
    EXPECT_EQ(told(host.asked_for_its_key(TlsKind::ftps_implicit)), host.pin());
}

TEST(TlsKey, OfAServerWithoutProtectionIsNotThere) {
    FtpsHost host("220 Ready\r\n", "502 What is that?\r\n");
    EXPECT_EQ(told(host.asked_for_its_key(TlsKind::ftps)), "auth_refused");
}

TEST(TlsKey, IsNotAskedForWhereNoFtpServerGreets) {
    FtpsHost other("SSH-2.0-OpenSSH\r\n", "");
    EXPECT_EQ(told(other.asked_for_its_key(TlsKind::ftps)), "not_ftp");
    FtpsHost closed("421 Too many\r\n", "");
    EXPECT_EQ(told(closed.asked_for_its_key(TlsKind::ftps)), "not_ftp");
}

TEST(TlsKey, IsNotAskedForBehindWhatWasInjected) {
    FtpsHost host("220 Ready\r\n", "234 Go on\r\n220 Ready again\r\n");
    EXPECT_EQ(told(host.asked_for_its_key(TlsKind::ftps)), "not_ftp");
}

}  // namespace
}  // namespace sallyport::client
