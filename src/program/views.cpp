#include "program/views.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sallyport::program {

namespace json = boost::json;

std::string utc_text(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

namespace {

json::array transfers_json(const std::vector<relay::TransferView>& transfers) {
    json::array all;
    for (const auto& transfer : transfers) {
        all.push_back(json::object{
            {"direction", transfer.to_target ? "to_target" : "to_client"},
            {"bytes", transfer.bytes},
            {"bytes_per_second", static_cast<std::uint64_t>(transfer.bytes_per_second)},
            {"suite", transfer.suite},
        });
    }
    return all;
}

/// "anna: RETR a.txt, 1.5 MiB to the client at 1.0 MiB/s"; empty for a session that is no FTP.
std::string doing_text(const json::object& session) {
    const auto text = [](const json::object& of, const char* key) { return std::string(of.at(key).as_string()); };
    std::string doing = text(session, "user");
    if (const auto activity = text(session, "activity"); !activity.empty()) {
        doing += (doing.empty() ? "" : ": ") + activity;
    }
    for (const auto& value : session.at("transfers").as_array()) {
        const auto& transfer = value.as_object();
        const auto number = [&](const char* key) { return transfer.at(key).to_number<std::uint64_t>(); };
        doing += fmt::format("{}{} to the {} at {}/s", doing.empty() ? "" : ", ", bytes_text(number("bytes")),
                             text(transfer, "direction") == "to_target" ? "target" : "client",
                             bytes_text(number("bytes_per_second")));
        const auto suite = text(transfer, "suite");  // TLS may agree on another one for each connection
        if (!suite.empty() && suite != text(session, "suite")) doing += " (" + suite + ")";
    }
    return doing;
}

}  // namespace

boost::json::object sessions_json(const std::vector<relay::SessionView>& sessions) {
    json::array all;
    for (const auto& session : sessions) {
        all.push_back(json::object{
            {"id", session.id},
            {"entry", session.entry},
            {"protocol", session.protocol},
            {"state", session.established ? "established" : "handshake"},
            {"secure", session.channel.kind},
            {"suite", session.channel.suite},
            {"legacy", session.channel.legacy},
            {"resumed", session.channel.resumed},
            {"peer", session.peer},
            {"identity", session.channel.peer},
            {"asked_name", session.channel.asked_name},
            {"target", session.target},
            {"local", session.local},
            {"since", utc_text(session.since)},
            {"bytes_to_target", session.bytes_to_target},
            {"bytes_to_client", session.bytes_to_client},
            {"proof_age_seconds", session.proof_age.count()},
            {"user", session.user},
            {"activity", session.activity},
            {"transfers", transfers_json(session.transfers)},
        });
    }
    return {{"schema", json_schema}, {"sessions", std::move(all)}};
}

boost::json::object totals_json(const relay::Totals& totals) {
    return {{"sessions", totals.sessions},
            {"legacy_sessions", totals.legacy_sessions},
            {"truncated", totals.truncated},
            {"refused", totals.refused},
            {"bytes_to_target", totals.bytes_to_target},
            {"bytes_to_client", totals.bytes_to_client}};
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string sessions_text(const boost::json::object& answer) {
    std::vector<std::vector<std::string>> rows{{"ID", "ENTRY", "PROTOCOL", "SECURE LEG", "PEER", "IDENTITY", "SINCE",
                                                "TO TARGET", "TO CLIENT", "PROOF", "DOING"}};
    for (const auto& value : answer.at("sessions").as_array()) {
        const auto& session = value.as_object();
        const auto text = [&](const char* key) { return std::string(session.at(key).as_string()); };
        const auto number = [&](const char* key) { return session.at(key).to_number<std::uint64_t>(); };
        const auto legacy = session.at("legacy").as_bool() ? " LEGACY" : "";
        const auto suite = text("suite").empty() ? text("state") : text("secure") + " " + text("suite") + legacy;
        rows.push_back({std::to_string(number("id")), text("entry"), text("protocol"), suite, text("peer"),
                        text("identity"), text("since"), bytes_text(number("bytes_to_target")),
                        bytes_text(number("bytes_to_client")), fmt::format("{} s ago", number("proof_age_seconds")),
                        doing_text(session)});
    }
    return rows.size() == 1 ? "no sessions\n" : table_text(rows);
}

}  // namespace sallyport::program
