#include "client/list/edit.hpp"

#include <gmock/gmock.h>

#include <boost/algorithm/string/replace.hpp>
#include <map>
#include <random>

#include "base/ini.hpp"
#include "client/list/server_list.hpp"

namespace sallyport::client {
namespace {

constexpr std::string_view two_entries =
    "# my servers\n"
    "\n"
    "; production\n"
    "[top]\n"
    "protocol   = TOP\n"
    "  host=192.168.0.3   \n"
    "fixed-key  =\n"
    "# not yet: card = new.card\n"
    "card =\told.card\n"
    "\n"
    "# the test host\n"
    "[ftp]\n"
    "protocol = FTP\n";

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
    return boost::replace_first_copy(std::string(text), what, with);
}

struct EditCase {
    const char* name;
    std::string before;
    std::string after;
    FieldValues values;
};
class SetFields : public testing::TestWithParam<EditCase> {};

const EditCase set_cases[] = {
    {"nothing", std::string(two_entries), std::string(two_entries), {}},
    {"replaces_a_value_alone", std::string(two_entries), replaced(two_entries, "192.168.0.3", "h"), {{"host", "h"}}},
    {"keeps_the_blanks_around_it",
     std::string(two_entries),
     replaced(two_entries, "old.card", "a b"),
     {{"card", " a b\t"}}},
    {"fills_an_empty_value",
     std::string(two_entries),
     replaced(two_entries, "key  =", "key  = x"),
     {{"fixed-key", "x"}}},
    {"fills_an_empty_value_after_its_blanks", "[top]\nca =  \n", "[top]\nca =  x\n", {{"ca", "x"}}},
    {"removes_a_line_when_the_value_is_empty",
     std::string(two_entries),
     replaced(two_entries, "fixed-key  =\n", ""),
     {{"fixed-key", ""}}},
    {"removes_nothing_that_is_not_there", std::string(two_entries), std::string(two_entries), {{"ca", ""}}},
    {"adds_after_the_last_field",
     std::string(two_entries),
     replaced(two_entries, "old.card\n", "old.card\nport       = 1\nserver-name = x\n"),
     {{"port", "1"}, {"server-name", "x"}}},
    {"adds_to_an_entry_without_fields",
     "[top]\n# none\n[b]\n",
     "[top]\nport       = 1\n# none\n[b]\n",
     {{"port", "1"}}},
    {"adds_at_an_end_without_line_ending", "[top]", "[top]\nport       = 1\n", {{"port", "1"}}},
    {"fills_and_adds_at_an_end_without_line_ending",
     "[top]\nca =",
     "[top]\nca = x\nport       = 1\n",
     {{"port", "1"}, {"ca", "x"}}},
    {"writes_the_line_endings_of_the_text",
     "[top]\r\nca =\r\n",
     "[top]\r\nca = x\r\nport       = 1\r\n",
     {{"ca", "x"}, {"port", "1"}}},
    {"keeps_a_byte_order_mark", "\xEF\xBB\xBF[top]\nca = a\n", "\xEF\xBB\xBF[top]\nca = x\n", {{"ca", "x"}}},
    {"of_a_key_named_twice_the_last_counts", "[top]\n", "[top]\nport       = 2\n", {{"port", "1"}, {"port", "2"}}},
    {"of_a_key_written_twice_one_stays", "[top]\nport = 1\n#\nport = 2\n", "[top]\nport = 3\n#\n", {{"port", "3"}}},
    {"leaves_the_same_key_of_other_entries",
     "[a]\nca = a\n[top]\nca = b\n[z]\nca = c\n",
     "[a]\nca = a\n[top]\nca = x\n[z]\nca = c\n",
     {{"ca", "x"}}},
    {"value_may_hold_what_means_something_elsewhere",
     "[top]\n",
     "[top]\nca         = # [x] = ;\n",
     {{"ca", "# [x] = ;"}}},
};

TEST_P(SetFields, ChangesThatAndNothingElse) {
    const auto after = set_fields(GetParam().before, "top", GetParam().values);
    ASSERT_TRUE(after) << error_sentence(after.error());
    EXPECT_EQ(*after, GetParam().after);
}
INSTANTIATE_TEST_SUITE_P(, SetFields, testing::ValuesIn(set_cases), [](const auto& row) { return row.param.name; });

class AddSection : public testing::TestWithParam<EditCase> {};

const EditCase add_cases[] = {
    {"to_nothing", "", "[new]\nport       = 1\n", {{"port", "1"}, {"ca", ""}}},
    {"to_a_byte_order_mark", "\xEF\xBB\xBF", "\xEF\xBB\xBF[new]\n", {}},
    {"after_a_blank_line", "[a]\nca = x\n", "[a]\nca = x\n\n[new]\n", {}},
    {"after_the_blank_line_that_is_there", "[a]\nca = x\n\n", "[a]\nca = x\n\n[new]\n", {}},
    {"after_an_end_without_line_ending", "[a]\nca = x", "[a]\nca = x\n\n[new]\nport       = 1\n", {{"port", "1"}}},
    {"with_the_line_endings_of_the_text", "[a]\r\n", "[a]\r\n\r\n[new]\r\nport       = 1\r\n", {{"port", "1"}}},
};

TEST_P(AddSection, WritesAtTheEnd) {
    const auto after = add_section(GetParam().before, "new", GetParam().values);
    ASSERT_TRUE(after) << error_sentence(after.error());
    EXPECT_EQ(*after, GetParam().after);
}
INSTANTIATE_TEST_SUITE_P(, AddSection, testing::ValuesIn(add_cases), [](const auto& row) { return row.param.name; });

class RemoveSection : public testing::TestWithParam<EditCase> {};

const EditCase remove_cases[] = {
    {"alone", "[top]\nport = 1\n", "", {}},
    {"the_last_without_line_ending", "[a]\n\n[top]\nport = 1", "[a]\n\n", {}},
    {"keeps_the_comments_of_its_neighbours",
     std::string(two_entries),
     "# my servers\n\n; production\n# the test host\n[ftp]\nprotocol = FTP\n",
     {}},
    {"takes_what_is_no_field_too", "[top]\nport 1\nca\n[b]\n", "[b]\n", {}},
    {"keeps_the_switch_for_all", "protection = off\n[top]\nprotection = on\n", "protection = off\n", {}},
};

TEST_P(RemoveSection, LeavesEverythingElse) {
    const auto after = remove_section(GetParam().before, "top");
    ASSERT_TRUE(after) << error_sentence(after.error());
    EXPECT_EQ(*after, GetParam().after);
}
INSTANTIATE_TEST_SUITE_P(, RemoveSection, testing::ValuesIn(remove_cases),
                         [](const auto& row) { return row.param.name; });

class SwitchForAll : public testing::TestWithParam<EditCase> {};

const EditCase switch_cases[] = {
    {"is_replaced", "# x\nprotection=on\n[a]\n", "# x\nprotection=off\n[a]\n", {}},
    {"is_filled", "protection =\n", "protection = off\n", {}},
    {"is_put_first", "# x\n[a]\n", "protection = off\n\n# x\n[a]\n", {}},
    {"is_put_first_after_a_byte_order_mark", "\xEF\xBB\xBF[a]\r\n", "\xEF\xBB\xBFprotection = off\r\n\r\n[a]\r\n", {}},
    {"is_put_into_nothing", "", "protection = off\n", {}},
    {"is_not_that_of_an_entry", "\n[a]\nprotection = on\n", "protection = off\n\n[a]\nprotection = on\n", {}},
    {"is_there_once", "protection = on\nprotection = on\n", "protection = off\n", {}},
};

TEST_P(SwitchForAll, WhenSet) {
    const auto after = set_global_protection(GetParam().before, false);
    ASSERT_TRUE(after);
    EXPECT_EQ(*after, GetParam().after);
    EXPECT_FALSE(parse(*after, "f").protection);
    EXPECT_TRUE(parse(*set_global_protection(*after, true), "f").protection);
}
INSTANTIATE_TEST_SUITE_P(, SwitchForAll, testing::ValuesIn(switch_cases),
                         [](const auto& row) { return row.param.name; });

struct RefusalCase {
    const char* name;
    Result<std::string> result;
    EditError error;
};
class RefusedEdit : public testing::TestWithParam<RefusalCase> {};

const RefusalCase refusal_cases[] = {
    {"set_in_no_entry", set_fields(two_entries, "none", {}), EditError::no_entry},
    {"set_in_a_name_that_is_a_part", set_fields(two_entries, "to", {}), EditError::no_entry},
    {"set_in_a_commented_entry", set_fields("# [top]\n", "top", {}), EditError::no_entry},
    {"set_in_an_entry_written_twice", set_fields("[a]\n[a]\n", "a", {}), EditError::entry_repeated},
    {"remove_no_entry", remove_section(two_entries, "none"), EditError::no_entry},
    {"remove_an_entry_written_twice", remove_section("[a]\n[a]\n", "a"), EditError::entry_repeated},
    {"add_what_exists", add_section(two_entries, "ftp", {}), EditError::entry_exists},
    {"add_what_exists_twice", add_section("[a]\n[a]\n", "a", {}), EditError::entry_exists},
    {"add_without_name", add_section("", "", {}), EditError::bad_entry_name},
    {"add_name_with_bracket", add_section("", "a]\n[b", {}), EditError::bad_entry_name},
    {"add_name_with_line_break", add_section("", "a\n", {}), EditError::bad_entry_name},
    {"set_name_with_blank", set_fields("[a b]\n", "a b", {}), EditError::bad_entry_name},
    {"value_with_line_break", set_fields(two_entries, "top", {{"card", "a\nport = 1"}}), EditError::bad_value},
    {"value_with_carriage_return", set_fields(two_entries, "top", {{"card", "a\r"}}), EditError::bad_value},
    {"value_with_zero_byte", add_section("", "a", {{"card", std::string("a\0b", 3)}}), EditError::bad_value},
    {"key_with_equals", set_fields(two_entries, "top", {{"a=b", "x"}}), EditError::bad_key},
    {"key_with_line_break", add_section("", "a", {{"a\n", "x"}}), EditError::bad_key},
    {"key_that_comments", add_section("", "a", {{"#a", "x"}}), EditError::bad_key},
    {"empty_key", add_section("", "a", {{"", "x"}}), EditError::bad_key},
};

TEST_P(RefusedEdit, NamesItsReason) {
    ASSERT_FALSE(GetParam().result);
    EXPECT_EQ(GetParam().result.error(), GetParam().error);
    EXPECT_THAT(error_sentence(GetParam().result.error()), testing::EndsWith("."));
}
INSTANTIATE_TEST_SUITE_P(, RefusedEdit, testing::ValuesIn(refusal_cases),
                         [](const auto& row) { return row.param.name; });

TEST(Edit, AddedEntryIsReadAsItWasGiven) {
    const auto text = add_section("protection = off\n", "top-prod",
                                  {{"protocol", "TOP"},
                                   {"host", "192.168.0.3"},
                                   {"port", "23450"},
                                   {"encryption", "DES168,DH1024"},
                                   {"fixed-key", ""},
                                   {"accept", "2345"}});
    ASSERT_TRUE(text);
    const auto list = parse(*text, "f");
    EXPECT_EQ(render(list.diagnostics), "");
    ASSERT_EQ(list.entries.size(), 1u);
    EXPECT_EQ(list.entries[0].name, "top-prod");
    EXPECT_EQ(text_of(list.entries[0].encryption), "DES168,DH1024");
    EXPECT_FALSE(list.protection);
    EXPECT_FALSE(list.entries[0].trusted());
}

// Random texts and edits, each checked against a plain model: sections, their keys, and the comments.
using Sections = std::map<std::string, std::map<std::string, std::string>>;

Sections sections_of(std::string_view text) {
    Sections sections;
    std::map<std::string, std::string>* current = &sections[""];
    for (const IniLine& line : divide_ini(text)) {
        if (line.kind == IniLine::Kind::section) current = &sections[std::string(line.name)];
        if (line.kind == IniLine::Kind::pair && !line.value.empty())
            current->emplace(line.name, std::string(line.value));
    }
    return sections;
}

std::vector<std::string> comments_of(std::string_view text) {
    std::vector<std::string> comments;
    for (const IniLine& line : divide_ini(text)) {
        if (line.kind == IniLine::Kind::comment) comments.emplace_back(line.text);
    }
    return comments;
}

TEST(Edit, ComesBackTheSameFromAnyTextAndLeavesTheRest) {
    std::mt19937 random(20260101);  // any number will do: a failure shows the text
    const auto pick = [&](const std::vector<std::string>& of) { return of[random() % of.size()]; };
    const std::vector<std::string> pieces = {"",   "  ",    "# c",          "; d = e",  "k = v",
                                             "k=", "k =  ", " host = a b ", "port = 1", "\tca\t=\tx"};
    const std::vector<std::string> keys = {"k", "host", "port", "ca", "new-key"};
    const std::vector<std::string> values = {"", "x", "a = b", "# no comment", "[a]", "\xEF\xBB\xBF", "  y z  "};
    const std::vector<std::string> names = {"a", "b", "c"};

    for (int round = 0; round < 20000; ++round) {
        const std::string newline = pick({"\n", "\r\n"});
        std::string text = pick({"", "\xEF\xBB\xBF"});
        for (const std::string& name : {std::string(), names[0], names[1]}) {
            if (!name.empty()) text += "[" + name + "]" + newline;
            for (auto n = random() % 5; n > 0; --n) text += pick(pieces) + newline;
        }
        if (random() % 2 == 0) text.resize(text.size() - std::min(text.size(), newline.size()));
        if (sections_of(text).size() < 3) continue;  // cut into a name

        auto model = sections_of(text);
        FieldValues fields;
        for (auto n = random() % 4; n > 0; --n) fields.emplace_back(pick(keys), pick(values));
        const std::string name = pick(names);
        const bool exists = model.contains(name);
        const auto edited = exists ? set_fields(text, name, fields) : add_section(text, name, fields);
        ASSERT_TRUE(edited) << text;
        auto& section = model[name];
        for (const auto& [key, value] : fields) {
            section.erase(key);
            if (const auto trimmed = trim_blanks(value); !trimmed.empty()) section.emplace(key, trimmed);
        }
        ASSERT_EQ(sections_of(*edited), model) << text << "\n--- became ---\n" << *edited;
        ASSERT_EQ(comments_of(*edited), comments_of(text)) << text << "\n--- became ---\n" << *edited;

        const auto removed = remove_section(*edited, name);
        ASSERT_TRUE(removed);
        model.erase(name);
        ASSERT_EQ(sections_of(*removed), model) << *edited << "\n--- became ---\n" << *removed;
    }
}

TEST(Edit, AddingAndRemovingAnEntryGivesTheTextBack) {
    for (const std::string_view text : {std::string_view(), two_entries, std::string_view("[a]\r\n\r\n")}) {
        const auto added = add_section(text, "new", {{"port", "1"}});
        ASSERT_TRUE(added);
        const auto removed = remove_section(*added, "new");
        ASSERT_TRUE(removed);
        EXPECT_TRUE(removed->starts_with(text));
        EXPECT_THAT(trim_blanks(removed->substr(text.size())), testing::AnyOf("", "\n"));
    }
}

}  // namespace
}  // namespace sallyport::client
