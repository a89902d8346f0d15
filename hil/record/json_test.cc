#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "hil/record/sample_results.h"

namespace hil::record {
namespace {

using nlohmann::json;

TEST(ResultsJson, SeriesCarryTheirStatisticsAndAllValues) {
  const json parsed = json::parse(results_json(sample_results()));
  const json& series = parsed["series"][0];
  EXPECT_EQ(series["name"], "kernel/null_call");
  EXPECT_EQ(series["unit"], "insn");
  EXPECT_EQ(series["samples"], 5);
  EXPECT_EQ(series["min"], 1);
  EXPECT_EQ(series["p50"], 3);
  EXPECT_EQ(series["p99"], 5);
  EXPECT_EQ(series["max"], 5);
  EXPECT_EQ(series["values"], json({5, 1, 3, 2, 4}));
}

TEST(ResultsJson, EveryStepHasItsStatusAndReason) {
  const json parsed = json::parse(results_json(sample_results()));
  EXPECT_EQ(parsed["schema"], 1);
  ASSERT_EQ(parsed["steps"].size(), 6u);
  EXPECT_EQ(parsed["steps"][0]["status"], "passed");
  EXPECT_FALSE(parsed["steps"][0].contains("reason"));
  EXPECT_EQ(parsed["steps"][5]["status"], "not_run");
  EXPECT_EQ(parsed["steps"][1]["reason"], "because\nof \\x1b[31m& <this> \\xff");
  EXPECT_EQ(parsed["counts"]["skipped"], 1);
  EXPECT_EQ(parsed["outcome"], "interrupted");
  EXPECT_EQ(parsed["images"][0]["sha256"], "00ff");
  EXPECT_EQ(parsed["seed"], 7);
  EXPECT_EQ(parsed["caches"], true);
}

TEST(Judge, OnlyAFullPassIsPassed) {
  Results results;
  results.steps.resize(2);
  results.steps[0].status = results.steps[1].status = Status::kPassed;
  EXPECT_EQ(judge(results), Outcome::kPassed);
  results.steps[1].status = Status::kSkipped;
  EXPECT_EQ(judge(results), Outcome::kIncomplete);
  results.steps[1].status = Status::kNotRun;
  EXPECT_EQ(judge(results), Outcome::kError);
  results.steps[0].status = Status::kFailed;
  EXPECT_EQ(judge(results), Outcome::kFailed);
  results.steps[1].status = Status::kError;
  EXPECT_EQ(judge(results), Outcome::kError);
  results.steps[1].status = Status::kInterrupted;
  EXPECT_EQ(judge(results), Outcome::kInterrupted);
}

TEST(ExitStatus, IsZeroForAFullPassOnly) {
  EXPECT_EQ(exit_status(Outcome::kPassed, false), 0);
  EXPECT_EQ(exit_status(Outcome::kFailed, true), 1);
  EXPECT_EQ(exit_status(Outcome::kError, true), 75);
  EXPECT_EQ(exit_status(Outcome::kIncomplete, false), 75);
  EXPECT_EQ(exit_status(Outcome::kIncomplete, true), 0);
  EXPECT_EQ(exit_status(Outcome::kInterrupted, true), 130);
  EXPECT_EQ(exit_status(Outcome::kRunning, true), 75);
}

}  // namespace
}  // namespace hil::record
