#include "protocols/ftp/features.hpp"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <set>
#include <span>
#include <string_view>

#include "protocols/ftp/verbs.hpp"

namespace sallyport::protocols::ftp {
namespace {

constexpr std::string_view blanks = " \t";

/// The feature on a line, without what stands before it; empty if there is none.
std::string_view feature_on(std::string_view line) {
    if (line.starts_with("211-")) line.remove_prefix(4);  // older servers begin each line so
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    return line;
}

std::string first_word(std::string_view feature) {
    return boost::algorithm::to_upper_copy(std::string(feature.substr(0, feature.find_first_of(" \t;="))));
}

/// The commands that the relay answers itself, and either refuses or lists as its own.
bool is_ours_to_list(VerbKind kind) {
    switch (kind) {
        case VerbKind::auth:
        case VerbKind::pbsz:
        case VerbKind::prot:
        case VerbKind::ccc:
        case VerbKind::rein:
        case VerbKind::security:
        case VerbKind::refused_setup:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::string rewrite_features(const std::vector<std::string>& lines, FeatureFront front) {
    const bool group = lines.size() > 1 && lines.front().starts_with("211-");
    std::string reply = (group ? lines.front() : "211-Features:") + "\r\n";
    std::set<std::string> listed;
    const auto list = [&](std::string_view feature) {
        reply.append(" ").append(feature).append("\r\n");  // RFC 2389, 3.2: one space, no more
        listed.insert(first_word(feature));
    };
    if (group) {
        for (const auto& line : std::span(lines).subspan(1, lines.size() - 2)) {
            const auto feature = feature_on(line);
            if (!feature.empty() && !is_ours_to_list(kind_of(first_word(feature)))) list(feature);
        }
    }
    if (front == FeatureFront::tls) {
        for (const auto* const feature : {"AUTH TLS", "PBSZ", "PROT"}) list(feature);  // RFC 4217, 6
    }
    for (const auto* const feature : {"EPSV", "EPRT"}) {
        if (!listed.contains(feature)) list(feature);
    }
    return reply + (group && lines.back().starts_with("211 ") ? lines.back() : "211 End") + "\r\n";
}

std::string own_features(FeatureFront front) { return rewrite_features({}, front); }

}  // namespace sallyport::protocols::ftp
