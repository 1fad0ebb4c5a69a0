#include "base/result.hpp"

namespace sallyport {

std::string error_name(const error_code& error) {
    if (const auto* ours = dynamic_cast<const NamedCategory*>(&error.category())) return ours->name_of(error.value());
    return error.message();
}

std::string error_sentence(const error_code& error) { return error.message(); }

}  // namespace sallyport
