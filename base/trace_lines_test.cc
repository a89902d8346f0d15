#include "base/trace_lines.h"

#include <gtest/gtest.h>

#include <string>

namespace base::trace_lines {
namespace {

constexpr Event kFirst{
    .time_ns = 0x0123'4567'89ab'cdef, .value = 0xdead'beef, .thread = 0x3ff, .kind = 7};
constexpr Event kSecond{.time_ns = 1, .value = 2, .thread = 3, .kind = 10, .detail = 255};

std::string written(auto... arguments) {
  std::array<char, 120> out{};
  const Written line = write_events(out, arguments...);
  return {out.data(), line.characters};
}

TEST(TraceLines, EventsComeBackAsTheyWent) {
  const std::array events{kFirst, kSecond};
  const std::string text = written(uint32_t{40}, std::span<const Event>(events));
  EXPECT_TRUE(
      text.starts_with("@T 40 0123456789abcdefdeadbeef03ff0700 00000000000000010000000200030aff *"))
      << text;
  Line line;
  ASSERT_EQ(read_line(text, line), Reading::kIntact);
  EXPECT_EQ(line.kind, Line::Kind::kEvents);
  EXPECT_EQ(line.number, 40u);
  EXPECT_EQ(next_event(line.rest), kFirst);
  EXPECT_EQ(next_event(line.rest), kSecond);
  EXPECT_TRUE(line.rest.empty());
}

TEST(TraceLines, ALineHoldsAsManyEventsAsFit) {
  const std::array<Event, 9> events{};
  std::array<char, 120> out{};
  EXPECT_EQ(write_events(out, 0, events).values, 3u);
  EXPECT_EQ(write_events(std::span(out).first(46), 0, events).values, 0u);
  EXPECT_EQ(write_events(std::span(out).first(47), 0, events).values, 1u);
  EXPECT_EQ(write_events(out, 0, {}).characters, 0u);
}

TEST(TraceLines, NamesAndTheEndComeBack) {
  std::array<char, 80> out{};
  auto text = [&](Written line) { return std::string_view(out.data(), line.characters); };
  Line line;
  ASSERT_EQ(read_line(text(write_name(out, Named::kService, 3, 12, "os/echo")), line),
            Reading::kIntact);
  EXPECT_EQ(line.kind, Line::Kind::kName);
  EXPECT_EQ(line.what, Named::kService);
  EXPECT_EQ(line.number, 3u);
  EXPECT_EQ(line.other, 12u);
  EXPECT_EQ(line.rest, "os/echo");
  ASSERT_EQ(read_line(text(write_end(out, 1000, 5)), line), Reading::kIntact);
  EXPECT_EQ(line.kind, Line::Kind::kEnd);
  EXPECT_EQ(line.number, 1000u);
  EXPECT_EQ(line.other, 5u);
  EXPECT_EQ(write_name(out, Named::kThread, 1, 1, "").characters, 0u);
  EXPECT_EQ(write_name(out, Named::kThread, 1, 1, std::string(80, 'x')).characters, 0u);
}

TEST(TraceLines, NoDamageToOneCharacterGoesUnseen) {
  const std::array events{kFirst, kSecond};
  const std::string good = written(uint32_t{7}, std::span<const Event>(events));
  for (size_t i = 1; i < good.size(); ++i)
    for (const char c : {'0', 'f', ' ', '*', 'T', '\0'}) {
      std::string bad = good;
      if (bad[i] == c) continue;
      bad[i] = c;
      Line line;
      EXPECT_NE(read_line(bad, line), Reading::kIntact) << bad;
    }
  for (size_t length = 3; length < good.size(); ++length) {
    Line line;
    EXPECT_EQ(read_line(std::string_view(good).substr(0, length), line), Reading::kCorrupt);
  }
}

TEST(TraceLines, WhatIsWellCheckedButMalformedIsCorrupt) {
  const auto checked = [](const std::string& body) {
    std::array<char, 200> out{};
    samples::detail::Writer writer(out);
    (void)writer.put(body);
    (void)writer.put_check();
    Line line;
    return read_line(writer.text(), line);
  };
  const std::string event(32, '0');
  EXPECT_EQ(checked("@T 0 " + event), Reading::kIntact);
  EXPECT_EQ(checked("@N thread 1 2 x"), Reading::kIntact);
  EXPECT_EQ(checked("@Z 0 0"), Reading::kIntact);
  for (const std::string& body :
       {std::string("@T 0"), "@T x " + event, "@T 0 " + event + "0", "@T 0 " + event.substr(1),
        "@T 0 " + event + "  " + event, std::string("@T 0 X") + event.substr(1),
        std::string("@N 1 2 x"), std::string("@N thing 1 2 x"), std::string("@N thread 1 x"),
        std::string("@N thread 1 2"), std::string("@N thread 1 2 x y"), std::string("@Z 1"),
        std::string("@Z 1 2 3"), std::string("@Z 1 99999999999")})
    EXPECT_EQ(checked(body), Reading::kCorrupt) << body;
  Line line;
  EXPECT_EQ(read_line("@S x", line), Reading::kOther);
  EXPECT_EQ(read_line("", line), Reading::kOther);
}

}  // namespace
}  // namespace base::trace_lines
