// Any first message to a server. Half of the time it is made to carry a right MAC, so that what lies behind is reached.
// Nothing is said to who does not know the host; who does is judged as docs/native-channel.md, 7.1 says.
#include <algorithm>

#include "channel/native/format.hpp"
#include "channel/native/native.hpp"
#include "native_ends.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::channel;
using namespace sallyport::channel::native;
using fuzz::require;

struct Choices {
    bool knows_host, fixed, pinned, modern_alone, busy, may_enrol;
    std::size_t cut;
    explicit Choices(std::uint8_t flags, std::uint8_t at)
        : knows_host((flags & 1) != 0),
          fixed((flags & 2) != 0),
          pinned((flags & 4) != 0 || !fixed),
          modern_alone((flags & 8) != 0),
          busy((flags & 16) != 0),
          may_enrol((flags & 32) != 0),
          cut(at) {}
    SuiteSet allowed() const { return modern_alone ? SuiteSet::modern() : SuiteSet::all(); }
};

ByteVector mac1_of(const Choices& choices, Bytes before) {
    const auto key = fuzz::secret_of(3);
    const auto host = choices.pinned ? host_id(fuzz::host_key()->public_key()) : no_pin;
    const auto mac1_key = choices.fixed ? mac1_key_of_fixed(import_fixed_key(&key, host))
                                        : mac1_key_of_host(fuzz::host_key()->public_key());
    const auto mac = mac16(mac1_key, {before});
    return {mac.begin(), mac.end()};
}

/// A hello of one of the four lengths, with the input for all that is not fixed.
ByteVector known_hello(const Choices& choices, Bytes input) {
    const std::size_t shares = input.empty() ? 0 : std::size_t{input[0] & 3u} * modp1024_size;
    ByteVector m1(hello_host_id_at - 32 + hello_body_least + shares);
    const auto body = input.empty() ? input : input.subspan(1);
    std::copy_n(body.begin(), std::min(body.size(), m1.size() - hello_random_at), m1.begin() + hello_random_at);
    std::copy(magic.begin(), magic.end(), m1.begin());
    m1[magic.size()] = static_cast<std::uint8_t>(Type::hello);
    put_u16(MutableBytes(m1).subspan(5), static_cast<std::uint16_t>(m1.size() - 7));
    const auto host = choices.pinned ? host_id(fuzz::host_key()->public_key()) : no_pin;
    std::copy(host.begin(), host.end(), m1.begin() + hello_host_id_at);
    m1.resize(m1.size() - mac_size);
    append(m1, mac1_of(choices, m1));
    return m1;
}

/// What a server must say to a hello with a right MAC; shares apart, which it may still refuse.
error_code expected_of(const Choices& choices, Bytes m1) {
    const unsigned offers = get_u16(m1.subspan(hello_offers_at));
    const std::size_t shares = ((offers & 0x02C) != 0 ? 256u : 0u) + ((offers & 0x1C0) != 0 ? 128u : 0u);
    auto label = std::string(as_text(m1.subspan(hello_label_at, max_label_size)));
    label.erase(label.find_last_not_of('\0') + 1);
    if (offers == 0 || offers > 0x1FF || m1.size() != 137 + shares || !is_label(label)) return Error::stranger;
    if (label != "TOP") return Error::wrong_label;
    if (choices.busy) return Error::busy;
    if ((offers & choices.allowed().mask()) != 0) return {};
    return (offers & 0x00F) != 0 ? Error::no_common_suite : Error::legacy_suites_refused;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Choices choices(data[0], data[1]);
    const Bytes input(data + 2, size - 2);
    const auto wire = choices.knows_host ? known_hello(choices, input) : ByteVector(input.begin(), input.end());

    static const auto with_fixed = std::make_shared<const ServerContext>(fuzz::server_settings(true));
    static const auto without = std::make_shared<const ServerContext>(fuzz::server_settings(false));
    fuzz::SeededRandom random(1);
    const auto server = make_server(choices.fixed ? with_fixed : without,
                                    {choices.allowed(), !choices.busy, [&] { return choices.may_enrol; }}, random);
    Opened opened;
    fuzz::Exact first(Bytes(wire).first(std::min(choices.cut, wire.size())));
    auto error = server->open(first.bytes(), opened);
    if (!error) {
        fuzz::Exact all(Bytes(wire).subspan(opened.consumed));
        error = server->open(all.bytes(), opened);
    }
    require(!server->established() && !server->peer_ended() && opened.plaintext.empty());
    require(server->transport_ended().failed());
    const auto said = server->take_pending();

    if (choices.knows_host) {
        const auto expected = expected_of(choices, wire);
        require(error == expected || (!expected && error == Error::bad_share));
    }
    if (said.empty()) {
        require(!refusal_of(error));
    } else if (error == Error::card_sent) {
        require(choices.may_enrol && said.size() == 7 && said[0] == 0x32);
    } else {  // M2 and M3, or a REFUSE: only to who made the MAC
        require(wire.size() > mac_size);
        const auto m1 = Bytes(wire).first(7u + get_u16(Bytes(wire).subspan(5)));
        const auto pinned = std::any_of(m1.begin() + hello_host_id_at, m1.begin() + hello_label_at,
                                        [](auto byte) { return byte != 0; });
        Choices as_sent = choices;
        as_sent.pinned = pinned;
        require(std::ranges::equal(m1.last(mac_size), mac1_of(as_sent, m1.first(m1.size() - mac_size))));
        require(error ? said.size() == 4 && said[0] == 3 && said[3] == static_cast<std::uint8_t>(*refusal_of(error))
                      : said[0] == 2 && (choices.allowed().mask() >> (said[3] - 1) & 1) != 0);
    }
    return 0;
}
