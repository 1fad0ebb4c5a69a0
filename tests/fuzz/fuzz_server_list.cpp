// Reading and editing a server list: no text crashes it, shows a fixed key, or makes an edit break a good list.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/ini.hpp"
#include "client/list/edit.hpp"
#include "client/list/server_list.hpp"

namespace {

using namespace sallyport;
using namespace sallyport::client;

void require(bool holds) {
    if (!holds) std::abort();
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Puts a fixed key, well or badly written, before one of the lines: nothing of it may be shown.
void check_secrecy(std::string_view text, unsigned where) {
    constexpr std::string_view mark = "5ec2e7";
    constexpr std::string_view key = "5ec2e701-5ec2e702-5ec2e703-5ec2e704-5ec2e705-5ec2e706-5ec2e707-5ec2e708-5ec2e709";
    constexpr std::string_view forms[] = {"fixed-key = ", "fixed-key =\t\"", "fixed_key=", "Fixed-Key = ",
                                          "fixed-key: ",  "fixed key = ",    "fixed-key ", ""};
    if (contains(text, mark.substr(1))) return;  // has it already; its first digit may come from an \xA5 that is shown
    const auto lines = divide_ini(text);
    const auto& form = forms[where % std::size(forms)];
    const auto before = where / std::size(forms) % (lines.size() + 1);
    std::string with_key;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i == before) with_key.append(form).append(key).append("\n");
        with_key += lines[i].whole;
    }
    if (before == lines.size()) with_key.append("\n").append(form).append(key);
    const auto list = parse(with_key, "f");
    require(!contains(render(list.diagnostics), mark));
    for (const Diagnostic& d : list.diagnostics) require(!contains(d.source + d.reason + d.remedy, mark));
}

/// `edited` must be a good list of as many entries.
ServerList reread(const Result<std::string>& edited, std::size_t entries) {
    require(edited.has_value());
    ServerList list = parse(*edited, "f");
    require(!has_error(list.diagnostics));
    require(list.entries.size() == entries);
    return list;
}

void check_edits(std::string_view text, const ServerList& list) {
    const std::size_t count = list.entries.size();
    require(!reread(set_global_protection(text, false), count).protection);
    require(reread(set_global_protection(text, true), count).protection);

    const auto has_port = [&](std::uint16_t port) {
        return std::any_of(list.entries.begin(), list.entries.end(),
                           [&](const Entry& e) { return e.accept.port == port; });
    };
    std::uint16_t port = 1;
    while (has_port(port)) ++port;
    std::string name = "0";
    for (int n = 1; list.find(name) != nullptr; ++n) name = std::to_string(n);
    const FieldValues fields = {{"protocol", "TOP"},   {"host", "h"},
                                {"port", "1"},         {"accept", std::to_string(port)},
                                {"encryption", "TLS"}, {"server-name", "a = #b"}};
    const auto added = add_section(text, name, fields);
    const ServerList more = reread(added, count + 1);
    require(more.find(name) != nullptr && more.find(name)->server_name == "a = #b");
    reread(remove_section(*added, name), count);
    for (const Entry& entry : list.entries) {
        const ServerList set = reread(set_fields(text, entry.name, {{"protection", "off"}, {"port", "7"}}), count);
        require(!set.find(entry.name)->protection && set.find(entry.name)->port == 7);
        require(reread(remove_section(text, entry.name), count - 1).find(entry.name) == nullptr);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text = as_text({data + 1, size - 1});
    const ServerList list = parse(text, "f");
    render(list.diagnostics);
    for (const Diagnostic& d : list.diagnostics) require(d.column >= 1 && d.column <= d.source.size() + 1);
    check_secrecy(text, data[0]);
    if (!has_error(list.diagnostics)) check_edits(text, list);
    return 0;
}
