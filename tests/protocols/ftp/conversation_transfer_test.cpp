// Transfers, from the command to the final reply.
#include <gmock/gmock.h>

#include "tests/protocols/ftp/dialogue.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

TEST(Transfer, HasADirectionByItsVerb) {
    for (const std::string command : {"RETR a", "LIST", "NLST *", "MLSD a", "MLFL a", "STOR a", "APPE a", "STOU"}) {
        Dialogue d(plain_settings());
        d.begin();
        d.start(command);  // expects the direction
        EXPECT_EQ(d.conversation().moving(),
                  command.starts_with("S") || command.starts_with("A") ? Direction::upload : Direction::download);
        d.data_ended(DataEnd::complete);
        d.back("226 Done");
        d.expect_to_front("226 Done");
        d.expect_audit(command + " 226 100 complete");
    }
}

TEST(Transfer, IsComplete) {
    for (const bool reply_first : {false, true}) {
        Dialogue d(plain_settings());
        d.begin();
        d.start("RETR a");
        if (reply_first) {
            d.back("226-Done");
            d.back("226 Really");
            d.expect_nothing();
            d.data_ended(DataEnd::complete);
        } else {
            d.data_ended(DataEnd::complete);
            d.expect_nothing();
            d.raw_back("226-Done\r\n226 Really\r\n");
        }
        d.expect_to_front("226-Done");
        d.expect_to_front("226 Really");
        d.expect_audit("RETR a 226 100 complete");
    }
}

TEST(Transfer, KnownToBeIncompleteIsNeverCalledComplete) {
    const std::pair<DataEnd, std::string> ends[] = {
        {DataEnd::reset, "the data connection was reset"},
        {DataEnd::truncated, "the data connection ended without its signed end"},
        {DataEnd::stalled, "nothing moved for too long"},
    };
    for (const auto& [end, why] : ends) {
        for (const std::string command : {"RETR a", "STOR a"}) {
            for (const bool reply_first : {false, true}) {
                Dialogue d(plain_settings());
                d.begin();
                d.start(command);
                if (reply_first) d.back("226 Done");
                if (reply_first && command.starts_with("STOR")) d.expect(action::ConcludeUpload{});
                d.data_ended(end, 5);
                if (!reply_first) d.back("226 Done");
                d.expect_alarm("226 to an incomplete transfer");
                d.expect_to_front("426 Transfer incomplete: " + why);
                d.expect_audit(command + " 426 5 " + why);
            }
        }
    }
}

TEST(Transfer, ThatTheServerCallsIncompleteIsSoInItsWords) {
    for (const auto end : {DataEnd::complete, DataEnd::reset}) {
        Dialogue d(plain_settings());
        d.begin();
        d.start("RETR a");
        d.data_ended(end);
        d.back("451 Read error");
        d.expect_to_front("451 Read error");
        d.expect_audit(end == DataEnd::complete ? "RETR a 451 100 the server refused it"
                                                : "RETR a 451 100 the data connection was reset");
    }
}

TEST(Transfer, RefusedWhileItMovesIsEndedByTheServerOrByUs) {
    for (const bool helped : {false, true}) {
        Dialogue d(plain_settings());
        d.begin();
        d.start("STOR a");
        EXPECT_EQ(d.armed(Timer::step), std::chrono::seconds(0));
        d.back("452 Disk full");
        if (helped) {
            d.expire(Timer::step);
            d.expect(action::DropData{true});
            d.expect_to_front("452 Disk full");
            d.expect_audit("STOR a 452 0 the data connection was reset");
        } else {
            d.data_ended(DataEnd::reset, 5);
            d.expect_to_front("452 Disk full");
            d.expect_audit("STOR a 452 5 the data connection was reset");
        }
    }
}

TEST(Transfer, RefusedByTheServerMovesNothing) {
    for (const std::string answer : {"550 No such file", "425 No", "532 Account", "332 Account", "500 What"}) {
        Dialogue d(implicit_front());
        d.begin();
        d.prepare();
        d.connected(Side::front);
        d.front("RETR a");
        d.expect(action::Connect{Side::back, {server_address, 50000}});
        d.connected(Side::back);
        d.expect_to_back("RETR a");
        d.back(answer);
        d.expect(action::DropData{false});  // and no handshake on it
        d.expect_to_front(answer);
        d.expect_audit("RETR a " + answer.substr(0, 3) + " 0 the server refused it");
        d.front("RETR a");
        d.expect_to_front("425 Use PORT or PASV first");
    }
}

TEST(Transfer, MayHaveNoPreliminaryReply) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.front("STOU");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("STOU");
    d.back("250 Here it was");
    d.connected(Side::front);
    d.expect(action::Pump{Direction::upload});
    d.expect(action::ConcludeUpload{});
    d.data_ended(DataEnd::complete, 1);
    d.expect_to_front("250 Here it was");
    d.expect_audit("STOU 250 1 complete");
}

TEST(Transfer, MayHaveA200BeforeItsPreliminaryReply) {
    Dialogue d(plain_settings());
    d.begin();
    d.prepare();
    d.connected(Side::front);
    d.front("RETR a");
    d.expect(action::Connect{Side::back, {server_address, 50000}});
    d.connected(Side::back);
    d.expect_to_back("RETR a");
    d.back("200 Well");
    d.expect(action::Pump{Direction::download});
    d.back("150 Here");
    d.expect_to_front("150 Here");
    d.data_ended(DataEnd::complete);
    d.expect_nothing();
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
}

TEST(Transfer, MarkersPassAsTheyCome) {
    Dialogue d(plain_settings());
    d.begin();
    d.start("RETR a");
    d.back("110 MARK 5 = 7");
    d.expect_to_front("110 MARK 5 = 7");
    d.data_ended(DataEnd::complete);
    d.back("226 Done");
    d.expect_to_front("226 Done");
    d.expect_audit("RETR a 226 100 complete");
}

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
