/// The kinds of channel that the contract tests run on. A new kind is one more row of the table in kinds.cpp.
#pragma once

#include <iosfwd>
#include <vector>

#include "tests/channel/exchange.hpp"

namespace sallyport::channel::tests {

struct Kind {
    const char* name;                     // a test's name: letters, digits, underscores
    bool secured;                         // the channel encrypts, and can tell an end from a cut
    Pair (*make)();                       // two ends that trust each other
    Error unanswered = Error::truncated;  // the client's word for a host that closes without one
};

std::vector<Kind> kinds();

std::ostream& operator<<(std::ostream& out, const Kind& kind);

}  // namespace sallyport::channel::tests
