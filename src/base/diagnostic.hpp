/// What is wrong with a text that a person wrote, where it stands, and what to write instead.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sallyport {

enum class Severity {
    error,    // what it speaks of is not used
    warning,  // it is used, and someone should think again
    notice,   // it is used as it says here
};

/// Shown by render() as
///
///     portconf:3:1: port 70000 is outside 1-65535
///       70000 $system.relay.he -p2345 -t$ZB019 -aTOP
///       ^
///       write a port from 1 to 65535
struct Diagnostic {
    Severity severity = Severity::error;
    std::string file;
    std::size_t line = 0;    // from 1; 0: it speaks of the file as a whole, and no line is shown
    std::size_t column = 1;  // of the first offending byte of `source`, from 1
    std::size_t length = 1;  // of the offending text, in bytes
    std::string source;      // the whole line, as it stands, secrets masked; the column counts in this text
    std::string reason;      // no full stop at its end; may quote the text
    std::string remedy;      // what to write instead; may be empty
};

/// Lines for a terminal, each with its newline. Control bytes and broken UTF-8 are shown as \xNN, so that no text can
/// play with the terminal; tabs stay, and the caret stays under its text; of a long line only the part around the
/// caret is shown.
std::string render(const Diagnostic& diagnostic);
std::string render(const std::vector<Diagnostic>& diagnostics);

/// True when one of them is an error.
bool has_error(const std::vector<Diagnostic>& diagnostics);

}  // namespace sallyport
