#include "client/trust.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/algorithm/string/predicate.hpp>
#include <iostream>
#include <stdexcept>

#include "channel/native/card.hpp"
#include "channel/native/key_schedule.hpp"
#include "client/list/edit.hpp"
#include "client/list_file.hpp"
#include "client/probe.hpp"
#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/files.hpp"

namespace sallyport::client {
namespace {

namespace native = channel::native;

/// What the user says to the fingerprint that the host showed. Without a terminal, only --fingerprint can say yes.
bool confirmed(const std::string& shown, const Options& options, const std::string& where) {
    if (!options.fingerprint.empty()) {
        if (boost::iequals(options.fingerprint, shown)) return true;
        throw std::runtime_error(
            fmt::format("the host shows {}, not {}: this is another host, or somebody is in between; nothing "
                        "was changed",
                        shown, options.fingerprint));
    }
    std::cout << where << "\n  " << shown << "\n";
    if (::isatty(STDIN_FILENO) == 0) {
        throw std::runtime_error(
            fmt::format("compare it with what the host's administrator has, and run: sallyport trust {} "
                        "--fingerprint {}",
                        options.arguments[0], shown));
    }
    std::cout << "Is this what the host's administrator has? Type yes to trust it: " << std::flush;
    std::string word;
    std::getline(std::cin, word);
    return word == "yes";
}

void keep(const ListFile& file, const Options& options, const FieldValues& values) {
    const auto now = read_list(file.path);  // it may have changed while the user thought
    const auto text = set_fields(now.text, options.arguments[0], values);
    if (!text) throw std::runtime_error(error_sentence(text.error()));
    write_list(file.path, *text);
    try {
        program::ask(options.state / "control.socket", {"reload"});
    } catch (const program::NotRunning&) {
        // nothing to tell: the next `up` reads the list
    }
}

int trust_native(const ListFile& file, const Entry& entry, const Options& options) {
    const auto folder = file.path.parent_path();
    std::string text;
    if (!options.card.empty()) {
        text = program::read_file(options.card);
    } else {
        auto fetched = fetch_card(entry);
        if (!fetched) {
            throw std::runtime_error(
                fmt::format("{} gives no card: {}; have the card's file from its administrator, and run: "
                            "sallyport trust {} --card FILE",
                            entry.host, error_sentence(fetched.error()), entry.name));
        }
        text = std::move(*fetched);
    }
    const auto card = native::read_card(text);
    if (!card) throw std::runtime_error(error_sentence(card.error()));
    const auto shown = native::fingerprint(card->key);

    // 12.4: a pin is never replaced silently.
    std::optional<crypto::PublicKey> known = entry.host_key;
    if (!entry.card.empty() && std::filesystem::exists(folder / entry.card)) {
        const auto old = native::read_card(program::read_file(folder / entry.card));
        if (!old) {
            throw std::runtime_error(fmt::format("{} is there and cannot be read: {}; remove it if it is of no use",
                                                 (folder / entry.card).string(), error_sentence(old.error())));
        }
        known = old->key;
    }
    if (known && !equal_in_constant_time(*known, card->key)) {
        throw std::runtime_error(
            fmt::format("the host's key has CHANGED: it shows {}, the entry trusts {}; nothing was changed. If the "
                        "administrator confirms the new one, remove the old: sallyport edit {} card= host-key=",
                        shown, native::fingerprint(*known), entry.name));
    }
    const auto where = fmt::format("{} says it is '{}', with this fingerprint:", entry.host, card->host);
    if (options.card.empty() && !confirmed(shown, options, where)) {
        std::cout << "not trusted; nothing was changed\n";
        return program::exit_failed;
    }
    if (!options.card.empty() && !options.fingerprint.empty()) (void)confirmed(shown, options, where);
    const std::string name = entry.name + ".card";
    program::write_file(folder / name, text, program::Readable::by_all);
    keep(file, options, {{"card", name}, {"host-key", ""}});
    std::cout << fmt::format("{} trusts {}\n", entry.name, shown);
    return program::exit_ok;
}

int trust_tls(const ListFile& file, const Entry& entry, const Options& options) {
    if (!options.card.empty())
        throw std::runtime_error("a card is for the native channel; TLS has pins: pin = sha256//...");
    const auto shown = fetch_tls_key(entry);
    if (!shown)
        throw std::runtime_error(fmt::format("{} shows no TLS key: {}", entry.host, error_sentence(shown.error())));
    if (!entry.pins.empty() && std::find(entry.pins.begin(), entry.pins.end(), *shown) == entry.pins.end()) {
        throw std::runtime_error(
            fmt::format("the host's key has CHANGED: it shows {}, the entry trusts {}; nothing was changed. If the "
                        "administrator confirms the new one, remove the old: sallyport edit {} pin=",
                        *shown, entry.pins.front(), entry.name));
    }
    if (!confirmed(*shown, options, fmt::format("{} shows a TLS key with this pin:", entry.host))) {
        std::cout << "not trusted; nothing was changed\n";
        return program::exit_failed;
    }
    keep(file, options, {{"pin", *shown}});
    std::cout << fmt::format("{} trusts {}\n", entry.name, *shown);
    return program::exit_ok;
}

}  // namespace

int trust(const Options& options) {
    const auto file = read_list(options.servers);
    const Entry& entry = file.at(options.arguments[0]);
    return entry.native() ? trust_native(file, entry, options) : trust_tls(file, entry, options);
}

}  // namespace sallyport::client
