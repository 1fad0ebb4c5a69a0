#include <iostream>

#include "base/log.hpp"
#include "client/options.hpp"
#include "client/trust.hpp"
#include "client/verbs.hpp"
#include "client/workstation.hpp"
#include "program/control.hpp"
#include "program/exit_code.hpp"
#include "program/files.hpp"
#include "program/version.hpp"

namespace sallyport::client {
namespace {

int dispatch(const Options& options) {
    if (options.help) return (std::cout << help_text()), program::exit_ok;
    if (options.version) return (std::cout << program::version_text("sallyport")), program::exit_ok;
    constexpr std::pair<std::string_view, int (*)(const Options&)> verbs[] = {
        {"up", run},        {"list", list},   {"check", check},     {"add", add},       {"edit", edit},
        {"remove", remove}, {"trust", trust}, {"protect", protect}, {"status", status}, {"sessions", sessions},
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
    using namespace sallyport::program;
    const auto fail = [](const std::exception& error, int code) {
        log::finish();
        std::cerr << "sallyport: " << error.what() << "\n";
        return code;
    };
    try {
        const int code = client::dispatch(client::parse_options(argc, argv));
        log::finish();
        return code;
    } catch (const client::UsageError& error) {
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
