// Mutated scripts give a plan or problems; nothing else may happen.
#include <gtest/gtest.h>

#include <random>

#include "hil/script/script.h"
#include "hil/steps/steps.h"

namespace hil::script {
namespace {

constexpr const char* kSeed = R"(name: kernel smoke
about: "text with \" and \\ in it"
board: {needs: [power, console]}
steps:
  - part: one
  - power: {do: cycle, off_for: 1.5 s}
  - &a
    name: the kernel starts
    keep_going: true
    expect: {console: 'kernel: ready, \d+ (a|b)*[x-z]', within: 5 s, unless: 'panic{1,3}'}
  - send: 'ping\n\x41'
  - expect: {never: 'panic', for: 100 ms}
  - jtag: {read: 0x2000_0000, count: 2, width: 16, equals: [1, 0x2], mask: 0xff}
  - jtag: {write: 0x20, values: 7}
  - measure:
      from: console
      command: bench
      until: 'bench: done'
      within: 60 s
      series:
        - {name: kernel/null_call, unit: insn, samples: 1000, p99: {max: 500 insn, min: 1}}
        - {name: kernel/b, unit: cycles, mean: {min: -1e3}}
  - assert: {series: kernel/null_call, stat: p50, max: 400}
  - reset: srst
)";

constexpr const char* kPieces[] = {
    "{",   "}",   "[",    "]",     ": ",      ", ",     "- ",
    "\n",  "'",   "\"",   "&a ",   "*a",      "!!",     "|",
    ">",   "? ",  "%",    "@",     "\t",      "\xff",   "~",
    "<<:", "---", "...",  "#",     "1e9",     "0x",     "99999999999999999999",
    "s",   "KiB", "nan",  "\\x",   "(((",     "(?",     "{1000}",
    "a*",  "\\",  "part", "steps", "measure", "series", "within"};

/// One change: bytes, a piece inserted, a stretch removed, doubled, or moved.
void mutate(std::string& text, std::mt19937& random) {
  const auto below = [&](size_t limit) { return random() % std::max<size_t>(limit, 1); };
  const size_t at = below(text.size());
  switch (below(5)) {
    case 0:
      text[at] = static_cast<char>(random());
      break;
    case 1:
      text.insert(at, kPieces[below(std::size(kPieces))]);
      break;
    case 2:
      text.erase(at, 1 + below(20));
      break;
    case 3:
      text.insert(below(text.size()), text.substr(at, below(80)));
      break;
    case 4:
      std::swap(text[at], text[below(text.size())]);
      break;
  }
}

void try_one(const std::string& text) {
  const Parsed parsed = read_script_text(text, {.file = "fuzz.yaml"}, steps::all());
  EXPECT_NE(parsed.plan.has_value(), !parsed.problems.empty()) << text;
}

TEST(ScriptFuzz, MutatedScriptsGiveAPlanOrProblems) {
  std::mt19937 random(20);
  size_t plans = 0;
  constexpr int kRounds = 3000;
  for (int round = 0; round < kRounds; ++round) {
    std::string text = kSeed;
    for (size_t i = 0, count = 1 + random() % 6; i < count && !text.empty(); ++i)
      mutate(text, random);
    const Parsed parsed = read_script_text(text, {.file = "fuzz.yaml"}, steps::all());
    ASSERT_NE(parsed.plan.has_value(), !parsed.problems.empty()) << text;
    plans += parsed.plan.has_value();
  }
  // The seed is right and small changes often harmless: both ends were exercised.
  EXPECT_GT(plans, 10u);
  EXPECT_LT(plans, size_t{kRounds} - 100);
}

TEST(ScriptFuzz, HostileShapesAreRefused) {
  try_one(std::string(20'000, '['));
  try_one("steps: " + std::string(5'000, '{'));
  try_one("a: &a [x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nsteps: [*c, *c]\nname: x\n");
  try_one("name: x\nsteps: &s\n  - measure: {series: *s, from: *s, until: *s, within: *s}\n");
  try_one(std::string(100'000, '\0'));
  try_one("name: x\nsteps:\n" + std::string(3'000, ' ') + "- power: on\n");
  std::string many = "name: x\nsteps:\n";
  for (int i = 0; i < 3000; ++i) many += "  - power: on\n";
  try_one(many);
  try_one("name: x\nsteps:\n  - expect: {console: '" + std::string(900, '(') + "', within: 1 s}\n");
  try_one("name: x\nsteps:\n  - expect: {console: '((a{100}){100}){100}', within: 1 s}\n");
}

}  // namespace
}  // namespace hil::script
