/// The arguments of an entry: `-p2345`, `-p 2345`, `--target-port 2345` and `--target-port=2345` are the same.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string_view>

#include "portconf/report.hpp"

namespace sallyport::portconf {

struct FlagKind {
    char letter;
    std::string_view name;
    std::string_view example;
};

inline constexpr std::array<FlagKind, 9> flag_kinds{{
    {'p', "target-port", "-p2345"},
    {'t', "tcp-process", "-t$ZTC0"},
    {'a', "protocol", "-aTOP"},
    {'h', "target-host", "-h192.168.0.3"},
    {'l', "listen", "-l192.168.0.3"},
    {'s', "secure", "-snative,tls"},
    {'e', "encryption", "-eAES256,X25519"},
    {'k', "fixed-key", "-k/etc/sallyport/top.key"},
    {'c', "client-ca", "-c/etc/sallyport/clients.pem"},
}};

struct Flag {
    std::string_view written;  // "-p", "--target-port"
    std::string_view value;    // empty: it has none, and that has been reported
};

/// By letter. Of a flag that is given twice the first counts; the second has been reported.
using Flags = std::map<char, Flag>;

Flags read_flags(std::span<const std::string_view> words, LineReport& report);

}  // namespace sallyport::portconf
