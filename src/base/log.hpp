/// The log: one line a message, "TIME SP-NNNN L text", to standard error, written by a thread of its own, so that a
/// slow reader of the log never holds up a session. Nothing of a peer's bytes, no key and no payload is ever logged.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/messages.hpp"

namespace sallyport::log {

enum class Level { debug, info, warning, error };

/// Called once by main, before threads. Without it messages are dropped (tests).
void start(Level least);
void set_level(Level least);
/// Writes what is queued; the log is over.
void finish();

/// At most 20 lines a second of each number; the next line says how many were left out.
void write(const Message& message, std::string_view text);

/// For detail below "info"; has no number.
bool debugging();
void debug(std::string_view text);

template <typename... Args>
void write(const Message& message, fmt::format_string<Args...> format, Args&&... args) {
    write(message, std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}

}  // namespace sallyport::log
