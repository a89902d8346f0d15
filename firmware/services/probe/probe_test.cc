#include "firmware/services/probe/probe.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace services::probe {
namespace {

struct FakeSystem : System {
  std::vector<std::string> lines;
  std::vector<interfaces::Fault> faults;
  base::Error fault_outcome = base::make_error(base::Code::kNotFound, 1, 1);
  base::Error bench_outcome{};
  std::string benches{};

  void print(std::string_view line) override { lines.emplace_back(line); }
  size_t victims() const override { return 2; }
  base::Result<void> commit(size_t index, interfaces::Fault fault) override {
    EXPECT_EQ(index, faults.size());
    faults.push_back(fault);
    return fault_outcome;
  }
  base::Result<void> run_bench(Caches caches) override {
    benches += caches == Caches::kCold ? "cold " : "hot ";
    return bench_outcome;
  }
  size_t checks() const override { return 2; }
  std::string_view check_name(size_t index) const override { return index ? "late" : "early"; }
  std::vector<uint32_t> identities;  // 0: dead; taken from the front
  base::Error death = base::make_error(base::Code::kNotFound, 1, 1);
  base::Result<uint32_t> phoenix(base::Duration) override {
    const uint32_t identity = identities.front();
    identities.erase(identities.begin());
    if (identity == 0) return base::make_error(base::Code::kNotFound, 1, 1);
    return identity;
  }
  base::Result<void> kill_phoenix() override { return death; }
  base::Result<void> run_check(size_t index) override {
    return index ? base::make_error(base::Code::kTimeout, 3, 5) : base::Error{};
  }
  base::Error panic() override { return base::make_error(base::Code::kInvalid, 3, 6); }
};

struct FakeView : View {
  std::vector<std::string> lines;
  void print(std::string_view line) override { lines.emplace_back(line); }
  base::Result<Numbers> statistics(kernel::abi::Statistics, uint32_t) override { return Numbers{}; }
  uint32_t services() const override { return 0; }
  std::string_view service_name(uint32_t) const override { return {}; }
  base::Result<void> trace(bool) override { return {}; }
  base::Result<std::array<uint32_t, 2>> read_trace(std::span<kernel::abi::TraceEvent>) override {
    return std::array<uint32_t, 2>{};
  }
  base::Result<interfaces::Crash::List::Reply> crashes() override {
    return interfaces::Crash::List::Reply{};
  }
  base::Result<kernel::abi::CrashRecord> crash(uint32_t) override {
    return kernel::abi::CrashRecord{};
  }
};

struct ProbeTest : testing::Test {
  std::string command(std::string_view line) {
    system.lines.clear();
    probe.command(line);
    std::string all;
    for (const auto& printed : system.lines) all += printed + "\n";
    return all;
  }
  FakeSystem system;
  FakeView view;
  Introspection introspection{view};
  Probe probe{system, introspection};
};

TEST_F(ProbeTest, PanicThatIsRefusedSaysSo) {
  EXPECT_EQ(command("panic").substr(0, 28), "probe: panic refused, error ");
}

TEST_F(ProbeTest, PingIsAnswered) {
  EXPECT_EQ(command("ping"), "probe: pong\n");
}

TEST_F(ProbeTest, CommandsOfTheIntrospectionReachIt) {
  command("ipc");
  EXPECT_EQ(view.lines, std::vector<std::string>{"ipc: 0 services"});
}

TEST_F(ProbeTest, ThePhoenixComesBackAsSomebodyElseOrStaysDead) {
  system.identities = {0x105, 0x205};
  EXPECT_EQ(command("restart"), "probe: phoenix was 0x00000105 and is 0x00000205\n");
  system.identities = {0x205, 0x205};
  EXPECT_EQ(command("restart"), "probe: phoenix was 0x00000205 and is the same: 0x00000205\n");
  system.identities = {0x205, 0};
  EXPECT_EQ(command("restart"), "probe: phoenix stays dead\n");
  system.identities = {0};
  EXPECT_EQ(command("restart"), "probe: phoenix is dead\n");
  system.identities = {0x205};
  system.death = {};
  EXPECT_EQ(command("restart"), "probe: phoenix SURVIVED\n");
}

TEST_F(ProbeTest, EachFaultCostsAVictim) {
  EXPECT_EQ(command("fault write-text"), "probe: victim1, fault write-text: died\n");
  EXPECT_EQ(command("fault kernel"), "probe: victim2, fault kernel: died\n");
  EXPECT_EQ(command("fault null"), "probe: no victim left\n");
  EXPECT_EQ(system.faults,
            (std::vector{interfaces::Fault::kWriteText, interfaces::Fault::kKernel}));
}

TEST_F(ProbeTest, AVictimThatLivesOnIsReportedLoudly) {
  system.fault_outcome = {};
  EXPECT_EQ(command("fault null"), "probe: victim1, fault null: SURVIVED\n");
  system.fault_outcome = base::make_error(base::Code::kDenied, 1, 2);
  EXPECT_EQ(command("fault null"),
            "probe: victim2, fault null: could not be asked, error 0x00020102\n");
}

TEST_F(ProbeTest, AnUnknownFaultCostsNobody) {
  EXPECT_EQ(command("fault nul"),
            "probe: no fault \"nul\"; there are null write-text execute-data undefined privileged "
            "stack kernel thread-stack\n");
  EXPECT_TRUE(system.faults.empty());
}

TEST_F(ProbeTest, ChecksAreReportedOneByOneAndCounted) {
  EXPECT_EQ(command("check"),
            "probe: check early: passed\n"
            "probe: check late: FAILED, error 0x00050305\n"
            "probe: 1 of 2 checks passed\n");
}

TEST_F(ProbeTest, TheBenchSpeaksForItselfUnlessItFails) {
  EXPECT_EQ(command("bench"), "");
  EXPECT_EQ(command("bench cold"), "");
  EXPECT_EQ(system.benches, "hot cold ");
  system.bench_outcome = base::make_error(base::Code::kDenied, 1, 1);
  EXPECT_EQ(command("bench"), "probe: bench failed, error 0x00010102\n");
}

TEST_F(ProbeTest, OtherLinesAreAnsweredWithWhatThereIs) {
  for (const char* line : {"pin", "ping now", "PING", "bench 3"})
    EXPECT_EQ(command(line).substr(0, 18), "probe: no command ") << line;
}

}  // namespace
}  // namespace services::probe
