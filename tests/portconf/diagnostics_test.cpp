// What each mistake is told: whole, as a user reads it.
#include "tests/portconf/mistake.hpp"

namespace sallyport::portconf {
namespace {

class Mistake : public testing::TestWithParam<MistakeCase> {};

const MistakeCase mistakes[] = {
    {"port_too_large", "70000 $system.relay.sallyport -p2345 -t$ZB019 -aTOP",
     "portconf:1:1: port 70000 is outside 1-65535\n"
     "  70000 $system.relay.sallyport -p2345 -t$ZB019 -aTOP\n"
     "  ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"},
    {"port_zero", "0 sallyport -p2345",
     "portconf:1:1: port 0 is outside 1-65535\n"
     "  0 sallyport -p2345\n"
     "  ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"},
    {"port_far_too_large", "99999999999999999999 sallyport -p2345",
     "portconf:1:1: port 99999999999999999999 is outside 1-65535\n"
     "  99999999999999999999 sallyport -p2345\n"
     "  ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"},
    {"service_unknown", "nosuch sallyport -p2345",
     "portconf:1:1: service nosuch is not known\n"
     "  nosuch sallyport -p2345\n"
     "  ^\n"
     "  write its port, or add it to the services file\n"},
    {"service_of_udp_alone", "tftp sallyport -p2345",
     "portconf:1:1: service tftp is known for udp alone, and entries are TCP\n"
     "  tftp sallyport -p2345\n"
     "  ^\n"
     "  write the port of a TCP service\n"},
    {"service_with_a_sign", "+21 sallyport -p2345",
     "portconf:1:1: service +21 is not known\n"
     "  +21 sallyport -p2345\n"
     "  ^\n"
     "  write its port, or add it to the services file\n"},
    {"program_missing", "23450",
     "portconf:1:1: no program follows 23450\n"
     "  23450\n"
     "  ^\n"
     "  write $system.xygatehe.xygatehe and its -p for a relay, $system.xygateef.xygateef for FTP\n"},
    {"program_missing_and_port_wrong", "70000",
     "portconf:1:1: port 70000 is outside 1-65535\n"
     "  70000\n"
     "  ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"
     "portconf:1:1: no program follows 70000\n"
     "  70000\n"
     "  ^\n"
     "  write $system.xygatehe.xygatehe and its -p for a relay, $system.xygateef.xygateef for FTP\n"},
    {"target_port_missing", "23450 $system.xygatehe.xygatehe -t$ZB019 -aTOP",
     "portconf:1:7: the port of the plain server is missing\n"
     "  23450 $system.xygatehe.xygatehe -t$ZB019 -aTOP\n"
     "        ^\n"
     "  add -p and the port, as in -p2345\n"},
    {"target_port_missing_for_ftp_of_sallyport", "ftp sallyport -aFTP",
     "portconf:1:5: the port of the plain server is missing\n"
     "  ftp sallyport -aFTP\n"
     "      ^\n"
     "  add -p and the port, as in -p2345\n"},
    {"target_port_zero", "23450 sallyport -p0",
     "portconf:1:19: port 0 is outside 1-65535\n"
     "  23450 sallyport -p0\n"
     "                    ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"},
    {"target_port_too_large", "23450 sallyport --target-port=70000",
     "portconf:1:31: port 70000 is outside 1-65535\n"
     "  23450 sallyport --target-port=70000\n"
     "                                ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"},
    {"target_port_unknown_service", "23450 sallyport -p 23x",
     "portconf:1:20: service 23x is not known\n"
     "  23450 sallyport -p 23x\n"
     "                     ^\n"
     "  write its port, or add it to the services file\n"},
    {"target_port_of_udp_alone", "23450 sallyport -p tftp",
     "portconf:1:20: service tftp is known for udp alone, and entries are TCP\n"
     "  23450 sallyport -p tftp\n"
     "                     ^\n"
     "  write the port of a TCP service\n"},
    {"flag_unknown", "23450 sallyport -p2345 -x5",
     "portconf:1:24: -x is not a flag\n"
     "  23450 sallyport -p2345 -x5\n"
     "                         ^\n"
     "  the flags are -p -t -a -h -l -s -e -k -c\n"},
    {"flag_unknown_with_next_word", "23450 sallyport -p2345 -x 5",
     "portconf:1:24: -x is not a flag\n"
     "  23450 sallyport -p2345 -x 5\n"
     "                         ^\n"
     "  the flags are -p -t -a -h -l -s -e -k -c\n"},
    {"flag_in_the_other_letter_case", "23450 sallyport -P 2345 -p2345",
     "portconf:1:17: -P is not a flag\n"
     "  23450 sallyport -P 2345 -p2345\n"
     "                  ^\n"
     "  write -p\n"},
    {"long_flag_nearly_right", "23450 sallyport --target-prt 2345 -p2345",
     "portconf:1:17: --target-prt is not a flag\n"
     "  23450 sallyport --target-prt 2345 -p2345\n"
     "                  ^\n"
     "  write --target-port\n"},
    {"long_flag_unknown", "23450 sallyport -p2345 --frobnicate=1",
     "portconf:1:24: --frobnicate is not a flag\n"
     "  23450 sallyport -p2345 --frobnicate=1\n"
     "                         ^\n"
     "  the flags are -p -t -a -h -l -s -e -k -c\n"},
    {"hyphen_alone", "23450 sallyport -p2345 -",
     "portconf:1:24: - is not a flag\n"
     "  23450 sallyport -p2345 -\n"
     "                         ^\n"
     "  the flags are -p -t -a -h -l -s -e -k -c\n"},
    {"hyphens_alone", "23450 sallyport -p2345 --",
     "portconf:1:24: -- is not a flag\n"
     "  23450 sallyport -p2345 --\n"
     "                         ^\n"
     "  the flags are -p -t -a -h -l -s -e -k -c\n"},
    {"word_without_flag", "23450 sallyport -p2345 TOP",
     "portconf:1:24: TOP belongs to no flag\n"
     "  23450 sallyport -p2345 TOP\n"
     "                         ^\n"
     "  take it out; a comment begins with #\n"},
    {"flag_twice", "23450 sallyport -p2345 -p2346",
     "portconf:1:24: -p (--target-port) is given twice\n"
     "  23450 sallyport -p2345 -p2346\n"
     "                         ^\n"
     "  keep one of the two\n"},
    {"flag_twice_in_two_forms", "23450 sallyport --target-port=2345 -p 2346",
     "portconf:1:36: -p (--target-port) is given twice\n"
     "  23450 sallyport --target-port=2345 -p 2346\n"
     "                                     ^\n"
     "  keep one of the two\n"},
    {"value_missing_at_the_end", "23450 sallyport -p",
     "portconf:1:17: -p has no value\n"
     "  23450 sallyport -p\n"
     "                  ^\n"
     "  join the value to it, as in -p2345\n"},
    {"value_missing_before_a_flag", "23450 sallyport -p -aTOP",
     "portconf:1:17: -p has no value\n"
     "  23450 sallyport -p -aTOP\n"
     "                  ^\n"
     "  join the value to it, as in -p2345\n"},
    {"value_missing_after_equals_sign", "23450 sallyport -p2345 --protocol= -l127.0.0.1",
     "portconf:1:24: --protocol has no value\n"
     "  23450 sallyport -p2345 --protocol= -l127.0.0.1\n"
     "                         ^\n"
     "  join the value to it, as in -aTOP\n"},
    {"value_missing_before_a_comment", "23450 sallyport -p2345 -s # all",
     "portconf:1:24: -s has no value\n"
     "  23450 sallyport -p2345 -s # all\n"
     "                         ^\n"
     "  join the value to it, as in -snative,tls\n"},
    {"process_and_host", "23450 sallyport -p2345 -t$ZB019 -h192.168.0.3",
     "portconf:1:33: -t (--tcp-process) and -h (--target-host) exclude each other\n"
     "  23450 sallyport -p2345 -t$ZB019 -h192.168.0.3\n"
     "                                  ^\n"
     "  keep the one that says where the plain server is\n"},
    {"host_and_process", "23450 sallyport -p2345 -h192.168.0.3 --tcp-process $ZB019",
     "portconf:1:38: -t (--tcp-process) and -h (--target-host) exclude each other\n"
     "  23450 sallyport -p2345 -h192.168.0.3 --tcp-process $ZB019\n"
     "                                       ^\n"
     "  keep the one that says where the plain server is\n"},
    {"process_without_dollar", "23450 sallyport -p2345 -tZB019",
     "portconf:1:26: ZB019 is not the name of a TCP/IP process\n"
     "  23450 sallyport -p2345 -tZB019\n"
     "                           ^\n"
     "  write $ and its letters and digits, as in -t$ZTC0; an address follows -h\n"},
    {"process_dollar_alone", "23450 sallyport -p2345 -t$",
     "portconf:1:26: $ is not the name of a TCP/IP process\n"
     "  23450 sallyport -p2345 -t$\n"
     "                           ^\n"
     "  write $ and its letters and digits, as in -t$ZTC0; an address follows -h\n"},
    {"process_of_another_node", "23450 sallyport -p2345 -t\\NODE.$ZB019",
     "portconf:1:26: \\NODE.$ZB019 is not the name of a TCP/IP process\n"
     "  23450 sallyport -p2345 -t\\NODE.$ZB019\n"
     "                           ^\n"
     "  write $ and its letters and digits, as in -t$ZTC0; an address follows -h\n"},
    {"process_with_a_bad_address", "23450 sallyport -p2345 -t$zbad",
     "portconf:1:26: $ZBAD stands for host-prod, which is not an address\n"
     "  23450 sallyport -p2345 -t$zbad\n"
     "                           ^\n"
     "  write an IPv4 or IPv6 address for it under [tcp-process]\n"},
    {"host_that_is_a_name", "23450 sallyport -p2345 -h host-prod",
     "portconf:1:27: host-prod is not an IPv4 or IPv6 address\n"
     "  23450 sallyport -p2345 -h host-prod\n"
     "                            ^\n"
     "  write an address such as 192.168.0.3 or ::1\n"},
    {"host_with_a_scope", "23450 sallyport -p2345 -hfe80::1%eth0",
     "portconf:1:26: fe80::1%eth0 is not an IPv4 or IPv6 address\n"
     "  23450 sallyport -p2345 -hfe80::1%eth0\n"
     "                           ^\n"
     "  write an address such as 192.168.0.3 or ::1\n"},
    {"listen_with_a_port", "23450 sallyport -p2345 -l 127.0.0.1:23450",
     "portconf:1:27: 127.0.0.1:23450 is not an IPv4 or IPv6 address\n"
     "  23450 sallyport -p2345 -l 127.0.0.1:23450\n"
     "                            ^\n"
     "  write an address such as 192.168.0.3 or ::1\n"},
    {"protocol_too_long", "23450 sallyport -p2345 -aABCDEFGHIJKLMNOPQ",
     "portconf:1:26: protocol ABCDEFGHIJKLMNOPQ is not 1 to 16 letters, digits and hyphens\n"
     "  23450 sallyport -p2345 -aABCDEFGHIJKLMNOPQ\n"
     "                           ^\n"
     "  write TOP, FTP, or a word of your own that the workstations use too\n"},
    {"protocol_with_an_underscore", "23450 sallyport -p2345 -aTOP_2",
     "portconf:1:26: protocol TOP_2 is not 1 to 16 letters, digits and hyphens\n"
     "  23450 sallyport -p2345 -aTOP_2\n"
     "                           ^\n"
     "  write TOP, FTP, or a word of your own that the workstations use too\n"},
    {"protocol_of_xygateef", "ftp $system.xygateef.xygateef -p2121 -aTOP",
     "portconf:1:40: xygateef serves FTP, not TOP\n"
     "  ftp $system.xygateef.xygateef -p2121 -aTOP\n"
     "                                         ^\n"
     "  take -a out, or write $system.xygatehe.xygatehe as the program\n"},
    {"target_is_the_entry", "2345 sallyport -p2345",
     "portconf:1:18: the target 127.0.0.1:2345 is this entry itself\n"
     "  2345 sallyport -p2345\n"
     "                   ^\n"
     "  give one of them another port, or part them by their addresses with -h and -l\n"},
    {"target_is_the_listening_address", "2345 sallyport -p2345 -h192.168.0.3 -l192.168.0.3",
     "portconf:1:18: the target 192.168.0.3:2345 is this entry itself\n"
     "  2345 sallyport -p2345 -h192.168.0.3 -l192.168.0.3\n"
     "                   ^\n"
     "  give one of them another port, or part them by their addresses with -h and -l\n"},
    {"target_is_the_default_ftp_server", "2121 xygateef",
     "portconf:1:1: the target 127.0.0.1:2121 is this entry itself\n"
     "  2121 xygateef\n"
     "  ^\n"
     "  give one of them another port, or part them by their addresses with -h and -l\n"
     "portconf:1:6: notice: FTP goes to the server at 127.0.0.1:2121\n"
     "  2121 xygateef\n"
     "       ^\n"
     "  if it is elsewhere, add -p and its port, or set it under [ftp]\n"},
    {"several_mistakes_in_one_line", "70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x",
     "portconf:1:1: port 70000 is outside 1-65535\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "  ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"
     "portconf:1:19: port 0 is outside 1-65535\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "                    ^\n"
     "  write a port from 1 to 65535, or the name of a service\n"
     "portconf:1:23: ZB019 is not the name of a TCP/IP process\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "                        ^\n"
     "  write $ and its letters and digits, as in -t$ZTC0; an address follows -h\n"
     "portconf:1:31: protocol T_P is not 1 to 16 letters, digits and hyphens\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "                                ^\n"
     "  write TOP, FTP, or a word of your own that the workstations use too\n"
     "portconf:1:37: 1.2.3 is not an IPv4 or IPv6 address\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "                                      ^\n"
     "  write an address such as 192.168.0.3 or ::1\n"
     "portconf:1:52: ssh is no kind of secure leg\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "                                                     ^\n"
     "  write native, tls, ftps, ftps-implicit, plain, or a list such as native,tls\n"
     "portconf:1:58: DES is not a suite\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "                                                           ^\n"
     "  write suites such as AES256,X25519 with / between them\n"
     "portconf:1:62: -x is not a flag\n"
     "  70000 sallyport -p0 -tZB019 -aT_P -l1.2.3 -snative,ssh -eDES -x\n"
     "                                                               ^\n"
     "  the flags are -p -t -a -h -l -s -e -k -c\n"},
    {"tabs_before_the_mistake", "\t23450\tsallyport\t-p2345\t-aTOP\tTOP",
     "portconf:1:31: TOP belongs to no flag\n"
     "  \t23450\tsallyport\t-p2345\t-aTOP\tTOP\n"
     "  \t     \t         \t      \t     \t^\n"
     "  take it out; a comment begins with #\n"},
    {"letters_of_another_script", "23450 sallyport -p2345 -aTÖP",
     "portconf:1:26: protocol TÖP is not 1 to 16 letters, digits and hyphens\n"
     "  23450 sallyport -p2345 -aTÖP\n"
     "                           ^\n"
     "  write TOP, FTP, or a word of your own that the workstations use too\n"},
};

TEST_P(Mistake, IsToldWithItsPlaceAndItsRemedyAndYieldsNoEntry) { expect_told(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Diagnostics, Mistake, testing::ValuesIn(mistakes),
                         [](const auto& instance) { return instance.param.name; });

TEST(Diagnostics, OfAProgramThatIsNearlyOursSuggestIt) {
    EXPECT_EQ(reported("23450 $system.xygatehe.xygateh -p2345"),
              "portconf:1:7: notice: $system.xygatehe.xygateh belongs to another listener, and the line is skipped\n"
              "  23450 $system.xygatehe.xygateh -p2345\n"
              "        ^\n"
              "  write xygatehe if that was meant\n");
}

TEST(Diagnostics, ShortenWhatTheyQuote) {
    const std::string name(200, 'n');
    const Table table = parse(name + " sallyport -p9");
    ASSERT_EQ(table.diagnostics.size(), 1u);
    EXPECT_EQ(table.diagnostics[0].reason, "service " + name.substr(0, 60) + "... is not known");
    EXPECT_EQ(table.diagnostics[0].length, 200u);
}

}  // namespace
}  // namespace sallyport::portconf
