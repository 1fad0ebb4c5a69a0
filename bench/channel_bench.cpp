/// Whole handshakes and bulk records, both ends in one process and without sockets: the native channel and TLS as our
/// channels are, and OpenSSL's TLS alone. Times are those of both ends together.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>

#include "bench/openssl_tls.hpp"
#include "channel/native/native.hpp"
#include "channel/tls/tls.hpp"

namespace sallyport::bench {
namespace {

using channel::Channel;

constexpr std::size_t buffer_size = 16 * (16384 + 64);  // as the relay's

void need(bool success) {
    if (!success) std::abort();
}

struct Pair {
    std::unique_ptr<Channel> client, server;
};

/// The two sides of one entry; makes its connections.
using Entry = std::function<Pair()>;

Entry native(std::string_view suite) {
    namespace native = channel::native;
    auto key = std::make_shared<const crypto::SigningKey>(Secret32{});
    native::ClientSettings client;
    client.label = "BENCH";
    client.offers.insert(*Suite::from_text(suite));
    client.pin = key->public_key();
    native::ServerSettings server;
    server.label = "BENCH";
    server.host_keys = {std::move(key)};
    const native::Admission admission{client.offers, true, {}};
    return [client = std::make_shared<const native::ClientSettings>(std::move(client)),
            server = std::make_shared<const native::ServerContext>(std::move(server)), admission] {
        return Pair{native::make_client(client, crypto::system_random()),
                    native::make_server(server, admission, crypto::system_random())};
    };
}

Entry tls(const channel::tls::Credentials& credentials, bool resume) {
    namespace tls = channel::tls;
    tls::ClientSettings client;
    client.pins = {tls::spki_pin(credentials.certificate_pem)};
    client.resume = resume;
    tls::ServerSettings server;
    server.certificate_pem = credentials.certificate_pem;
    server.private_key_pem = SecretText(std::string(credentials.private_key_pem.view()));
    tls::SettingsError error;
    return [client = tls::make_client_context(std::move(client), error),
            server = tls::make_server_context(std::move(server), error)] {
        return Pair{tls::make_client(client), tls::make_server(server)};
    };
}

/// Moves what `from` has pending; what `to` opens of it is dropped.
void deliver(Channel& from, Channel& to) {
    auto wire = from.take_pending();
    channel::Opened opened;
    need(!to.open(wire, opened) && opened.consumed == wire.size());
}

void settle(const Pair& pair) {
    while (pair.client->has_pending() || pair.server->has_pending()) {
        if (pair.client->has_pending()) deliver(*pair.client, *pair.server);
        if (pair.server->has_pending()) deliver(*pair.server, *pair.client);
    }
    need(pair.client->established() && pair.server->established());
}

/// Made, established, ended in both directions: what a connection costs beside its sockets.
void handshake(benchmark::State& state, const Entry& entry) {
    bool resumed = false;
    for (auto _ : state) {
        const auto pair = entry();
        settle(pair);
        resumed = pair.client->info().resumed;
        for (auto* end : {pair.client.get(), pair.server.get()}) end->end();
        while (pair.client->has_pending()) deliver(*pair.client, *pair.server);
        while (pair.server->has_pending()) deliver(*pair.server, *pair.client);
    }
    if (resumed) state.SetLabel("resumed");
}

/// Buffers as the relay has them, sealed and opened where they lie.
void records(benchmark::State& state, const Entry& entry) {
    const auto pair = entry();
    settle(pair);
    ByteVector buffer(buffer_size);
    channel::Slots slots;
    channel::Opened opened;
    std::int64_t bytes = 0;
    for (auto _ : state) {
        pair.client->slots(buffer, slots);
        std::size_t room = 0;
        for (const auto slot : slots) room += slot.size();
        const auto sealed = pair.client->seal(buffer, room);
        need(sealed.has_value());
        const auto start = static_cast<std::size_t>(sealed->data() - buffer.data());
        const auto wire = MutableBytes(buffer).subspan(start, sealed->size());
        need(!pair.server->open(wire, opened) && opened.consumed == wire.size());
        bytes += static_cast<std::int64_t>(room);
    }
    state.SetBytesProcessed(bytes);
}

void handshake_of_openssl(benchmark::State& state, OpensslEntry& entry) {
    bool resumed = false;
    for (auto _ : state) {
        auto pair = entry.connect();
        pair.shake_hands();
        resumed = SSL_session_reused(pair.client.get()) == 1;
        pair.end();
    }
    if (resumed) state.SetLabel("resumed");
}

void records_of_openssl(benchmark::State& state, OpensslEntry& entry) {
    auto pair = entry.connect();
    pair.shake_hands();
    ByteVector data(std::size_t{16} * 16384);
    for (auto _ : state) pair.send(data);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}

void run() {
    for (const auto* suite : {"AES256,X25519", "CHACHA20,X25519", "DES168,X25519", "AES256,DH2048", "DES168,DH1024"}) {
        benchmark::RegisterBenchmark((std::string("handshake/native ") + suite).c_str(), handshake, native(suite));
    }
    for (const auto* suite : {"AES256,X25519", "CHACHA20,X25519", "DES168,X25519"}) {
        benchmark::RegisterBenchmark((std::string("records/native ") + suite).c_str(), records, native(suite));
    }
    const auto credentials = channel::tls::make_self_signed("host.example");
    const auto certificate = std::string_view(credentials.certificate_pem);
    OpensslEntry full(certificate, credentials.private_key_pem.view(), false);
    OpensslEntry resuming(certificate, credentials.private_key_pem.view(), true);
    for (const bool resume : {false, true}) {
        const std::string how = resume ? ", again" : "";
        benchmark::RegisterBenchmark(("handshake/TLS" + how).c_str(), handshake, tls(credentials, resume));
        benchmark::RegisterBenchmark(("handshake/OpenSSL alone" + how).c_str(), handshake_of_openssl,
                                     std::ref(resume ? resuming : full));
    }
    benchmark::RegisterBenchmark("records/TLS", records, tls(credentials, false));
    benchmark::RegisterBenchmark("records/OpenSSL alone", records_of_openssl, std::ref(full));
    benchmark::RunSpecifiedBenchmarks();
}

}  // namespace
}  // namespace sallyport::bench

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
    sallyport::bench::run();
}
