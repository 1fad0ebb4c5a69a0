// Bytes of a stranger, to a server and to a client, in two pieces. What OpenSSL does with whole records is its own
// affair; that it is given nothing else, and that nothing unproven comes out, is ours.
#include <algorithm>
#include <cstdlib>

#include "channel/tls/tls.hpp"

using namespace sallyport;
using namespace sallyport::channel;

namespace {

struct Contexts {
    std::shared_ptr<tls::ServerContext> server;
    std::shared_ptr<tls::ClientContext> client;
};

Contexts make_contexts() {
    auto credentials = tls::make_self_signed("host.example");
    tls::ClientSettings client;
    client.pins = {tls::spki_pin(credentials.certificate_pem)};
    tls::ServerSettings server;
    server.client_ca_pem = credentials.certificate_pem;
    server.certificate_pem = std::move(credentials.certificate_pem);
    server.private_key_pem = std::move(credentials.private_key_pem);
    tls::SettingsError error;
    return {make_server_context(std::move(server), error), make_client_context(std::move(client), error)};
}

void require(bool holds) {
    if (!holds) std::abort();
}

/// Opens from a buffer of the exact size; yields what is left.
ByteVector open(Channel& channel, Bytes bytes) {
    ByteVector arrived(bytes.begin(), bytes.end());
    Opened opened;
    const auto error = channel.open(arrived, opened);
    require(opened.consumed <= arrived.size());
    require(opened.plaintext.empty() && !channel.established() && !channel.peer_ended());
    require(error || arrived.size() - opened.consumed < 5 + 16384 + 256);
    return ByteVector(arrived.begin() + static_cast<std::ptrdiff_t>(opened.consumed), arrived.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Contexts contexts = make_contexts();
    if (size < 2) return 0;
    const auto channel = (data[0] & 1) != 0 ? tls::make_client(contexts.client) : tls::make_server(contexts.server);
    const Bytes bytes(data + 2, size - 2);
    const auto cut = std::min<std::size_t>(data[1], bytes.size());
    auto rest = open(*channel, bytes.first(cut));
    append(rest, bytes.subspan(cut));
    open(*channel, rest);
    channel->take_pending();
    require(channel->transport_ended().failed());
    return 0;
}
