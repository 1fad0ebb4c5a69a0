/// The whole way in one process: plain client, workstation side, host side, plain target.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>

#include "channel/native/native.hpp"
#include "channel/tls/tls.hpp"
#include "crypto/random.hpp"
#include "relay/leg.hpp"
#include "relay/server.hpp"
#include "tests/relay/sockets.hpp"

namespace sallyport::relay::tests {

using namespace std::chrono_literals;

/// What a workstation's entry says of encryption.
struct Encryption {
    const char* name;   // of a test
    const char* suite;  // native; null: TLS; empty: none
    channel::tls::Version version = channel::tls::Version::tls1_3;
    bool plain() const { return suite != nullptr && *suite == 0; }
    bool native() const { return suite != nullptr && *suite != 0; }
    bool tls() const { return suite == nullptr; }
};
inline constexpr Encryption aes256{"native_aes256", "AES256,X25519"};
inline constexpr Encryption des168{"native_des168", "DES168,DH1024"};
inline constexpr Encryption tls1_2{"tls1_2", nullptr, channel::tls::Version::tls1_2};
inline constexpr Encryption tls1_3{"tls1_3", nullptr, channel::tls::Version::tls1_3};
inline constexpr Encryption in_clear{"in_clear", ""};
inline std::ostream& operator<<(std::ostream& out, const Encryption& encryption) { return out << encryption.name; }

/// What a service said of its connections, in order: "established", or the name of an error.
class Reports {
public:
    std::function<void(const error_code&)> recorder();
    void add(std::string name);
    /// The next one; "nothing" when none comes.
    std::string next(std::chrono::milliseconds wait = patience);

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<std::string> names_;
};

/// The log while it lives: there, and only there, stands why each session stopped.
class Log {
public:
    Log();
    ~Log();
    /// Ends the log; yields the reasons for which sessions of `entry` stopped, with blanks between. They must be over.
    std::string reasons(std::string_view entry);

private:
    std::string text_;
    bool over_ = false;
    void end();
};
inline constexpr std::string_view at_host = "23450/TOP", at_workstation = "top/TOP";

/// What the entry of a table and that of a list are made of here; both belong to one host key and one certificate.
struct HostEntry {
    std::string label = "TOP";
    SuiteSet suites = SuiteSet::all();
    bool native = true;
    bool tls = true;
    std::string card{};
};
struct ListEntry {
    std::string label = "TOP";
    std::string offers{};  // empty: as the encryption says
};

std::shared_ptr<Service> host_service(const tcp::endpoint& target, const HostEntry& entry = {});
std::shared_ptr<Service> workstation_service(const tcp::endpoint& host, const Encryption& encryption,
                                             const ListEntry& entry = {});
/// One end of a secure leg, to be driven by hand.
std::unique_ptr<channel::Channel> client_channel(const Encryption& encryption, const ListEntry& entry = {});

/// One side with its listener.
class Side {
public:
    explicit Side(std::shared_ptr<Service> service, Limits limits = {});
    ~Side();

    const tcp::endpoint& endpoint() const { return listener_->endpoints().front(); }
    Socket connect() const { return Socket::connect(endpoint()); }
    Server& server() { return server_; }
    Listener& listener() { return *listener_; }
    Reports& reports() { return reports_; }
    /// Once all sessions are over.
    Totals totals();

private:
    Reports reports_;  // outlives the sessions that report
    Server server_;
    std::unique_ptr<Listener> listener_;
};

struct PathOptions {
    Encryption encryption = aes256;
    HostEntry host_entry{};
    ListEntry list_entry{};
    Limits host_limits{};
    Limits workstation_limits{};
    std::optional<tcp::endpoint> target{};   // instead of the one that listens
    std::optional<tcp::endpoint> through{};  // where the workstation connects to instead
};

/// A host side and a workstation side that leads to it.
class Path {
public:
    explicit Path(const PathOptions& options = {});

    /// A plain client and its connection at the target; a first word has passed each way, and both sides have
    /// reported that they are established.
    struct Ends {
        Socket client, target;
    };
    Ends open();

    Acceptor target;
    Side host;
    Side workstation;
};

/// A client that speaks to the host side by its own channel: what leaves when is the test's decision.
class Hand {
public:
    Hand(std::unique_ptr<channel::Channel> channel, const tcp::endpoint& host);

    /// Up to the moment where the channel is established; what it then has to send stays pending. False on an error.
    bool shake_hands();
    /// What is pending, and `plaintext` sealed behind it.
    std::string sealed(std::string_view plaintext);
    std::string pending();
    /// Opens what arrives, up to `size` bytes of plaintext; `wait` is the patience with each silence.
    std::string receive(std::size_t size = std::numeric_limits<std::size_t>::max(),
                        std::chrono::milliseconds wait = patience);
    /// How the last receive() ended.
    End end() const { return end_; }
    /// Opens what was read from the socket by somebody else; false on an error.
    bool open(std::string_view arrived);

    channel::Channel& channel() { return *channel_; }
    Socket& socket() { return socket_; }

private:
    bool open_more(std::chrono::milliseconds wait = patience);

    std::unique_ptr<channel::Channel> channel_;
    Socket socket_;
    std::string arrived_;
    std::string plaintext_;
    End end_ = End::more;
};

}  // namespace sallyport::relay::tests
