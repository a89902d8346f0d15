#include "firmware/services/supervisor/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "firmware/runtime/loopback.h"

namespace services::supervisor {
namespace {

using kernel::abi::CrashRecord;
using kernel::abi::EndReason;
using kernel::abi::Identity;
using kernel::abi::Restart;
using kernel::abi::RestartPolicy;
using testing::ElementsAre;
using namespace std::chrono_literals;

struct SupervisorTest : testing::Test, System, base::Clock {
  void print(std::string_view line) override { lines.emplace_back(line); }
  Restart policy(uint8_t pid) override { return pid == 5 ? restart : Restart{}; }
  base::Result<Identity> start(uint8_t pid) override {
    starts.push_back(pid);
    if (refusal.word) return refusal;
    return Identity::make(pid, 9);
  }
  base::Duration now() override { return time; }

  void fault(uint8_t pid, const char* name = "fragile") {
    CrashRecord record{.identity = Identity::make(pid, 2).bits,
                       .reason = EndReason::kFaulted,
                       .address = 0x30,
                       .image = 0x50000,
                       .pc = 0x50204};
    std::strcpy(record.name.data(), name);
    std::strcpy(record.kind.data(), "read: no page");
    supervisor->ended(record, 0);
  }
  void exit(uint8_t pid, uint32_t code, EndReason reason = EndReason::kExited) {
    CrashRecord record{
        .identity = Identity::make(pid, 2).bits, .reason = reason, .exit_code = code};
    std::strcpy(record.name.data(), "worker");
    supervisor->ended(record, 7);
  }

  Restart restart{.policy = RestartPolicy::kAlways, .limit = 2, .window_s = 60};
  base::Error refusal{};
  base::Duration time = 100s;
  std::vector<std::string> lines;
  std::vector<unsigned> starts;
  std::unique_ptr<Supervisor> supervisor = std::make_unique<Supervisor>(*this, *this);
  ipc::Loopback<interfaces::Crash, Supervisor> loopback{*supervisor};
  ipc::Client<interfaces::Crash> client = loopback.client();
};

TEST_F(SupervisorTest, AFaultIsSaidInOneLineAndTheProcessRunsAgain) {
  fault(5);
  EXPECT_THAT(lines,
              ElementsAre("supervisor: fragile (pid 5) died: read: no page at 0x00000030, pc "
                          "0x00010204 as linked; restart 1 of 2",
                          "supervisor: fragile runs again as 0x00000905"));
  EXPECT_THAT(starts, ElementsAre(5u));
  EXPECT_EQ(supervisor->patience(), base::Duration::max());
}

TEST_F(SupervisorTest, TheSecondRestartWaitsAndTheThirdIsNotMade) {
  fault(5);
  time += 1s;
  fault(5);
  EXPECT_THAT(lines.back(), testing::HasSubstr("restart 2 of 2 in 100 ms"));
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(supervisor->patience(), 100ms);
  time += 99ms;
  supervisor->idle();
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(supervisor->patience(), 1ms);
  time += 1ms;
  supervisor->idle();
  EXPECT_EQ(starts.size(), 2u);
  fault(5);
  EXPECT_THAT(lines.back(), testing::HasSubstr("stays dead after 2 restarts within 60 s"));
  EXPECT_EQ(starts.size(), 2u);
  const auto counts = client.call(interfaces::Crash::List{});
  EXPECT_EQ(counts->ended, 3u);
  EXPECT_EQ(counts->faulted, 3u);
  EXPECT_EQ(counts->started, 2u);
  EXPECT_EQ(counts->given_up, 1u);
}

TEST_F(SupervisorTest, WhoHasNoPolicyStaysDead) {
  exit(6, 3);
  exit(7, 0x00120305);
  exit(8, 0, EndReason::kKilled);
  EXPECT_THAT(lines, ElementsAre("supervisor: worker (pid 6) exited with 3",
                                 "supervisor: worker (pid 7) exited with 0x00120305",
                                 "supervisor: worker (pid 8) was killed"));
  EXPECT_TRUE(starts.empty());
  EXPECT_EQ(client.call(interfaces::Crash::List{})->lost, 7u);
}

TEST_F(SupervisorTest, AnEndThatIsNotFinishedIsWaitedFor) {
  refusal = base::make_error(base::Code::kBusy, 1, 1);
  fault(5);
  EXPECT_EQ(lines.size(), 1u);
  EXPECT_EQ(supervisor->patience(), 10ms);
  time += 10ms;
  refusal = {};
  supervisor->idle();
  EXPECT_EQ(lines.back(), "supervisor: fragile runs again as 0x00000905");
}

TEST_F(SupervisorTest, AProcessThatCannotBeStartedIsGivenUp) {
  refusal = base::make_error(base::Code::kDenied, 1, 1);
  fault(5);
  EXPECT_EQ(lines.back(), "supervisor: fragile could not be started, error 0x00010102");
  refusal = base::make_error(base::Code::kBusy, 1, 1);
  fault(5);
  for (int i = 0; i < 200; ++i, time += 100ms) supervisor->idle();
  EXPECT_EQ(lines.back(), "supervisor: fragile could not be started, error 0x00010104");
  EXPECT_EQ(starts.size(), 101u);
}

TEST_F(SupervisorTest, TheNewestRecordsCanBeReadTheOthersAreGone) {
  static ipc::PageBuffer<CrashRecord, 1> page;
  using Describe = interfaces::Crash::Describe;
  EXPECT_EQ(client.call(Describe{.record = page}).error().code(), base::Code::kNotFound);
  for (uint8_t i = 0; i < 20; ++i) fault(static_cast<uint8_t>(10 + i));
  ASSERT_TRUE(client.call(Describe{.record = page, .age = 0}));
  EXPECT_EQ(Identity{page.items()[0].identity}.pid(), 29);
  ASSERT_TRUE(client.call(Describe{.record = page, .age = 15}));
  EXPECT_EQ(Identity{page.items()[0].identity}.pid(), 14);
  EXPECT_EQ(client.call(Describe{.record = page, .age = 16}).error().code(), base::Code::kNotFound);
}

}  // namespace
}  // namespace services::supervisor
