/// What the two programs do alike with their command lines, and with what goes wrong behind them.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sallyport::program {

/// What is wrong with the command line, and what to write.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct CommandLine {
    boost::program_options::variables_map given;  // also where its value is bound to a variable
    std::vector<std::string> words;               // the verb and its arguments, between or behind the options
};

/// Options may stand before or behind the words, and are written out: what a script says must mean the same in the next
/// version. Throws UsageError.
CommandLine read_command_line(const std::string& program, int argc, const char* const* argv,
                              const boost::program_options::options_description& options);

/// The body of main: runs `act`, ends the log, and prints what was thrown, in one line that says what to change. An
/// exit code.
int run_program(const std::string& program, const std::function<int()>& act);

}  // namespace sallyport::program
