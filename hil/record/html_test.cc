#include "hil/record/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hil/record/sample_results.h"

namespace hil::record {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Report, NeedsNothingFromElsewhere) {
  const std::string page = report_html(sample_results(), {});
  for (const char* reference : {"src=", "href=", "http:", "https:", "url(", "@import", "<script"})
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
}

TEST(Report, ShowsStepsSeriesAndConsole) {
  const std::string page =
      report_html(sample_results(), {{1, 0.25, "2026", "kernel: <up>"}, {900, 0.5, "2026", "end"}});
  EXPECT_THAT(page, HasSubstr("step &quot;failed&quot;"));
  EXPECT_THAT(page, HasSubstr("of [31m&amp; &lt;this&gt;"));
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, HasSubstr("kernel: &lt;up&gt;"));
  EXPECT_THAT(page, HasSubstr(" 0.250000"));
  EXPECT_THAT(page, HasSubstr("898 lines are in console.log"));
}

TEST(Report, AHistogramHasABarPerBucketThatHoldsValues) {
  Results results = sample_results();
  results.series = {{"s", "insn", std::vector<uint32_t>(1000, 42)}};
  const std::string page = report_html(results, {});
  EXPECT_THAT(page, HasSubstr("42 to 42: 1000 samples"));
  EXPECT_THAT(page, HasSubstr("p50 = p99"));
}

}  // namespace
}  // namespace hil::record
