#include "client/list/server_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/ini.hpp"
#include "client/list/address.hpp"
#include "client/list/fields.hpp"

namespace sallyport::client {
namespace {

/// How many bytes at the front of a line may be shown. Only known fields are shown whole: an unknown key may be a
/// mistyped fixed-key, and a line that is no pair may be the rest of one.
std::size_t harmless_size(const IniLine& line) {
    const auto up_to = [&](std::string_view part) {
        return static_cast<std::size_t>(part.data() + part.size() - line.text.data());
    };
    switch (line.kind) {
        case IniLine::Kind::pair:
            if (line.value.empty()) break;
            if (find_field(line.name) != nullptr && line.name != "fixed-key" && !looks_like_fixed_key(line.value))
                break;
            return line.name.size() <= 32 ? up_to(line.value.substr(0, 0)) : 0;
        case IniLine::Kind::other:
            return nearest_key(line.name).empty() ? 0 : up_to(line.name);
        case IniLine::Kind::section: {
            if (line.text.find('=') == std::string_view::npos && trim_blanks(line.text).back() == ']') break;
            return std::min(line.text.find_first_of("]= \t", 1), line.text.size() - 1) + 1;
        }
        case IniLine::Kind::blank:
        case IniLine::Kind::comment:
            break;
    }
    return line.text.size();
}

/// A section while it is read.
struct Section {
    const IniLine* header;
    bool faulty = false;  // has an error of any kind, and yields no entry
    bool named = false;
    Entry entry;
    std::map<std::string_view, const IniLine*> lines;  // of each key its first

    /// The line that gives `key` a value; null when there is none.
    const IniLine* given(std::string_view key) const {
        const auto found = lines.find(key);
        return found == lines.end() || found->second->value.empty() ? nullptr : found->second;
    }
};

class Reader {
public:
    explicit Reader(std::string_view file) : file_(file) {}

    ServerList read(std::string_view text) {
        const auto lines = divide_ini(text);
        for (const IniLine& line : lines) {
            if (line.kind == IniLine::Kind::section) {
                finish_section();
                begin_section(line);
            } else if (line.kind == IniLine::Kind::pair) {
                read_pair(line);
            } else if (line.kind == IniLine::Kind::other) {
                complain(line, line.name, "this line is neither key = value nor [NAME]",
                         "write key = value, or # before a comment");
            }
        }
        finish_section();
        std::stable_sort(list_.diagnostics.begin(), list_.diagnostics.end(), [](const auto& a, const auto& b) {
            return std::tie(a.line, a.column) < std::tie(b.line, b.column);
        });
        return std::move(list_);
    }

private:
    void begin_section(const IniLine& line) {
        section_.emplace(Section{.header = &line, .faulty = false, .named = false, .entry = {}, .lines = {}});
        section_->entry.name = line.name;
        section_->entry.line = line.number;
        if (!is_entry_name(line.name)) {
            complain(line, line.name, "this is no name of an entry",
                     "write [NAME] alone on its line: 1 to 64 letters, digits, dots, hyphens and underscores");
        } else if (!names_.insert(line.name).second) {
            complain(line, line.name, fmt::format("there is an entry {} above", line.name),
                     "give this one another name, or join the two");
        } else {
            section_->named = true;
        }
    }

    void read_pair(const IniLine& line) {
        const auto control = std::find_if(line.text.begin(), line.text.end(), is_control_byte);
        if (control != line.text.end()) {
            complain(line, line.text.substr(static_cast<std::size_t>(control - line.text.begin()), 1),
                     "there is a control byte in this line", "write the line again");
        } else if (!section_) {
            read_global(line);
        } else if (const Field* field = find_field(line.name)) {
            if (!keep_first(section_->lines, line) || line.value.empty()) return;
            if (line.name != "fixed-key" && looks_like_fixed_key(line.value))
                return complain(line, line.value, fmt::format("{} holds a fixed key", line.name),
                                "move it to fixed-key");
            if (const auto fault = field->read(section_->entry, line.value)) complain(line, *fault);
        } else {
            complain_unknown(line);
        }
    }

