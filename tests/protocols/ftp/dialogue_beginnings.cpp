// The chains that conversations are tested with, and what most dialogues begin with.
#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {

Settings plain_settings() {
    Settings settings;
    settings.front_peer = user_address;
    settings.back_peer = server_address;
    return settings;
}

Settings tls_front() {
    auto settings = plain_settings();
    settings.front = Kind::tls;
    return settings;
}

Settings implicit_front() {
    auto settings = tls_front();
    settings.front_implicit = true;
    return settings;
}

Settings tls_back() {
    auto settings = plain_settings();
    settings.back = Kind::tls;
    return settings;
}

Settings native_front() {
    auto settings = plain_settings();
    settings.front = Kind::native;
    return settings;
}

Settings native_back() {
    auto settings = plain_settings();
    settings.back = Kind::native;
    return settings;
}

Settings with_ipv6(Settings settings) {
    settings.front_peer = "2001:db8:1::1";
    settings.back_peer = "2001:db8:2::2";
    return settings;
}

void Dialogue::greet(Where where) {
    back("220 Hello", where);
    if (settings_.back == Kind::tls) {
        if (!settings_.back_implicit) {
            expect_to_back("AUTH TLS", where);
            back("234 Go on", where);
            expect(action::SecureControl{Side::back}, where);
            secured(Side::back, where);
        }
        expect_to_back("PBSZ 0", where);
        back("200 PBSZ=0", where);
        expect_to_back("PROT P", where);
        back("200 PROT", where);
    }
    expect_to_front("220 Hello", where);
}

void Dialogue::protect(Where where) {
    if (!settings_.front_implicit) {
        front("AUTH TLS", where);
        expect_to_front("234 Proceed with the TLS handshake", where);
        expect(action::SecureControl{Side::front}, where);
        secured(Side::front, where);
    }
    front("PBSZ 0", where);
    expect_to_front("200 PBSZ=0", where);
    front("PROT P", where);
    expect_to_front("200 Data connections are protected", where);
}

void Dialogue::log_in(Where where) {
    front("USER ann", where);
    expect_to_back("USER ann", where);
    back("331 Password", where);
    expect_to_front("331 Password", where);
    front("PASS secret", where);
    expect_to_back("PASS secret", where);
    back("230 Welcome", where);
    expect_to_front("230 Welcome", where);
}

void Dialogue::begin(Where where) {
    greet(where);
    if (settings_.front == Kind::tls) protect(where);
    log_in(where);
}

void Dialogue::prepare(std::uint16_t front_port, std::uint16_t back_port, Where where) {
    front("PASV", where);
    expect_to_back("PASV", where);
    back(write_227({"10.9.9.9", back_port}), where);
    expect(action::Listen{Side::front}, where);
    listening(Side::front, front_port, where);
    expect_to_front(write_227({relay_address, front_port}), where);
}

void Dialogue::start(std::string_view command, Where where) {
    prepare(40000, 50000, where);
    connected(Side::front, where);
    front(command, where);
    expect(action::Connect{Side::back, {server_address, 50000}}, where);
    connected(Side::back, where);
    expect_to_back(command, where);
    back("150 Here it comes", where);
    const bool tls_in = settings_.front == Kind::tls, tls_out = settings_.back == Kind::tls;
    if (tls_in) expect(action::RenewTickets{}, where);
    expect_to_front("150 Here it comes", where);
    if (tls_in || tls_out) {
        const Side side = tls_in ? Side::front : Side::back;
        expect(action::SecureData{side}, where);
        secured_data(side, where);
    }
    const bool up = command.starts_with("STOR") || command.starts_with("APPE") || command.starts_with("STOU");
    expect(action::Pump{up ? Direction::upload : Direction::download}, where);
}

}  // namespace sallyport::protocols::ftp::tests
