/// The surroundings in which most tests read a table.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "portconf/parser.hpp"

namespace sallyport::portconf {

inline const Services& services() {
    static const Services services(
        "ftp   21/tcp   fsp  # File Transfer\n"
        "top   23450/tcp\n"
        "tftp  69/udp\n"
        "echo  7/tcp\n"
        "echo  7/udp\n");
    return services;
}

inline Context context() {
    return {.file = "portconf",
            .services = services(),
            .tcp_processes = {{"$ZB019", "192.168.0.3"}, {"$ZSIX", "FE80::0:1"}, {"$ZBAD", "host-prod"}},
            .today = {},
            .legacy_until = {}};
}

inline Table parse(std::string_view text) { return parse(text, context()); }

/// What is reported about a table, as a user reads it.
inline std::string reported(std::string_view text, const Context& with = context()) {
    return render(parse(text, with).diagnostics);
}

/// The entry of a table of one line; the test fails when there is none, or when there is anything but notices.
inline Entry entry_of(std::string_view line, const Context& with = context()) {
    const Table table = parse(line, with);
    EXPECT_FALSE(table.has_errors()) << render(table.diagnostics);
    EXPECT_EQ(table.entries.size(), 1u) << line;
    return table.entries.empty() ? Entry{} : table.entries.front();
}

}  // namespace sallyport::portconf
