// What a file may look like as a whole, and how its lines stand beside each other.
#include <gmock/gmock.h>

#include "tests/portconf/table.hpp"

namespace sallyport::portconf {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

struct FileCase {
    const char* name;
    std::string text;
    std::vector<std::uint16_t> ports;
};
class File : public testing::TestWithParam<FileCase> {};

const FileCase file_cases[] = {
    {"empty", "", {}},
    {"newline_alone", "\n", {}},
    {"blanks_tabs_and_comments_alone", " \t\n# comment\n\t # another\n#\n", {}},
    {"lf", "1 sallyport -p9\n2 sallyport -p9\n", {1, 2}},
    {"crlf", "1 sallyport -p9\r\n\r\n# comment\r\n2 sallyport -p9\r\n", {1, 2}},
    {"without_final_newline", "1 sallyport -p9\n2 sallyport -p9", {1, 2}},
    {"crlf_without_final_lf", "1 sallyport -p9\r\n2 sallyport -p9\r", {1, 2}},
    {"utf8_mark",
     "\xEF\xBB\xBF"
     "1 sallyport -p9\n2 sallyport -p9\n",
     {1, 2}},
    {"latin1_and_utf8_in_comments", "1 sallyport -p9 # B\xFCro\n# B\xC3\xBCro\n2 sallyport -p9\n", {1, 2}},
    {"line_of_the_greatest_size",
     "1 sallyport -p9 #" + std::string(max_line_size - 17, 'x') + "\n2 sallyport -p9\n",
     {1, 2}},
};

TEST_P(File, IsReadWhateverItsLineEnds) {
    const Table table = parse(GetParam().text);
    EXPECT_EQ(render(table.diagnostics), "");
    std::vector<std::uint16_t> ports;
    for (const Entry& entry : table.entries) ports.push_back(entry.port);
    EXPECT_EQ(ports, GetParam().ports);
}
INSTANTIATE_TEST_SUITE_P(Table, File, testing::ValuesIn(file_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(Table, FaultyLinesYieldNoEntryAndTheOthersLoad) {
    const Table table = parse(
        "70000 sallyport -p2345\n"
        "1 sallyport -p9\n"
        "2 sallyport\n"
        "ftp $system.ztcpip.ftpserv\n"
        "3 sallyport -p9\n");
    EXPECT_TRUE(table.has_errors());
    ASSERT_EQ(table.entries.size(), 2u);
    EXPECT_EQ(table.entries[0].line, 2u);
    EXPECT_EQ(table.entries[1].line, 5u);
    ASSERT_EQ(table.diagnostics.size(), 3u);
    EXPECT_EQ(table.diagnostics[0].line, 1u);
    EXPECT_EQ(table.diagnostics[1].line, 3u);
    EXPECT_EQ(table.diagnostics[2].line, 4u);
}

TEST(Table, WarningsAndNoticesAreNoErrors) {
    const Table table = parse("1 sallyport -p9 -splain\n2 sallyport -p9 -t$NONE\n");
    EXPECT_FALSE(table.has_errors());
    EXPECT_EQ(table.entries.size(), 2u);
    EXPECT_EQ(table.diagnostics.size(), 2u);
}

TEST(Table, ByteOrderMarkDoesNotShiftColumns) {
    EXPECT_EQ(reported("\xEF\xBB\xBF"
                       "0 sallyport -p9\n"),
              "portconf:1:1: port 0 is outside 1-65535\n"
              "  0 sallyport -p9\n"
              "  ^\n"
              "  write a port from 1 to 65535, or the name of a service\n");
}

TEST(Table, NulBytesAreAnErrorAtTheFirst) {
    EXPECT_EQ(reported("1 sally\0port\0 -p9\n2 sallyport -p9"s),
              "portconf:1:8: byte 0x00 cannot stand in a table\n"
              "  1 sally\\x00port\\x00 -p9\n"
              "         ^\n"
              "  save the file as plain text (ASCII or UTF-8)\n");
}

TEST(Table, BinaryJunkIsAnErrorForEachLineAndIsShownEscaped) {
    const auto text =
        "\x7F"
        "ELF\x02\x01\x01\n\x1B[2J\n1 sallyport -p9 # bell \a\n\r\r\n"s;
    const Table table = parse(text);
    EXPECT_EQ(table.entries.size(), 0u);
    EXPECT_EQ(table.diagnostics.size(), 4u);
    EXPECT_THAT(render(table.diagnostics), HasSubstr("portconf:2:1: byte 0x1B cannot stand in a table\n  \\x1B[2J\n"));
}

TEST(Table, LineThatIsTooLongIsAnErrorAndIsNotShownWhole) {
    const std::string line = "1 sallyport -p9 #" + std::string(max_line_size - 16, 'x');
    const Table table = parse(line + "\n2 sallyport -p9\n");
    ASSERT_EQ(table.diagnostics.size(), 1u);
    EXPECT_EQ(table.diagnostics[0].line, 1u);
    EXPECT_EQ(table.diagnostics[0].reason, "the line has 4097 bytes, and 4096 are allowed");
    EXPECT_LT(render(table.diagnostics).size(), 400u);
    EXPECT_EQ(table.entries.size(), 1u);
}

TEST(Table, SecondLineOfAPortIsAnErrorThatNamesTheFirst) {
    EXPECT_EQ(reported("# table\n"
                       "23450 sallyport -p2345\n"
                       "  top $system.xygatehe.xygatehe -p2346\n"),
              "portconf:3:3: port 23450 is already taken by line 2\n"
              "    top $system.xygatehe.xygatehe -p2346\n"
              "    ^\n"
              "  take one of the lines out, or give each an address of its own with -l\n");
}

TEST(Table, OnePortMayServeOnTwoAddresses) {
    const Table table = parse("1 sallyport -p9 -l127.0.0.1\n1 sallyport -p9 -l::1\n1 sallyport -p9 -l 192.168.0.3\n");
    EXPECT_EQ(render(table.diagnostics), "");
    EXPECT_EQ(table.entries.size(), 3u);
}

TEST(Table, OverlappingAddressesOfOnePortAreAnError) {
    EXPECT_THAT(reported("1 sallyport -p9\n1 sallyport -p9 -l127.0.0.1\n"),
                HasSubstr("portconf:2:1: port 1 is already"));
    EXPECT_THAT(reported("1 sallyport -p9 -l fe80:0::1\n1 sallyport -p9 -lFE80::1\n"), HasSubstr("taken by line 1"));
}

TEST(Table, FaultyAndForeignLinesTakeNoPort) {
    const Table table = parse("21 $system.ztcpip.ftpserv\n21 sallyport -p9 -x\n21 sallyport -p9\n");
    ASSERT_EQ(table.entries.size(), 1u);
    EXPECT_EQ(table.entries[0].line, 3u);
}

std::string lines_of_many_ports(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += std::to_string(i + 10000) + " $system.xygatehe.xygatehe -p2345 -t$ZB019 -aTOP\n";
    return text;
}

std::string lines_of_one_port(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += "1 sallyport -p9 -l10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
    return text;
}

std::string lines_of_errors(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "nosuch $system.xygatehe.xygatehe -x -y2345 -t019\n";
    return text;
}

TEST(Table, OfTenThousandLinesIsRead) {
    EXPECT_EQ(parse(lines_of_many_ports(10000)).entries.size(), 10000u);
    EXPECT_EQ(parse(lines_of_one_port(10000)).entries.size(), 10000u);
    EXPECT_EQ(parse(lines_of_errors(10000)).entries.size(), 0u);
}

TEST(Table, LineFullOfErrorsIsReportedUpToALimit) {
    std::string line = "1 sallyport -p9";
    while (line.size() < max_line_size - 3) line += " -x";
    const Table table = parse(line);
    EXPECT_TRUE(table.has_errors());
    EXPECT_EQ(table.diagnostics.size(), 20u);
}

}  // namespace
}  // namespace sallyport::portconf
