#include "hil/trace/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kernel/abi/trace.h"

namespace hil::trace {
namespace {

using base::trace_lines::Named;
using kernel::abi::TraceKind;
using testing::HasSubstr;

Event event(uint64_t time, TraceKind kind, uint16_t thread, uint32_t value = 0) {
  return {.time_ns = time, .value = value, .thread = thread, .kind = static_cast<uint8_t>(kind)};
}

std::string events_line(uint32_t first, std::vector<Event> events) {
  std::array<char, 200> out{};
  return {out.data(), base::trace_lines::write_events(out, first, events).characters};
}
std::string name_line(Named what, uint32_t index, uint32_t pid, std::string_view name) {
  std::array<char, 200> out{};
  return {out.data(), base::trace_lines::write_name(out, what, index, pid, name).characters};
}
std::string end_line(uint32_t count, uint32_t lost) {
  std::array<char, 60> out{};
  return {out.data(), base::trace_lines::write_end(out, count, lost).characters};
}

/// A client that calls a server and gets its answer.
Trace call_and_answer() {
  Trace trace;
  trace.threads = {{3, {2, "echo"}}, {9, {5, "probe<&"}}};
  trace.services = {{1, {2, "os/echo"}}};
  trace.events = {event(1000, TraceKind::kSwitch, 9),        event(2000, TraceKind::kCall, 9, 1),
                  event(2500, TraceKind::kReceive, 3, 9),    event(2500, TraceKind::kSwitch, 3),
                  event(3000, TraceKind::kInterrupt, 3, 25), event(4000, TraceKind::kReply, 3, 9),
                  event(4500, TraceKind::kSwitch, 9),        event(6000, TraceKind::kSwitch, 0)};
  return trace;
}

TEST(TraceCollector, GathersEventsAndNames) {
  Collector collector;
  EXPECT_TRUE(*collector.take(name_line(Named::kThread, 9, 5, "probe")));
  EXPECT_TRUE(*collector.take(name_line(Named::kService, 1, 2, "os/echo")));
  EXPECT_FALSE(*collector.take("kernel: something else"));
  EXPECT_TRUE(*collector.take(events_line(0, {event(5, TraceKind::kSwitch, 9)})));
  EXPECT_TRUE(*collector.take(
      events_line(1, {event(6, TraceKind::kCall, 9, 1), event(6, TraceKind::kNotify, 9)})));
  EXPECT_FALSE(collector.complete());
  EXPECT_TRUE(*collector.take(end_line(3, 7)));
  EXPECT_TRUE(collector.complete());
  EXPECT_EQ(collector.trace().events.size(), 3u);
  EXPECT_EQ(collector.trace().lost, 7u);
  EXPECT_EQ(thread_text(collector.trace(), 9), "thread 9, probe");
  EXPECT_EQ(thread_text(collector.trace(), 8), "thread 8");
}

std::string failure(const std::vector<std::string>& lines) {
  Collector collector;
  for (const std::string& line : lines)
    if (auto taken = collector.take(line); !taken) return taken.error().what;
  return "";
}

TEST(TraceCollector, NamesDamageGapsAndDisorder) {
  const std::string one = events_line(0, {event(5, TraceKind::kSwitch, 9)});
  std::string damaged = one;
  damaged[12] ^= 1;
  EXPECT_THAT(failure({damaged}), HasSubstr("damaged on its way"));
  EXPECT_THAT(failure({"x" + one}), HasSubstr("damaged on its way"));
  EXPECT_THAT(failure({one.substr(0, one.size() - 3)}), HasSubstr("damaged on its way"));
  EXPECT_THAT(failure({events_line(1, {event(5, TraceKind::kSwitch, 9)})}),
              HasSubstr("0 came, but this line says that there were 1"));
  EXPECT_THAT(failure({one, end_line(2, 0)}), HasSubstr("events are missing: 1 came"));
  EXPECT_THAT(failure({one, end_line(1, 0), one}), HasSubstr("goes on after its end"));
  EXPECT_THAT(failure({one, events_line(1, {event(4, TraceKind::kSwitch, 9)})}),
              HasSubstr("time goes backwards in event 1"));
  EXPECT_EQ(failure({one, end_line(1, 0)}), "");
}

TEST(ChromeTrace, HasASliceForEachRunAndAnArrowForEachMessage) {
  const auto json = nlohmann::json::parse(chrome_json(call_and_answer()), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  std::map<std::string, int> phases;
  double ran = 0;
  for (const auto& entry : json["traceEvents"]) {
    ++phases[entry["ph"]];
    if (entry["ph"] == "X" && entry["tid"] == 9) ran += entry["dur"].get<double>();
    if (entry["ph"] == "i" && entry["ts"] == 2.0) EXPECT_EQ(entry["name"], "call os/echo");
  }
  EXPECT_EQ(phases["X"], 3);
  EXPECT_EQ(phases["s"], 2);
  EXPECT_EQ(phases["f"], 2);
  EXPECT_EQ(phases["M"], 4);
  EXPECT_DOUBLE_EQ(ran, 3.0);  // 1.0 to 2.5 and 4.5 to 6.0 microseconds
}

TEST(ChromeTrace, MessagesFromBeforeTheTraceHaveNoArrowAndUnknownEventsANumber) {
  Trace trace;
  trace.events = {event(1, TraceKind::kReceive, 3, 9), event(2, static_cast<TraceKind>(99), 3)};
  const std::string text = chrome_json(trace);
  EXPECT_THAT(text, HasSubstr("event 99"));
  EXPECT_THAT(text, testing::Not(HasSubstr("\"ph\":\"f\"")));
}

TEST(Timeline, DrawsRowsBarsArrowsAndTicks) {
  const std::string svg = timeline_svg(call_and_answer(), 100);
  EXPECT_THAT(svg, HasSubstr("echo 3</text>"));
  EXPECT_THAT(svg, HasSubstr("probe&lt;&amp; 9</text>"));
  EXPECT_THAT(svg, HasSubstr("class=\"message\""));
  EXPECT_THAT(svg, HasSubstr("class=\"answer\""));
  EXPECT_THAT(svg, HasSubstr("class=\"tick\""));
  EXPECT_THAT(svg, HasSubstr("8 events. Bars"));
  EXPECT_THAT(svg, testing::Not(HasSubstr("nan")));
}

TEST(Timeline, SaysWhatItLeavesOut) {
  Trace trace;
  trace.lost = 12;
  for (uint64_t i = 0; i < 9000; ++i)
    trace.events.push_back(event(i * 100, TraceKind::kSwitch, static_cast<uint16_t>(i % 5)));
  const std::string svg = timeline_svg(trace, 4000);
  EXPECT_THAT(svg, HasSubstr("4000 events, the newest of 9000; 12 older ones"));
  EXPECT_LT(svg.size(), 1'500'000u);
  EXPECT_THAT(timeline_svg({}, 10), HasSubstr("0 events"));
}

}  // namespace
}  // namespace hil::trace
