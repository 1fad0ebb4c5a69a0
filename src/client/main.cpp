#include <iostream>

#include "client/options.hpp"
#include "client/trust.hpp"
#include "client/verbs.hpp"
#include "client/workstation.hpp"
#include "program/exit_code.hpp"
#include "program/explain.hpp"
#include "program/version.hpp"

namespace sallyport::client {
namespace {

int explain(const Options& options) {
    if (options.arguments[0] != "ftp") throw UsageError("write: sallyport explain ftp");
    std::cout << program::explain_ftp();
    return program::exit_ok;
}

int dispatch(const Options& options) {
    if (options.help) return (std::cout << help_text()), program::exit_ok;
    if (options.version) return (std::cout << program::version_text("sallyport")), program::exit_ok;
    constexpr std::pair<std::string_view, int (*)(const Options&)> verbs[] = {
        {"up", run},        {"list", list},         {"check", check},     {"add", add},
        {"edit", edit},     {"remove", remove},     {"trust", trust},     {"protect", protect},
        {"status", status}, {"sessions", sessions}, {"explain", explain},
    };
    for (const auto& [name, act] : verbs) {
        if (name == options.verb) return act(options);
    }
    throw UsageError("there is no verb '" + options.verb + "'; see: sallyport --help");
}

}  // namespace
}  // namespace sallyport::client

int main(int argc, char** argv) {
    using namespace sallyport;
    return program::run_program("sallyport", [&] { return client::dispatch(client::parse_options(argc, argv)); });
}
