#include "channel/native/token.hpp"

#include <algorithm>

namespace sallyport::channel::native {
namespace {

/// D1: magic | 21 | 0040 | token[16] | random[32] | MAC16.     D2: 22 | 0030 | random[32] | MAC16.
constexpr std::size_t token_at = magic.size() + header_size;

bool is_framed(Bytes d1) {
    return d1.size() == data_open_size && std::equal(magic.begin(), magic.end(), d1.begin()) &&
           d1[magic.size()] == static_cast<std::uint8_t>(Type::data_open) &&
           get_u16(d1.subspan(magic.size() + 1)) == data_open_size - token_at;
}

struct Secrets {
    Secret32 client, server;
    Secrets(const Secret32& exporter, Bytes d1, Bytes d2)
        : client(derive(exporter, "d c", crypto::sha256({d1, d2}))),
          server(derive(exporter, "d s", crypto::sha256({d1, d2}))) {}
};

}  // namespace

DataOpen::DataOpen(const Secret32& exporter, Cipher cipher, const Token& token, crypto::Random& random)
    : exporter_(exporter.duplicate()), mac_key_(derive(exporter, "d mac", token)), cipher_(cipher) {
    d1_.resize(token_at);
    std::copy(magic.begin(), magic.end(), d1_.begin());
    d1_[magic.size()] = static_cast<std::uint8_t>(Type::data_open);
    put_u16(MutableBytes(d1_).subspan(magic.size() + 1), data_open_size - token_at);
    append(d1_, token);
    d1_.resize(d1_.size() + 32);
    random.fill(MutableBytes(d1_).last(32));
    append(d1_, mac16(mac_key_, {d1_}));
}

Result<DataKeys> DataOpen::take_answer(Bytes d2) const {
    if (d2.size() != data_answer_size || d2[0] != static_cast<std::uint8_t>(Type::data_answer) ||
        get_u16(d2.subspan(1)) != data_answer_size - header_size) {
        return make_error_code(Error::bad_answer);
    }
    const auto expected = mac16(mac_key_, {crypto::sha256({d1_}), d2.first(d2.size() - mac_size)});
    if (!equal_in_constant_time(expected, d2.last(mac_size))) return make_error_code(Error::bad_finish);
    Secrets secrets(exporter_, d1_, d2);
    return DataKeys{Sealer(cipher_, std::move(secrets.client)), Opener(cipher_, std::move(secrets.server))};
}

Token TokenStore::add(Ticket ticket, crypto::Random& random) {
    Token token;
    random.fill(token);
    tickets_.insert_or_assign(token, std::move(ticket));
    return token;
}

Result<TokenStore::Accepted> TokenStore::take(Bytes d1, crypto::Random& random) {
    if (!is_framed(d1)) return make_error_code(Error::stranger);
    Token token;
    std::copy_n(d1.begin() + token_at, token.size(), token.begin());
    const auto found = tickets_.find(token);
    if (found == tickets_.end()) return make_error_code(Error::stranger);
    const Secret32 mac_key = derive(found->second.exporter, "d mac", token);
    if (!equal_in_constant_time(mac16(mac_key, {d1.first(d1.size() - mac_size)}), d1.last(mac_size))) {
        return make_error_code(Error::stranger);
    }
    Ticket ticket = std::move(found->second);
    tickets_.erase(found);

    ByteVector d2{static_cast<std::uint8_t>(Type::data_answer), 0, data_answer_size - header_size};
    d2.resize(d2.size() + 32);
    random.fill(MutableBytes(d2).last(32));
    append(d2, mac16(mac_key, {crypto::sha256({d1}), Bytes(d2)}));
    Secrets secrets(ticket.exporter, d1, d2);
    return Accepted{
        std::move(d2),
        {Sealer(ticket.cipher, std::move(secrets.server)), Opener(ticket.cipher, std::move(secrets.client))},
        ticket.owner,
        ticket.cipher,
        std::move(ticket.session)};
}

}  // namespace sallyport::channel::native
