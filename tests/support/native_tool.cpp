// One end of the native channel by lines on standard input and output, for the tests that put it beside the reference.
// Each line is a request; the answer is "ok", "ok VALUE" or "error NAME". Bytes are hexadecimal digits; "-" is nothing.
//
//     client LABEL OFFERS PIN FIXED_KEY CLIENT_SEED OWN_KEY RANDOM_SEED         M1
//     answer M2 | server M3 (yields M4)
//     host LABEL ALLOWED HOST_SEED FIXED_KEY,... CLIENT_KEY,... RANDOM_SEED     masks and seeds of randomness are
//     decimal hello M1 (yields M2 and M3) | finish M4 exporter | seal TYPE CONTENT | open FRAME (yields "TYPE CONTENT")
//     data-open TOKEN (yields D1) | data-answer D2 | token | data-accept D1 (yields D2)
//     card TEXT (yields the host's key) | fixed TEXT (yields the key)
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "channel/native/card.hpp"
#include "channel/native/handshake.hpp"
#include "channel/native/key_file.hpp"
#include "channel/native/token.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::channel;
using namespace sallyport::channel::native;

class SeededRandom final : public crypto::Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(MutableBytes bytes) override {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937_64 engine_;
};

ByteVector bytes_of(const std::string& hex) {
    ByteVector bytes;
    if (hex != "-" && !from_hex(hex, bytes)) throw std::invalid_argument(hex);
    return bytes;
}
std::array<std::uint8_t, 32> key_of(const std::string& hex) {
    const auto bytes = bytes_of(hex);
    std::array<std::uint8_t, 32> key{};
    if (bytes.size() != key.size()) throw std::invalid_argument(hex);
    std::ranges::copy(bytes, key.begin());
    return key;
}
SuiteSet suites_of(const std::string& mask) {
    return SuiteSet::from_mask(static_cast<std::uint16_t>(std::stoul(mask))).value();
}
std::vector<std::string> list_of(const std::string& words) {
    std::vector<std::string> list;
    std::istringstream in(words == "-" ? "" : words);
    for (std::string word; std::getline(in, word, ',');) list.push_back(word);
    return list;
}

/// A value to answer with, as text; or an error.
using Answer = Result<std::string>;

class Tool {
public:
    Answer operator()(const std::vector<std::string>& words) { return commands_.at(words.at(0))(words); }

private:
    using Words = const std::vector<std::string>&;

    Answer client(Words w) {
        ClientSettings settings;
        settings.label = w.at(1);
        settings.offers = suites_of(w.at(2));
        if (w.at(3) != "-") settings.pin = key_of(w[3]);
        if (w.at(4) != "-") settings.fixed_key.emplace(key_of(w[4]));
        if (w.at(5) != "-") settings.client_key.emplace(Secret32(key_of(w[5])));
        if (w.at(6) != "-") settings.own_host_keys.push_back(key_of(w[6]));
        random_.emplace(std::stoull(w.at(7)));
        outcome_.reset();
        client_.emplace(std::make_shared<const ClientSettings>(std::move(settings)), *random_);
        return to_hex(client_->hello());
    }
    Answer answer(Words w) {
        const auto m2 = bytes_of(w.at(1));
        const auto size =
            m2.size() > header_size ? ClientHandshake::answer_size(Bytes(m2).first(header_size + 1)) : std::nullopt;
        if (size != m2.size()) return make_error_code(Error::bad_answer);
        if (const auto error = client_->take_answer(m2)) return error;
        return "";
    }
    Answer server(Words w) {
        auto m3 = bytes_of(w.at(1));
        if (!is_framed(m3, Type::server, server_frame_size)) return make_error_code(Error::bad_answer);
        const auto m4 = client_->take_server(m3);
        if (!m4) return m4.error();
        outcome_.emplace(client_->outcome());
        return to_hex(*m4);
    }

    Answer host(Words w) {
        ServerSettings settings;
        settings.label = w.at(1);
        admission_ = {suites_of(w.at(2)), true, {}};
        settings.host_keys = {std::make_shared<crypto::SigningKey>(Secret32(key_of(w.at(3))))};
        for (const auto& key : list_of(w.at(4))) settings.fixed_keys.push_back({"fixed", Secret32(key_of(key))});
        if (w.at(5) != "-") settings.client_keys.emplace();
        for (const auto& key : list_of(w[5])) settings.client_keys->push_back({"client", key_of(key)});
        random_.emplace(std::stoull(w.at(6)));
        outcome_.reset();
        server_.emplace(std::make_shared<const ServerContext>(std::move(settings)), *random_);
        return "";
    }
    Answer hello(Words w) {
        const auto reply = server_->take_hello(bytes_of(w.at(1)), admission_);
        if (!reply) return reply.error();
        return to_hex(*reply);
    }
    Answer finish(Words w) {
        auto m4 = bytes_of(w.at(1));
        if (!is_framed(m4, Type::client, client_frame_size)) return make_error_code(Error::unexpected_record);
        if (const auto error = server_->take_client(m4)) return error;
        outcome_.emplace(server_->outcome());
        return "";
    }

