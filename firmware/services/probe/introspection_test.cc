#include "firmware/services/probe/introspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/trace_lines.h"

namespace services::probe {
namespace {

using kernel::abi::Identity;
using kernel::abi::Statistics;
using kernel::abi::TraceEvent;
using testing::ElementsAre;

struct FakeView : View {
  std::vector<std::string> lines;
  std::vector<TraceEvent> events;
  base::Error refusal{};
  bool tracing = false;
  interfaces::Crash::List::Reply counts{};

  void print(std::string_view line) override { lines.emplace_back(line); }
  base::Result<Numbers> statistics(Statistics which, uint32_t index) override {
    if (refusal.word) return refusal;
    const uint32_t echo = Identity::make(4, 2).bits;
    if (which == Statistics::kSystem) return Numbers{2, 3, 100, 0, 1, 20, 0};
    if (which == Statistics::kProcess && index == 4) return Numbers{echo, 1, 3, 8, 2, 1, 0, 77, 0};
    if (which == Statistics::kProcess && index == 200) return Numbers{200, 0, 0, 4};
    if (which == Statistics::kProcessName && index == 4) return named("echo");
    if (which == Statistics::kProcessName && index == 200) return named("victim1");
    if (which == Statistics::kThread && index == 9) return Numbers{echo, 1, 24, 20, 2};
    if (which == Statistics::kThread && index == 1024) return Numbers{echo, 0, 4, 4, 0};
    if (which == Statistics::kService && index == 0) return Numbers{echo, 1, 2, 3};
    if (which == Statistics::kService && index == 1) return Numbers{0, 0, 0, 1};
    return base::make_error(base::Code::kNotFound, 1, 1);
  }
  uint32_t services() const override { return 2; }
  std::string_view service_name(uint32_t id) const override { return id ? "os/x" : "os/echo"; }
  base::Result<void> trace(bool on) override {
    if (refusal.word) return refusal;
    tracing = on;
    return {};
  }
  base::Result<std::array<uint32_t, 2>> read_trace(std::span<TraceEvent> out) override {
    EXPECT_FALSE(tracing);
    const size_t count = std::min(out.size(), events.size());
    std::copy_n(events.begin(), count, out.begin());
    events.erase(events.begin(), events.begin() + static_cast<ptrdiff_t>(count));
    return std::array<uint32_t, 2>{static_cast<uint32_t>(count), 5};
  }
  base::Result<interfaces::Crash::List::Reply> crashes() override { return counts; }
  base::Result<kernel::abi::CrashRecord> crash(uint32_t age) override {
    kernel::abi::CrashRecord record{.identity = 5,
                                    .reason = static_cast<kernel::abi::EndReason>(age % 3),
                                    .exit_code = 3,
                                    .time_ns = 1'500'000'000};
    std::strcpy(record.name.data(), "echo");
    std::strcpy(record.kind.data(), "read: no page");
    return record;
  }

 private:
  static Numbers named(const char* name) {
    Numbers numbers{};
    std::memcpy(numbers.data(), name, std::strlen(name));
    return numbers;
  }
};

struct IntrospectionTest : testing::Test {
  const std::vector<std::string>& said(std::string_view word, std::string_view rest = "") {
    view.lines.clear();
    EXPECT_TRUE(introspection.command(word, rest));
    return view.lines;
  }
  FakeView view;
  Introspection introspection{view};
};

TEST_F(IntrospectionTest, ProcessesThreadsAndServicesAreLinesAndASum) {
  EXPECT_THAT(said("ps"),
              ElementsAre("ps: 4 echo alive, 12 of 32 KiB, 2 threads, 0 connections, 1 queued, 77 "
                          "calls",
                          "ps: 200 victim1 dead",
                          "ps: 2 processes, 3 threads, 400 KiB free, 1 faults, 0 interrupt storms, "
                          "20 bytes of log lost"));
  EXPECT_THAT(said("threads"),
              ElementsAre("threads: 9 echo waits, priority 24 (own 20), 2 pages lent",
                          "threads: 1024 echo ready, priority 4", "threads: 2 in all"));
  EXPECT_THAT(said("ipc"),
              ElementsAre("ipc: os/echo by echo, 1 messages wait, 2 threads receive, 3 connections",
                          "ipc: os/x by nobody, 1 connections", "ipc: 2 services"));
}

TEST_F(IntrospectionTest, EndsAreToldOldestFirst) {
  view.counts = {.ended = 3, .faulted = 1, .started = 1, .given_up = 1, .lost = 4};
  EXPECT_THAT(
      said("crashes"),
      ElementsAre("crashes: echo (pid 5) killed, after 1500 ms",
                  "crashes: echo (pid 5) read: no page at 0x00000000, pc 0x00000000, after 1500 ms",
                  "crashes: echo (pid 5) exit 0x00000003, after 1500 ms",
                  "probe: 3 ended, 1 by a fault; 1 started again, 1 given up, 4 lost"));
  view.counts.ended = 100;
  EXPECT_EQ(said("crashes").size(), interfaces::Crash::kKept + 1);
}

TEST_F(IntrospectionTest, ARefusalIsTold) {
  view.refusal = base::make_error(base::Code::kDenied, 1, 2);
  EXPECT_THAT(said("ps"), ElementsAre("probe: ps failed, error 0x00020102"));
  EXPECT_THAT(said("trace", "dump"), ElementsAre("probe: trace failed, error 0x00020102"));
  EXPECT_FALSE(introspection.command("pss", ""));
  EXPECT_FALSE(introspection.command("ps", "x"));
}

TEST_F(IntrospectionTest, TheTraceIsStartedStoppedAndDumpedInCheckedLines) {
  EXPECT_THAT(said("trace", "start"), ElementsAre("probe: trace started"));
  EXPECT_TRUE(view.tracing);
  for (uint32_t i = 0; i < 31; ++i)
    view.events.push_back({.time_ns = 1000 * i, .value = i, .kind = kernel::abi::TraceKind::kCall});
  using base::trace_lines::Line;
  unsigned names = 0, ends = 0;
  uint32_t next = 0;
  for (const std::string& text : said("trace", "dump")) {
    Line line;
    ASSERT_EQ(base::trace_lines::read_line(text, line), base::trace_lines::Reading::kIntact)
        << text;
    names += line.kind == Line::Kind::kName;
    if (line.kind == Line::Kind::kEvents) {
      EXPECT_EQ(line.number, next);
      while (!line.rest.empty()) EXPECT_EQ(base::trace_lines::next_event(line.rest)->value, next++);
    }
    if (line.kind == Line::Kind::kEnd) {
      ++ends;
      EXPECT_EQ(line.number, 31u);
      EXPECT_EQ(line.other, 5u);
    }
  }
  EXPECT_FALSE(view.tracing);
  EXPECT_EQ(names, 4u);
  EXPECT_EQ(ends, 1u);
  EXPECT_EQ(next, 31u);
  EXPECT_THAT(said("trace", "now").front(), testing::HasSubstr("no such trace command"));
}

}  // namespace
}  // namespace services::probe
