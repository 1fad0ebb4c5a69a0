// Addresses of FTP commands and replies: no text crashes a parser, and what was understood is what is written again.
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "protocols/ftp/address.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::protocols::ftp;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_written(const HostPort& at) {
    require(at.port != 0 && canonical(at.address) == at.address);
    const auto usable = at.port >= least_data_port ? std::optional(at.port) : std::nullopt;
    const auto eprt = parse_eprt(write_eprt(at).substr(5), family_of(at.address));
    require(eprt && *eprt == at);
    require(parse_229(write_229(at.port)) == usable);
    if (family_of(at.address) == Family::v6) return;
    const auto port = parse_port(write_port(at).substr(5));
    require(port && *port == at);
    require(parse_227(write_227(at)) == usable);
}

void check_argument(std::string_view text) {
    if (const auto port = parse_port(text)) {
        require(text.size() >= 11 && text.size() <= 23 && family_of(port->address) == Family::v4);
        check_written(*port);
        require(parse_227("227 " + std::string(text)).has_value() == (port->port >= least_data_port));
    } else {
        require(port.error() == AddressError::syntax);
    }
    int families = 0;
    for (const auto control : {Family::v4, Family::v6}) {
        if (const auto eprt = parse_eprt(text, control)) {
            require(family_of(eprt->address) == control);
            check_written(*eprt);
            ++families;
        }
        if (const auto epsv = parse_epsv(text, control)) {
            require(!epsv->family || *epsv->family == control);
            require(text.size() == (epsv->all ? 3U : epsv->family ? 1U : 0U));
        }
    }
    require(families <= 1);
}

void check_reply(std::string_view text) {
    for (const std::string_view code : {"227 ", "229 ", ""}) {
        const std::string line = std::string(code) + std::string(text);
        for (const auto port : {parse_227(line), parse_229(line)}) {
            if (!port) continue;
            require(*port >= least_data_port);
            require(line.find_first_of("0123456789", 4) != std::string::npos);
        }
        require(!parse_227(line) || !parse_229(line));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    check_argument(text);
    check_reply(text);
    const std::string once = canonical(std::string(text));
    require(canonical(once) == once);
    require(family_of(once) == family_of(std::string(text)));
    return 0;
}