    Answer seal(Words w) {
        const auto frame = outcome_->sealer.seal(static_cast<Type>(std::stoul(w.at(1))), bytes_of(w.at(2)));
        if (!frame) return frame.error();
        return to_hex(*frame);
    }
    Answer open(Words w) {
        auto frame = bytes_of(w.at(1));
        if (frame.size() < record_overhead || frame.size() > max_record ||
            get_u16(Bytes(frame).subspan(1)) != frame.size() - header_size) {
            return make_error_code(Error::record_too_long);
        }
        const auto content = outcome_->opener.open(frame);
        if (!content) return content.error();
        return std::to_string(frame[0]) + ' ' + to_hex(*content);
    }

    /// A data channel takes the place of the control session: its records are sealed and opened next.
    Answer data_open(Words w) {
        Token token{};
        std::ranges::copy(bytes_of(w.at(1)), token.begin());
        data_open_.emplace(outcome_->exporter, outcome_->suite.cipher(), token, *random_);
        return to_hex(data_open_->message());
    }
    Answer data_answer(Words w) {
        auto keys = data_open_->take_answer(bytes_of(w.at(1)));
        if (!keys) return keys.error();
        use(std::move(*keys));
        return "";
    }
    Answer token(Words) {
        return to_hex(tokens_.add({outcome_->exporter.duplicate(), outcome_->suite.cipher(), 1}, *random_));
    }
    Answer data_accept(Words w) {
        auto accepted = tokens_.take(bytes_of(w.at(1)), *random_);
        if (!accepted) return accepted.error();
        use(std::move(accepted->keys));
        return to_hex(accepted->answer);
    }
    void use(DataKeys keys) {
        outcome_->sealer = std::move(keys.sealer);
        outcome_->opener = std::move(keys.opener);
    }

    static bool is_framed(Bytes frame, Type type, std::size_t size) {
        return frame.size() == size && frame[0] == static_cast<std::uint8_t>(type) &&
               get_u16(frame.subspan(1)) == size - header_size;
    }

    std::optional<SeededRandom> random_;
    std::optional<ClientHandshake> client_;
    std::optional<ServerHandshake> server_;
    Admission admission_;
    std::optional<Outcome> outcome_;
    std::optional<DataOpen> data_open_;
    TokenStore tokens_;
    const std::map<std::string, std::function<Answer(Words)>> commands_{
        {"client", [this](Words w) { return client(w); }},
        {"answer", [this](Words w) { return answer(w); }},
        {"server", [this](Words w) { return server(w); }},
        {"host", [this](Words w) { return host(w); }},
        {"hello", [this](Words w) { return hello(w); }},
        {"finish", [this](Words w) { return finish(w); }},
        {"exporter", [this](Words) -> Answer { return to_hex(outcome_->exporter.bytes()); }},
        {"seal", [this](Words w) { return seal(w); }},
        {"open", [this](Words w) { return open(w); }},
        {"data-open", [this](Words w) { return data_open(w); }},
        {"data-answer", [this](Words w) { return data_answer(w); }},
        {"token", [this](Words w) { return token(w); }},
        {"data-accept", [this](Words w) { return data_accept(w); }},
        {"card",
         [](Words w) -> Answer {
             const auto card = read_card(as_text(bytes_of(w.at(1))));
             if (!card) return card.error();
             return to_hex(card->key);
         }},
        {"fixed",
         [](Words w) -> Answer {
             const auto key = read_fixed_key(as_text(bytes_of(w.at(1))));
             if (!key) return key.error();
             return to_hex(key->bytes());
         }},
    };
};

}  // namespace

int main() {
    Tool tool;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream in(line);
        const std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
        const auto answer = tool(words);
        if (answer) {
            std::cout << (answer->empty() ? "ok" : "ok " + *answer) << std::endl;
        } else {
            std::cout << "error " << error_name(answer.error()) << std::endl;
        }
    }
}
