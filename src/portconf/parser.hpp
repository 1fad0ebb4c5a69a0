/// Reads the PORTCONF table: text in; entries and diagnostics out.
///
///     # port or service, program, arguments
///     23450  $system.xygatehe.xygatehe  -p2345 -t$ZB019 -aTOP
///     ftp    $system.xygateef.xygateef
#pragma once

#include <boost/algorithm/string/predicate.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "portconf/entry.hpp"
#include "portconf/policy.hpp"
#include "portconf/services.hpp"

namespace sallyport::portconf {

/// We chose: ten times the longest line that uses every flag; a longer one is not a table.
inline constexpr std::size_t max_line_size = 4096;

struct CaselessOrder {
    bool operator()(const std::string& a, const std::string& b) const {
        return boost::algorithm::ilexicographical_compare(a, b);
    }
};
/// `$ZB019` to an address as text; letter case does not matter.
using TcpProcesses = std::map<std::string, std::string, CaselessOrder>;

/// What the table needs to know of the rest of the configuration.
struct Context {
    std::string file;          // how diagnostics name the table
    const Services& services;  // must outlive this
    TcpProcesses tcp_processes;
    Target ftp_server{"127.0.0.1", 2121};  // where an xygateef line without -p goes
    std::optional<Date> today;             // UTC
    std::optional<Date> legacy_until;
};

struct Table {
    std::vector<Entry> entries;           // in the order of their lines; no two listen on the same port and address
    std::vector<Diagnostic> diagnostics;  // by line, then by column

    bool has_errors() const { return has_error(diagnostics); }
};

/// A line with an error yields all that is wrong with it, and no entry; the other lines yield theirs.
Table parse(std::string_view text, const Context& context);

}  // namespace sallyport::portconf
