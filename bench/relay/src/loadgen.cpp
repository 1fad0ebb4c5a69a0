/// Drives a TCP relay from both ends inside one process: one thread is the client, one the target behind the relay.
/// This one opens the measuring window, reads the relay's processor time at both ends of it and prints one JSON line.
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <exception>
#include <iostream>
#include <thread>

#include "client.hpp"
#include "cpu.hpp"
#include "options.hpp"
#include "target.hpp"

namespace sallyport::bench {
namespace {

using std::chrono::microseconds;

double quantile(std::vector<float>& values, double part) {
    if (values.empty()) return 0;
    const auto at = std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())));
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(at);
    std::nth_element(values.begin(), middle, values.end());
    return std::round(*middle * 10) / 10;
}

bool wait_until(Seconds patience, const auto& done) {
    const auto end = Clock::now() + patience;
    while (!done()) {
        if (Clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

/// What a thread does. One that breaks ends the program: half a load generator would measure nonsense.
auto guarded(auto& end) {
    return [&end](const std::stop_token& stop) {
        try {
            end.run(stop);
        } catch (const std::exception& error) {
            std::cerr << error.what() << std::endl;
            std::_Exit(1);
        }
    };
}

class Load {
public:
    explicit Load(const Options& options)
        : options_(options),
          target_(options.listen, counters_),
          client_(make_client(options, counters_)),
          target_thread_(guarded(target_)),
          client_thread_(guarded(*client_)) {}

    void measure();
    void obey();

private:
    struct Moment {
        Clock::time_point time = Clock::now();
        std::vector<microseconds> halves;
        microseconds client, target, machine, idle;
        std::uint64_t up, down;
    };

    Moment now();
    void wait_for_answers();
    void print(const Moment& begin, const Moment& end);

    const Options& options_;
    Counters counters_;
    Target target_;
    std::unique_ptr<Client> client_;
    std::jthread target_thread_, client_thread_;  // the client waits until some connections are wanted
};

Load::Moment Load::now() {
    Moment moment;
    for (const auto& [name, source] : options_.cpu) moment.halves.push_back(cpu_of(source));
    moment.client = cpu_of(client_thread_);
    moment.target = cpu_of(target_thread_);
    moment.machine = cpu_of_machine();
    moment.idle = idle_of_cores(options_.relay_cores);
    moment.up = counters_.up;
    moment.down = counters_.down;
    return moment;
}

void Load::wait_for_answers() {
    wait_until(options_.patience, [this] { return counters_.ready + counters_.failed >= counters_.wanted; });
}

void Load::measure() {
    const auto all_at_once = options_.scenario == Scenario::burst;
    if (!all_at_once) {
        counters_.wanted = options_.connections;
        if (options_.scenario != Scenario::rate) {
            wait_for_answers();
            if (counters_.ready < options_.connections) throw std::runtime_error("not all connections were answered");
        }
        std::this_thread::sleep_for(options_.warm_up);
    }
    const auto begin = now();
    counters_.measuring = true;
    if (all_at_once) {
        counters_.wanted = options_.connections;
        wait_for_answers();
    } else {
        std::this_thread::sleep_for(options_.window);
    }
    counters_.measuring = false;
    const auto end = now();
    for (auto* thread : {&client_thread_, &target_thread_}) {
        thread->request_stop();
        thread->join();
    }
    print(begin, end);
}

void Load::print(const Moment& begin, const Moment& end) {
    boost::json::object halves, failures;
    for (std::size_t i = 0; i < options_.cpu.size(); ++i) {
        halves[options_.cpu[i].first] = (end.halves[i] - begin.halves[i]).count();
    }
    for (const auto& [how, count] : client_->failures()) failures[how] = count;
    auto& latencies = client_->latencies();
    std::cout << boost::json::object{{"seconds", Seconds(end.time - begin.time).count()},
                                     {"connections", options_.connections},
                                     {"bytes", end.up - begin.up + end.down - begin.down},
                                     {"done", counters_.done.load()},
                                     {"failed", counters_.failed.load()},
                                     {"resumed", counters_.resumed.load()},
                                     {"p50_us", quantile(latencies, .5)},
                                     {"p99_us", quantile(latencies, .99)},
                                     {"p999_us", quantile(latencies, .999)},
                                     {"relay_us", halves},
                                     {"generator_us", (end.client - begin.client + end.target - begin.target).count()},
                                     {"machine_us", (end.machine - begin.machine).count()},
                                     {"idle_us", (end.idle - begin.idle).count()},
                                     {"failures", failures}}
              << std::endl;
}

/// hold: "open N" and "traffic", one a line, each answered by a line of JSON when it has happened.
void Load::obey() {
    for (std::string command; std::cin >> command;) {
        if (command == "open") {
            std::size_t count = 0;
            std::cin >> count;
            counters_.wanted = count;
            wait_for_answers();
        } else if (command == "traffic") {
            counters_.exchanged = 0;
            ++counters_.wave;
            wait_until(options_.patience, [this] { return counters_.exchanged >= counters_.wanted; });
        } else {
            throw std::runtime_error("no such command: " + command);
        }
        std::cout << boost::json::object{{"ready", counters_.ready.load()}, {"failed", counters_.failed.load()}}
                  << std::endl;
    }
}

}  // namespace
}  // namespace sallyport::bench

int main(int argc, char** argv) {
    try {
        const auto options = sallyport::bench::parse_options(argc, argv);
        sallyport::bench::raise_descriptor_limit();
        sallyport::bench::Load load(options);
        if (options.scenario == sallyport::bench::Scenario::hold) {
            load.obey();
        } else {
            load.measure();
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
