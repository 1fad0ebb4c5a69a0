#include "program/version.hpp"

#include <boost/version.hpp>

#include "channel/tls/tls.hpp"
#include "crypto/des168.hpp"

namespace sallyport::program {

std::string version_text(std::string_view program) {
    std::string boost = BOOST_LIB_VERSION;
    boost.replace(boost.find('_'), 1, ".");
    constexpr const char* backends[] = {"portable", "SSE2", "AVX2", "AVX-512"};
    return std::string(program) + " " + std::string(version) + "\n" + channel::tls::library_version() + ", Boost " +
           boost + ", DES168 by " + backends[static_cast<int>(crypto::des168_backend())] + "\n";
}

}  // namespace sallyport::program
