#include "hil/record/svg.h"

#include <algorithm>
#include <cstdio>

namespace hil::record {
namespace {

constexpr double kWidth = 360, kHeight = 120, kLeft = 8, kTop = 16, kBottom = 22;
constexpr size_t kBuckets = 40;
constexpr double kWidestBar = 24;  // equal values are a column, not a wall

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  snprintf(text, sizeof text, pattern, values...);
  return text;
}

}  // namespace

std::string histogram_svg(const stats::Series& series) {
  const stats::Summary summary = stats::summarize(series.values);
  const stats::Histogram shape = stats::histogram(series.values, kBuckets);
  std::string svg = format(
      "<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"histogram of %zu samples, min %u, "
      "p50 %u, p99 %u, max %u\">",
      kWidth, kHeight, summary.samples, summary.min, summary.p50, summary.p99, summary.max);
  if (shape.counts.empty()) return svg + "</svg>";

  const double plot_width = kWidth - 2 * kLeft, plot_height = kHeight - kTop - kBottom;
  const double floor = kTop + plot_height;
  const double bar = plot_width / static_cast<double>(shape.counts.size());
  const size_t highest = *std::max_element(shape.counts.begin(), shape.counts.end());
  const double width = std::clamp(bar - 1, 1.0, kWidestBar);
  for (size_t i = 0; i < shape.counts.size(); ++i) {
    if (shape.counts[i] == 0) continue;
    // A bucket of few samples stays visible beside one of thousands.
    const double height = std::max(
        1.5, plot_height * static_cast<double>(shape.counts[i]) / static_cast<double>(highest));
    const uint64_t from = shape.low + uint64_t{shape.width} * i;
    svg += format(
        "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
        "<title>%llu to %llu: %zu samples</title></rect>",
        kLeft + bar * (static_cast<double>(i) + 0.5) - width / 2, floor - height, width, height,
        static_cast<unsigned long long>(from),
        static_cast<unsigned long long>(from + shape.width - 1), shape.counts[i]);
  }
  const auto place = [&](uint32_t value) {
    return kLeft + bar * (static_cast<double>((value - shape.low) / shape.width) + 0.5);
  };
  svg += format("<line class=\"axis\" x1=\"%g\" y1=\"%g\" x2=\"%g\" y2=\"%g\"/>", kLeft, floor,
                kWidth - kLeft, floor);
  const double p50 = place(summary.p50), p99 = place(summary.p99);
  const bool apart = p99 - p50 > 40;
  svg += format("<line class=\"p50\" x1=\"%.1f\" y1=\"%g\" x2=\"%.1f\" y2=\"%g\"/>", p50, kTop - 3,
                p50, floor);
  svg += format("<line class=\"p99\" x1=\"%.1f\" y1=\"%g\" x2=\"%.1f\" y2=\"%g\"/>", p99, kTop - 3,
                p99, floor);
  const auto anchor = [&](double x) {
    return x > kWidth - 40 ? "end" : x < 40 ? "start" : "middle";
  };
  if (apart) {
    svg += format("<text x=\"%.1f\" y=\"10\" text-anchor=\"%s\">p50</text>", p50, anchor(p50));
    svg += format("<text x=\"%.1f\" y=\"10\" text-anchor=\"%s\">p99</text>", p99, anchor(p99));
  } else {
    svg += format("<text x=\"%.1f\" y=\"10\" text-anchor=\"%s\">%s</text>", p50, anchor(p50),
                  summary.p50 == summary.p99 ? "p50 = p99" : "p50, p99");
  }
  svg += format("<text x=\"%g\" y=\"%g\">%u</text>", kLeft, kHeight - 8, summary.min);
  svg += format("<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%u</text>", kWidth - kLeft,
                kHeight - 8, summary.max);
  return svg + "</svg>";
}

}  // namespace hil::record