    /// Before the first section stands the switch for all, and nothing else.
    void read_global(const IniLine& line) {
        if (line.name == "protection") {
            if (!keep_first(globals_, line)) return;
            if (const auto fault = read_switch(list_.protection, line.value, line.name)) complain(line, *fault);
        } else if (find_field(line.name) != nullptr) {
            complain(line, line.name, fmt::format("{} belongs to an entry, and none has begun", line.name),
                     "write [NAME] above it");
        } else {
            complain_unknown(line);
        }
    }

    bool keep_first(std::map<std::string_view, const IniLine*>& lines, const IniLine& line) {
        const auto [first, is_first] = lines.emplace(line.name, &line);
        if (!is_first)
            complain(line, line.name, fmt::format("{} is given already, in line {}", line.name, first->second->number),
                     "keep one of the two lines");
        return is_first;
    }

    /// Finds all that is wrong with the section as a whole, also when single fields are; an entry without a name of its
    /// own is beyond that.
    void finish_section() {
        if (!section_) return;
        if (section_->named) {
            complain_missing();
            check_encryption();
            check_protocol();
            check_fields_together();
            check_accept();
            if (!section_->faulty) list_.entries.push_back(std::move(section_->entry));
        }
        section_.reset();
    }

    void complain_missing() {
        for (const Field& field : fields()) {
            if (!field.required || section_->given(field.key) != nullptr) continue;
            const auto empty = section_->lines.find(field.key);
            const IniLine& line = empty == section_->lines.end() ? *section_->header : *empty->second;
            complain(line, line.name, fmt::format("entry {} has no {}", section_->entry.name, field.key),
                     fmt::format("write {}", field.advice));
        }
    }

    /// What belongs to one kind of encryption and stands in an entry of the other.
    void check_encryption() {
        const Entry& entry = section_->entry;
        if (entry.encryption == Encryption{}) return;  // missing or faulty
        const BelongsTo kind = entry.native() ? BelongsTo::native : BelongsTo::tls;
        const std::string encryption = text_of(entry.encryption);
        for (const Field& field : fields()) {
            const IniLine* line = section_->given(field.key);
            if (line == nullptr || field.belongs_to == BelongsTo::both || field.belongs_to == kind) continue;
            complain(*line, line->name,
                     fmt::format("{} belongs to {}, and the encryption is {}", field.key,
                                 entry.native() ? "TLS" : "the native suites", encryption),
                     std::string(field.advice));
        }
        if (entry.native()) return;
        constexpr std::string_view identity = "identity = NAME, as the host has it for this key";
        require("fixed-key", "identity", identity);
        require("fixed-key-file", "identity", identity);
        const IniLine& line = *section_->given("encryption");
        const bool ftps = std::get<TlsKind>(entry.encryption) != TlsKind::tls;
        if (ftps && !entry.protocol.empty() && entry.protocol != "FTP")
            complain(line, line.value,
                     fmt::format("{} is for protocol FTP, and this is {:.64}", encryption, entry.protocol),
                     "write encryption = TLS");
        if (!ftps && entry.protocol == "FTP")
            complain(line, line.value, "TLS does not say which kind of FTPS the server speaks",
                     "write encryption = FTPS (AUTH TLS) or FTPS-IMPLICIT (TLS from the first byte)");
        if (entry.tls_min > entry.tls_max)
            complain(*section_->given("tls-min"), section_->given("tls-min")->value, "tls-min is newer than tls-max",
                     "remove one of the two lines");
    }

    void check_protocol() {
        const Entry& entry = section_->entry;
        if (entry.protocol.empty() || entry.protocol == "FTP") return;
        for (const Field& field : fields()) {
            const IniLine* line = field.ftp_alone ? section_->given(field.key) : nullptr;
            if (line == nullptr) continue;
            complain(*line, line->name, fmt::format("{} is for FTP, and this is {:.64}", field.key, entry.protocol),
                     "remove this line");
        }
    }

