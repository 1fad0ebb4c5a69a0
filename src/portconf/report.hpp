/// Collects what is wrong with one line of the table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"

namespace sallyport::portconf {

/// `line` and `to` must outlive it. Each `where` is a part of `line`: that is how columns are known.
class LineReport {
public:
    LineReport(std::string_view file, std::size_t number, std::string_view line, std::vector<Diagnostic>& to)
        : file_(file), number_(number), line_(line), to_(to) {}

    void error(std::string_view where, std::string reason, std::string remedy) {
        failed_ = true;
        add(Severity::error, where, std::move(reason), std::move(remedy));
    }
    void warning(std::string_view where, std::string reason, std::string remedy) {
        add(Severity::warning, where, std::move(reason), std::move(remedy));
    }
    void notice(std::string_view where, std::string reason, std::string remedy) {
        add(Severity::notice, where, std::move(reason), std::move(remedy));
    }

    std::size_t number() const { return number_; }
    bool failed() const { return failed_; }

private:
    void add(Severity severity, std::string_view where, std::string reason, std::string remedy);

    std::string_view file_;
    std::size_t number_;
    std::string_view line_;
    std::vector<Diagnostic>& to_;
    std::size_t added_ = 0;
    bool failed_ = false;
};

/// Text of the user's for use in a sentence: whole, unless it is so long that the sentence would be lost in it.
std::string shortened(std::string_view text);

/// The one of `names` that `text` was probably meant to be; empty when none is near.
std::string_view nearest(std::string_view text, const std::vector<std::string_view>& names);

}  // namespace sallyport::portconf
