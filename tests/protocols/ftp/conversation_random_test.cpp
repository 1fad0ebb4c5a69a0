// Sessions at random, by fixed seeds: the rules of Watched hold in all of them.
#include <gmock/gmock.h>

#include <random>
#include <tuple>

#include "tests/protocols/ftp/random_session.hpp"

namespace sallyport::protocols::ftp::tests {
namespace {

class Seeded final : public Choices {
public:
    explicit Seeded(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t limit) override { return engine_() % limit; }
    bool spent() const override { return false; }

private:
    std::mt19937 engine_;
};

constexpr std::size_t events_each = 300;

using Chain = std::tuple<Kind, Kind>;

class RandomSessions : public ::testing::TestWithParam<Chain> {};

TEST_P(RandomSessions, KeepTheRules) {
    const auto [front, back] = GetParam();
    std::size_t events = 0, transfers = 0, rests = 0;
    for (unsigned seed = 0; events < 60000; ++seed) {
        Seeded choices(seed);
        RandomSession session(choices, front, back);
        session.run(events_each);
        const auto& watched = session.watched();
        events += watched.events();
        transfers += watched.transfers();
        rests += watched.at_rest() ? 1 : 0;
        if (watched.broken().empty()) continue;
        Seeded again(seed);
        RandomSession shown(again, front, back, true);
        shown.run(events_each);
        FAIL() << "seed " << seed << ": " << shown.watched().broken() << "\n" << shown.watched().transcript();
    }
    // Much has happened in them, and many came to rest.
    EXPECT_GT(transfers, 300u);
    EXPECT_GT(rests, 50u);
}

std::string chain_name(const ::testing::TestParamInfo<Chain>& tested) {
    static constexpr const char* names[] = {"plain", "native", "tls"};
    return std::string(names[static_cast<int>(std::get<0>(tested.param))]) + "_" +
           names[static_cast<int>(std::get<1>(tested.param))];
}

INSTANTIATE_TEST_SUITE_P(EveryChain, RandomSessions,
                         ::testing::Combine(::testing::Values(Kind::plain, Kind::native, Kind::tls),
                                            ::testing::Values(Kind::plain, Kind::native, Kind::tls)),
                         chain_name);

}  // namespace
}  // namespace sallyport::protocols::ftp::tests
