/// What the programs exit with: the numbers of sysexits(3), as far as they are used.
#pragma once

namespace sallyport::program {

enum ExitCode : int {
    exit_ok = 0,
    exit_failed = 1,
    exit_usage = 64,
    exit_not_running = 69,
    exit_try_again = 75,
    exit_not_permitted = 77,
    exit_configuration = 78,
};

}  // namespace sallyport::program
