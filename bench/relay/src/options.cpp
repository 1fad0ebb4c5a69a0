#include "options.hpp"

#include <boost/program_options.hpp>
#include <map>
#include <stdexcept>

#include "socket.hpp"

namespace sallyport::bench {
namespace {

namespace po = boost::program_options;

template <typename Value>
Value choice(const std::map<std::string, Value>& choices, const std::string& text) {
    const auto found = choices.find(text);
    if (found == choices.end()) throw std::runtime_error("no such choice: " + text);
    return found->second;
}

std::pair<std::string, std::string> named(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) throw std::runtime_error("--cpu wants NAME=SOURCE");
    return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

Options parse_options(int argc, char** argv) {
    Options options;
    std::string scenario, connect, listen, flow;
    double warm_up, window, patience;
    std::vector<std::string> cpu;

    po::options_description known("loadgen SCENARIO --connect ADDRESS --listen ADDRESS");
    auto add = known.add_options();
    add("scenario", po::value(&scenario)->required(), "bulk, rate, latency, burst or hold");
    add("connect", po::value(&connect)->required(), "where the relay listens");
    add("listen", po::value(&listen)->required(), "where the relay connects to");
    add("flow", po::value(&flow)->default_value("up"), "bulk: up, down or both");
    add("connections", po::value(&options.connections)->default_value(1), "connections at the same time");
    add("request", po::value(&options.request)->default_value(100), "bytes of a request");
    add("response", po::value(&options.response)->default_value(100), "bytes of its answer");
    add("paced", po::value(&options.paced)->default_value(0), "latency: requests a second in total; 0: closed loop");
    add("warm-up", po::value(&warm_up)->default_value(0.4), "seconds before the window");
    add("window", po::value(&window)->default_value(1), "seconds that are measured");
    add("patience", po::value(&patience)->default_value(30), "seconds for all connections to be answered");
    add("tls", po::bool_switch(&options.tls), "connect by TLS 1.3");
    add("resume", po::bool_switch(&options.resume), "take TLS sessions up again");
    add("ca", po::value(&options.ca), "file of the CA that vouches for the relay");
    add("ciphersuite", po::value(&options.ciphersuite)->default_value("TLS_AES_256_GCM_SHA384"), "TLS 1.3 suite");
    add("relay-cores", po::value(&options.relay_cores), "tell the idle time of the first N cores: the relay's own");
    add("cpu", po::value(&cpu)->composing(), "NAME=FILE (a cgroup's cpu.stat) or NAME=pids:1,2");
    po::positional_options_description positional;
    positional.add("scenario", 1);

    po::variables_map values;
    po::store(po::command_line_parser(argc, argv).options(known).positional(positional).run(), values);
    po::notify(values);

    options.scenario = choice<Scenario>({{"bulk", Scenario::bulk},
                                         {"rate", Scenario::rate},
                                         {"latency", Scenario::latency},
                                         {"burst", Scenario::burst},
                                         {"hold", Scenario::hold}},
                                        scenario);
    options.flow = choice<Flow>({{"up", Flow::up}, {"down", Flow::down}, {"both", Flow::both}}, flow);
    options.connect = parse_address(connect);
    options.listen = parse_address(listen);
    options.warm_up = Seconds(warm_up);
    options.window = Seconds(window);
    options.patience = Seconds(patience);
    for (const auto& text : cpu) options.cpu.push_back(named(text));
    return options;
}

}  // namespace sallyport::bench
