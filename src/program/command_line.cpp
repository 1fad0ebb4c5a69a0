#include "program/command_line.hpp"

#include <fmt/format.h>

#include <iostream>

#include "base/log.hpp"
#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/files.hpp"

namespace sallyport::program {

namespace po = boost::program_options;

CommandLine read_command_line(const std::string& program, int argc, const char* const* argv,
                              const po::options_description& options) {
    CommandLine line;
    po::options_description all;
    all.add(options).add_options()("word", po::value(&line.words));
    po::positional_options_description positional;
    positional.add("word", -1);
    try {
        using style = po::command_line_style::style_t;
        po::store(po::command_line_parser(argc, argv)
                      .options(all)
                      .positional(positional)
                      .style(style::default_style & ~style::allow_guessing)
                      .run(),
                  line.given);
        po::notify(line.given);
    } catch (const po::error& error) {
        throw UsageError(fmt::format("{}; see: {} --help", error.what(), program));
    }
    return line;
}

int run_program(const std::string& program, const std::function<int()>& act) {
    const auto fail = [&](const std::exception& error, int code) {
        log::finish();
        std::cerr << program << ": " << error.what() << "\n";
        return code;
    };
    try {
        const int code = act();
        log::finish();
        return code;
    } catch (const UsageError& error) {
        return fail(error, exit_usage);
    } catch (const FileProblem& error) {
        return fail(error, error.not_permitted ? exit_not_permitted : exit_configuration);
    } catch (const NotRunning& error) {
        return fail(error, exit_not_running);
    } catch (const AlreadyRunning& error) {
        return fail(error, exit_try_again);
    } catch (const std::exception& error) {
        return fail(error, exit_failed);
    }
}

}  // namespace sallyport::program