    void check_fields_together() {
        exclude("fixed-key", "fixed-key-file");
        exclude("card", "host-key");
        require("certificate", "key", "key = FILE");
        require("key", "certificate", "certificate = FILE");
        if (section_->given("fixed-key-file") == nullptr)
            require("identity", "fixed-key", "fixed-key or fixed-key-file as well");
        if (section_->entry.when_off == WhenOff::plain) {
            const IniLine& line = *section_->given("when-off");
            note(Severity::warning, line, line.value, "while protection is off, this entry's traffic passes in clear",
                 "write when-off = closed, unless that is meant");
        }
    }

    void check_accept() {
        const AcceptAddress& accept = section_->entry.accept;
        if (accept.port == 0) return;  // missing or faulty
        const IniLine& line = *section_->given("accept");
        const auto taken = std::find_if(list_.entries.begin(), list_.entries.end(),
                                        [&](const Entry& other) { return overlap(other.accept, accept); });
        if (taken != list_.entries.end()) {
            complain(line, line.value, fmt::format("entry {} accepts at {} already", taken->name, taken->accept.text()),
                     "write another port");
        } else if (!accept.loopback()) {
            note(Severity::notice, line, line.value, "other computers can reach this address too",
                 fmt::format("write accept = 127.0.0.1:{}, unless that is meant", accept.port));
        }
    }

    /// Of two fields that say the same, the later one is one too many.
    void exclude(std::string_view a, std::string_view b) {
        const IniLine* first = section_->given(a);
        const IniLine* second = section_->given(b);
        if (first == nullptr || second == nullptr) return;
        if (first->number > second->number) std::swap(first, second);
        complain(*second, second->name, fmt::format("{} and {} exclude each other", first->name, second->name),
                 "keep one of the two lines");
    }

    void require(std::string_view key, std::string_view other, std::string_view advice) {
        const IniLine* line = section_->given(key);
        if (line == nullptr || section_->given(other) != nullptr) return;
        complain(*line, line->name, fmt::format("{} needs {}", key, other), fmt::format("write {}", advice));
    }

    void complain_unknown(const IniLine& line) {
        const std::string_view nearest = nearest_key(line.name);
        complain(line, line.name,
                 line.name.size() > 32 ? "this key is unknown" : fmt::format("key {} is unknown", line.name),
                 nearest.empty() ? "remove this line, or write # before a comment" : fmt::format("write {}", nearest));
    }

    void complain(const IniLine& line, std::string_view at, std::string reason, std::string remedy) {
        if (section_) section_->faulty = true;
        note(Severity::error, line, at, std::move(reason), std::move(remedy));
    }
    void complain(const IniLine& line, const Fault& fault) { complain(line, fault.at, fault.reason, fault.remedy); }

    void note(Severity severity, const IniLine& line, std::string_view at, std::string reason, std::string remedy) {
        const std::size_t shown = harmless_size(line);
        std::string source(line.text.substr(0, shown));
        if (shown < line.text.size()) source += "***";
        const auto start = std::min(static_cast<std::size_t>(at.data() - line.text.data()), shown);
        list_.diagnostics.push_back({severity, file_, line.number, start + 1, std::max<std::size_t>(at.size(), 1),
                                     std::move(source), std::move(reason), std::move(remedy)});
    }

    std::string file_;
    ServerList list_;
    std::set<std::string_view> names_;
    std::map<std::string_view, const IniLine*> globals_;
    std::optional<Section> section_;
};

}  // namespace

bool Entry::trusted() const {
    if (native()) return !card.empty() || host_key.has_value() || has_fixed_key();
    return !pins.empty() || !ca.empty() || (has_fixed_key() && !identity.empty());
}

const Entry* ServerList::find(std::string_view name) const {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

ServerList parse(std::string_view text, std::string_view file) { return Reader(file).read(text); }

}  // namespace sallyport::client
