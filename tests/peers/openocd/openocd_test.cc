// The stock OpenOCD, with its stock target file, judges the virtual debug hardware.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <random>

#include "tests/peers/openocd/peer.h"

namespace tests::peers {
namespace {

using probes::Milliseconds;
using testing::HasSubstr;

constexpr uint32_t kSram = 0x00200000, kDdr = 0x20000000;

class OpenOcdPeer : public PeerTest, public testing::WithParamInterface<MiniBoard::Probe> {
 protected:
  void SetUp() override { hold(GetParam()); }

  uint32_t reg(const char* name) {
    const auto value = openocd->reg(name);
    EXPECT_TRUE(value) << (value ? "" : value.error().what);
    return value ? *value : 0xdeadbeef;
  }
  uint32_t word(uint32_t address) {
    auto words = openocd->read_words(address, 1);
    EXPECT_TRUE(words) << (words ? "" : words.error().what);
    return words ? words->front() : 0xdeadbeef;
  }
  std::filesystem::path random_file(size_t size) {
    std::mt19937 random(5);
    const auto path = folder() / "random.bin";
    std::ofstream out(path, std::ios::binary);
    for (size_t i = 0; i < size; i++) out.put(static_cast<char>(random()));
    return path;
  }
  /// Puts a program at the start of SRAM and the PC on it.
  void program(std::initializer_list<uint32_t> instructions) {
    OK(openocd->halt());
    OK(openocd->write_words(kSram, std::vector<uint32_t>(instructions)));
    OK(openocd->set_reg("pc", kSram));
  }
};

TEST_P(OpenOcdPeer, HaltsTheCoreAndSeesItsRegisters) {
  OK(openocd->halt());
  EXPECT_EQ(reg("pc"), kSram);
  EXPECT_EQ(reg("cpsr") & 0x1f, 0x13u);
  EXPECT_EQ(*openocd->state(), "halted");
  OK(openocd->set_reg("r7", 0x12345678));
  OK(openocd->set_reg("sp_irq", 0x0badcafe));
  OK(openocd->resume());
  EXPECT_EQ(*openocd->state(), "running");
  OK(openocd->halt());
  EXPECT_EQ(reg("r7"), 0x12345678u);
  EXPECT_EQ(reg("sp_irq"), 0x0badcafeu);
  EXPECT_EQ(reg("pc"), kSram);
}

TEST_P(OpenOcdPeer, MovesWordsHalfwordsAndBytes) {
  OK(openocd->halt());
  OK(openocd->command("mww 0x20000100 0xa1b2c3d4"));
  OK(openocd->command("mwh 0x20000102 0x1122"));
  OK(openocd->command("mwb 0x20000101 0x77"));
  EXPECT_EQ(word(kDdr + 0x100), 0x112277d4u);
  EXPECT_THAT(*openocd->command("mdb 0x20000101 3"), HasSubstr("77 22 11"));
  OK(openocd->command("mww phys 0x20000104 0x55aa55aa"));
  EXPECT_EQ(word(kDdr + 0x104), 0x55aa55aau);
}

TEST_P(OpenOcdPeer, LoadsVerifiesAndDumpsAnImage) {
  OK(openocd->halt());
  const size_t size = GetParam() == MiniBoard::Probe::kBusPirate ? 300'001 : 20'001;
  const auto image = random_file(size);
  const auto before = std::chrono::steady_clock::now();
  OK(openocd->load(image, kDdr + 0x1000));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  RecordProperty("load_kib_s", static_cast<int>(static_cast<double>(size) / 1024 / took.count()));
  OK(openocd->verify(image, kDdr + 0x1000));
  EXPECT_TRUE(*openocd->matches(image, kDdr + 0x1000));
  OK(openocd->command("mwb 0x20002000 0x00"));
  OK(openocd->command("mwb 0x20002001 0xff"));
  const auto differs = openocd->verify(image, kDdr + 0x1000);
  ASSERT_FALSE(differs);
  EXPECT_FALSE(*openocd->matches(image, kDdr + 0x1000));
  const auto dumped = openocd->read_memory(kDdr + 0x1000, 8);
  ASSERT_TRUE(dumped) << dumped.error().what;
  std::ifstream in(image, std::ios::binary);
  for (const std::byte byte : *dumped) EXPECT_EQ(static_cast<int>(byte), in.get());
}

TEST_P(OpenOcdPeer, MemoryThatIsNotThereIsAnErrorAndHarmsNothing) {
  OK(openocd->halt());
  const auto none = openocd->read_words(0xe0000000, 4);
  ASSERT_FALSE(none);
  const auto nothing = openocd->write_words(0xe0000000, std::vector<uint32_t>{1, 2, 3});
  ASSERT_FALSE(nothing);
  OK(openocd->write_words(kDdr, std::vector<uint32_t>{7}));
  EXPECT_EQ(word(kDdr), 7u);
  EXPECT_EQ(reg("pc"), kSram);
}

TEST_P(OpenOcdPeer, StepsOneInstructionAtATime) {
  // mov r0, #1; add r0, r0, #2; b .+8; (skipped); add r0, r0, #4; b .
  program({0xe3a00001, 0xe2800002, 0xea000000, 0xe3a000ff, 0xe2800004, 0xeafffffe});
  for (const uint32_t pc : {0x4u, 0x8u, 0x10u, 0x14u}) {
    OK(openocd->step());
    EXPECT_EQ(reg("pc"), kSram + pc);
  }
  EXPECT_EQ(reg("r0"), 7u);
}

TEST_P(OpenOcdPeer, StopsAtHardwareBreakpointsAndHasThree) {
  // add r0, r0, #1; b .-4
  program({0xe2800001, 0xeafffffd});
  OK(openocd->set_reg("r0", 0));
  OK(openocd->command("bp 0x00200004 4 hw"));
  for (uint32_t round = 1; round <= 3; round++) {
    if (round > 1) OK(openocd->step());  // OpenOCD's resume does not step off a breakpoint
    OK(openocd->resume());
    OK(openocd->wait_halted(Milliseconds(2000)));
    EXPECT_EQ(reg("pc"), kSram + 4);
    EXPECT_EQ(reg("r0"), round);
  }
  OK(openocd->command("bp 0x20000000 4 hw"));
  OK(openocd->command("bp 0x20000100 4 hw"));
  EXPECT_FALSE(openocd->command("bp 0x20000200 4 hw"));
  OK(openocd->command("rbp all"));
  OK(openocd->resume());
  EXPECT_FALSE(openocd->wait_halted(Milliseconds(100)));
  OK(openocd->halt());
}

TEST_P(OpenOcdPeer, StopsAtSoftwareBreakpoints) {
  program({0xe2800001, 0xe2811001, 0xeafffffc});
  OK(openocd->set_reg("r1", 0));
  OK(openocd->command("bp 0x00200004 4"));
  OK(openocd->resume());
  OK(openocd->wait_halted(Milliseconds(2000)));
  EXPECT_EQ(reg("pc"), kSram + 4);
  OK(openocd->command("rbp 0x00200004"));
  EXPECT_EQ(word(kSram + 4), 0xe2811001u);
  OK(openocd->step());
  EXPECT_EQ(reg("r1"), 1u);
}

TEST_P(OpenOcdPeer, StopsAtWatchpoints) {
  // str r0, [r1]; add r0, r0, #1; b .-8
  program({0xe5810000, 0xe2800001, 0xeafffffc});
  OK(openocd->set_reg("r0", 0));
  OK(openocd->set_reg("r1", kDdr + 0x40));
  OK(openocd->command("wp 0x20000040 4 w"));
  OK(openocd->resume());
  OK(openocd->wait_halted(Milliseconds(2000)));
  EXPECT_EQ(reg("pc"), kSram + 4);
  EXPECT_THAT(*openocd->command("targets"), HasSubstr("halted"));
  OK(openocd->command("rwp 0x20000040"));
}

TEST_P(OpenOcdPeer, ACodeWrittenWhileHaltedIsTheCodeThatRuns) {
  for (const uint32_t value : {0x11u, 0x22u}) {
    program({0xe3a00000 | value, 0xe1200070});  // mov r0, #value; bkpt
    OK(openocd->resume());
    OK(openocd->wait_halted(Milliseconds(2000)));
    EXPECT_EQ(reg("r0"), value);
    EXPECT_EQ(reg("pc"), kSram + 4);
  }
}

TEST_P(OpenOcdPeer, ResetHaltPullsTheLineAndStopsTheCore) {
  program({0xe3a00001, 0xeafffffe});
  OK(openocd->set_reg("r9", 0x99));
  OK(openocd->resume());
  OK(openocd->reset_halt());
  EXPECT_GE(board->resets(), 1);
  EXPECT_EQ(*openocd->state(), "halted");
  EXPECT_EQ(reg("cpsr") & 0x1f, 0x13u);
  EXPECT_GE(reg("pc"), kSram);
  EXPECT_LE(reg("pc"), kSram + 4);
}

TEST_P(OpenOcdPeer, ACoreLostInItsOwnFaultsCanStillBeStopped) {
  OK(openocd->halt());
  OK(openocd->set_reg("pc", 0x60000000));  // nothing there, and nothing at the vectors either
  OK(openocd->resume());
  OK(openocd->halt());
  EXPECT_EQ(reg("pc"), 0xcu) << "the prefetch abort's vector";
  EXPECT_EQ(reg("cpsr") & 0x1f, 0x17u);
}

TEST_P(OpenOcdPeer, ReadsCp15AndResumesOnlyWhatIsHalted) {
  OK(openocd->halt());
  EXPECT_THAT(*openocd->command("arm mrc 15 0 0 0 0"), HasSubstr(std::to_string(0x410fc051)));
  OK(openocd->resume());
  const auto again = openocd->resume();
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().what, HasSubstr("the core is running"));
  EXPECT_FALSE(openocd->read_words(kDdr, 1)) << "not while it runs";
}

TEST_P(OpenOcdPeer, AProbeThatHangsIsReportedInTimeAndASecondOpenOcdWorks) {
  OK(openocd->halt());
  board->freeze(true);
  const auto before = std::chrono::steady_clock::now();
  const auto hung = openocd->command("mdw 0x20000000", Milliseconds(500));
  ASSERT_FALSE(hung);
  EXPECT_THAT(hung.error().what, HasSubstr("within 500 ms and was killed"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(3));
  board->freeze(false);
  OK(openocd->restart());
  OK(openocd->halt());
  EXPECT_EQ(reg("pc"), kSram);
}

INSTANTIATE_TEST_SUITE_P(Probes, OpenOcdPeer,
                         testing::Values(MiniBoard::Probe::kBusPirate,
                                         MiniBoard::Probe::kRemoteBitbang),
                         [](const auto& info) {
                           return info.param == MiniBoard::Probe::kBusPirate ? "BusPirate"
                                                                             : "RemoteBitbang";
                         });

TEST(OpenOcdStart, ABoardThatIsNotThereIsAClearError) {
  if (!installed("openocd")) GTEST_SKIP() << "openocd is not installed";
  const auto log = std::filesystem::temp_directory_path() / ("absent." + std::to_string(getpid()));
  for (const auto& adapter : {probes::openocd::virtual_buspirate("/nonexistent/probe"),
                              probes::openocd::virtual_remote_bitbang("/nonexistent/probe")}) {
    probes::openocd::Config config;
    config.adapter = adapter;
    config.log = log;
    const auto started = probes::openocd::OpenOcd::start(config);
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().what, HasSubstr("is the board running?"));
  }
  std::filesystem::remove(log);
}

TEST(OpenOcdStart, EveryAdapterFileIsUnderstood) {
  if (!installed("openocd")) GTEST_SKIP() << "openocd is not installed";
  for (const std::string& name : probes::openocd::silicon_names()) {
    const auto lines = probes::openocd::silicon(name);
    ASSERT_TRUE(lines);
    std::string command = "timeout 10 openocd";
    for (const std::string& line : *lines) command += " -c '" + line + "'";
    command += " -f target/at91sama5d2.cfg -c shutdown >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << name;
  }
}

}  // namespace
}  // namespace tests::peers
