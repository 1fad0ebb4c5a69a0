/// The connections of FTP sessions, without FTP: a control connection, and data connections made of it.
#pragma once

#include <memory>
#include <utility>

#include "tests/channel/tls/certificates.hpp"

namespace sallyport::channel::tls::tests {

/// One connection of an FTP session, from one end to the other.
struct FtpExchange {
    FtpExchange(std::unique_ptr<FtpChannel> client_end, std::unique_ptr<FtpChannel> server_end)
        : client(*client_end), server(*server_end), exchange({std::move(client_end), std::move(server_end)}) {}

    bool carries_data() { return tests::carries_data(exchange); }
    bool resumed() const { return client.info().resumed && server.info().resumed; }

    FtpChannel& client;
    FtpChannel& server;
    channel::tests::Exchange exchange;
};

inline FtpExchange control_between(std::shared_ptr<ClientContext> client, std::shared_ptr<ServerContext> server,
                                   std::size_t chunk = SIZE_MAX) {
    FtpExchange control(make_control_client(std::move(client)), make_control_server(std::move(server)));
    control.exchange.connect(chunk);
    EXPECT_TRUE(control.carries_data()) << control.client.info().detail << control.server.info().detail;
    return control;
}

/// From the client of one session to the server of the same or another one.
inline FtpExchange data_between(const FtpChannel& client, const FtpChannel& server, std::size_t chunk = SIZE_MAX) {
    FtpExchange data(client.make_data(), server.make_data());
    data.exchange.connect(chunk);
    return data;
}
inline FtpExchange data_of(const FtpExchange& control, std::size_t chunk = SIZE_MAX) {
    return data_between(control.client, control.server, chunk);
}

/// From a client that knows nothing of the control connection. Yields what the server says of it.
inline Binding binding_of_stranger(std::shared_ptr<ClientContext> stranger, const FtpChannel& control) {
    auto server = control.make_data();
    const FtpChannel& asked = *server;
    channel::tests::Exchange exchange({make_client(std::move(stranger)), std::move(server)});
    exchange.connect();
    EXPECT_TRUE(carries_data(exchange)) << exchange.client->info().detail << exchange.server->info().detail;
    end_both(exchange);
    return asked.binding();
}

}  // namespace sallyport::channel::tls::tests
