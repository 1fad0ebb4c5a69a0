/// A value or the reason why there is none. Each area has an enum of reasons, each named for what happened.
///
/// An area makes its enum usable as an error by giving, beside the enum, a function that describes it:
///
///     enum class Error { record_too_long = 1, ... };                       // 0 would mean success
///     ErrorText describe(Error error);                                     // found by argument-dependent lookup
///     const char* area_of(Error);                                          // "native", "portconf", ...
///     inline error_code make_error_code(Error e) { return make_named_error(e); }
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <concepts>
#include <string>
#include <type_traits>

namespace sallyport {

using boost::system::error_code;

template <typename T>
using Result = boost::system::result<T, error_code>;

/// `name` is what logs and JSON show and tests compare; `sentence` says what happened and, if it helps, what to do.
struct ErrorText {
    const char* name;
    const char* sentence;
};

template <typename E>
concept NamedError = std::is_enum_v<E> && requires(E e) {
    { describe(e) } -> std::same_as<ErrorText>;
    { area_of(e) } -> std::convertible_to<const char*>;
};

/// A category that can also give the short name of its errors.
class NamedCategory : public boost::system::error_category {
public:
    virtual const char* name_of(int value) const noexcept = 0;
};

template <NamedError E>
class CategoryOf final : public NamedCategory {
public:
    const char* name() const noexcept override { return area_of(E{}); }
    const char* name_of(int value) const noexcept override { return describe(static_cast<E>(value)).name; }
    std::string message(int value) const override { return describe(static_cast<E>(value)).sentence; }
};

template <NamedError E>
error_code make_named_error(E error) {
    static const CategoryOf<E> category;
    return {static_cast<int>(error), category};
}

/// The short name of an error: the enumerator for ours, the library's text for others ("Connection refused").
std::string error_name(const error_code& error);
/// One sentence: what happened.
std::string error_sentence(const error_code& error);

}  // namespace sallyport

template <sallyport::NamedError E>
struct boost::system::is_error_code_enum<E> : std::true_type {};
