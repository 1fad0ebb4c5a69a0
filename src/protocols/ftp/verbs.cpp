#include "protocols/ftp/verbs.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

namespace sallyport::protocols::ftp {
namespace {

struct Row {
    std::string_view verb;
    VerbKind kind;
};

// Sorted by verb.
constexpr Row table[] = {
    {"ABOR", VerbKind::abor},          {"ADAT", VerbKind::security},      {"APPE", VerbKind::transfer_up},
    {"APSV", VerbKind::refused_setup}, {"AUTH", VerbKind::auth},          {"CCC", VerbKind::ccc},
    {"CEPR", VerbKind::refused_setup}, {"CONF", VerbKind::security},      {"CONNECT", VerbKind::http},
    {"CPSV", VerbKind::refused_setup}, {"EHLO", VerbKind::http},          {"ENC", VerbKind::security},
    {"EPRT", VerbKind::eprt},          {"EPSV", VerbKind::epsv},          {"ESTA", VerbKind::refused_setup},
    {"ESTP", VerbKind::refused_setup}, {"FEAT", VerbKind::feat},          {"GET", VerbKind::http},
    {"HEAD", VerbKind::http},          {"HOST:", VerbKind::http},         {"LIST", VerbKind::transfer_down},
    {"LPRT", VerbKind::refused_setup}, {"LPSV", VerbKind::refused_setup}, {"MIC", VerbKind::security},
    {"MLFL", VerbKind::transfer_down}, {"MLSD", VerbKind::transfer_down}, {"MODE", VerbKind::mode},
    {"NLST", VerbKind::transfer_down}, {"P@SW", VerbKind::pasv},          {"PASV", VerbKind::pasv},
    {"PBSZ", VerbKind::pbsz},          {"PORT", VerbKind::port},          {"POST", VerbKind::http},
    {"PRET", VerbKind::refused_setup}, {"PROT", VerbKind::prot},          {"PUT", VerbKind::http},
    {"QUIT", VerbKind::quit},          {"REIN", VerbKind::rein},          {"REST", VerbKind::rest},
    {"RETR", VerbKind::transfer_down}, {"RNFR", VerbKind::rnfr},          {"SITE", VerbKind::site},
    {"SPSV", VerbKind::refused_setup}, {"SSCN", VerbKind::refused_setup}, {"STAT", VerbKind::stat},
    {"STOR", VerbKind::transfer_up},   {"STOU", VerbKind::transfer_up},   {"USER", VerbKind::user},
};
static_assert(std::ranges::is_sorted(table, {}, &Row::verb));

}  // namespace

VerbKind kind_of(std::string_view verb) {
    if (verb.starts_with("CONTENT-")) return VerbKind::http;
    const auto* const row = std::ranges::lower_bound(table, verb, {}, &Row::verb);
    return row != std::end(table) && row->verb == verb ? row->kind : VerbKind::forward;
}

bool carries_secret(const Command& command) {
    if (command.verb == "PASS" || command.verb == "ACCT" || command.verb == "ADAT") return true;
    if (command.verb != "SITE") return false;
    // Servers differ in what they skip before the word.
    constexpr std::string_view blanks = " \t";
    std::string_view words = command.argument;
    words.remove_prefix(std::min(words.find_first_not_of(blanks), words.size()));
    return boost::algorithm::iequals(words.substr(0, words.find_first_of(blanks)), "PSWD");
}

}  // namespace sallyport::protocols::ftp
