#include <algorithm>
#include <cstdio>

#include "hil/trace/trace.h"
#include "kernel/abi/trace.h"
#include "probes/console/text.h"

namespace hil::trace {
namespace {

using kernel::abi::TraceKind;

constexpr double kLeft = 150, kRight = 12, kTop = 22, kRow = 20, kBar = 10, kLeastWidth = 0.4;
constexpr double kWidth = 1600;

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string html(std::string_view raw) {
  std::string result;
  for (const char c : probes::console::printable(raw))
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : std::string(1, c);
  return result;
}

class Drawing {
 public:
  Drawing(const Trace& trace, size_t most) : trace_(trace) {
    first_ = trace.events.size() > most ? trace.events.size() - most : 0;
    for (size_t i = first_; i < trace.events.size(); ++i) {
      const Event& event = trace.events[i];
      row_of(event.thread);
      if (is(event, TraceKind::kReceive) || is(event, TraceKind::kReply)) row_of(event.value);
    }
    // Rows in the order of the threads' numbers, so that two pictures of one system are alike.
    double y = kTop;
    for (auto& [thread, place] : rows_) place = std::exchange(y, y + kRow) + kRow / 2;
    height_ = y + 18;
  }

  std::string run() {
    if (first_ < trace_.events.size()) {
      begin_ = trace_.events[first_].time_ns;
      span_ = std::max<double>(1, static_cast<double>(trace_.events.back().time_ns - begin_));
    }
    std::string svg = format(
        "<svg class=\"timeline\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"timeline of "
        "%zu events\">",
        kWidth, height_, trace_.events.size() - first_);
    svg += rows() + bars();
    for (size_t i = first_; i < trace_.events.size(); ++i) svg += mark(trace_.events[i]);
    svg += format("<text x=\"%g\" y=\"%g\">%.3f ms</text>", kLeft, height_ - 4,
                  static_cast<double>(begin_) / 1e6);
    svg += format("<text x=\"%g\" y=\"%g\" text-anchor=\"end\">+%.3f ms</text>", kWidth - kRight,
                  height_ - 4, span_ / 1e6);
    return svg + "</svg>" + caption();
  }

 private:
  static bool is(const Event& event, TraceKind kind) {
    return static_cast<TraceKind>(event.kind) == kind;
  }
  void row_of(uint32_t thread) {
    if (thread) rows_.try_emplace(thread, 0);
  }
  double x(uint64_t time) const {
    return kLeft + (kWidth - kLeft - kRight) * static_cast<double>(time - begin_) / span_;
  }

  std::string rows() const {
    std::string svg;
    for (const auto& [thread, y] : rows_) {
      svg += format("<line class=\"axis\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>", kLeft, y,
                    kWidth - kRight, y);
      const auto name = trace_.threads.find(thread);
      svg += format("<text x=\"4\" y=\"%.1f\">", y + 4) +
             (name == trace_.threads.end() ? "?" : html(name->second.text.substr(0, 18))) + " " +
             std::to_string(thread) + "</text>";
    }
    return svg;
  }

  std::string bars() const {
    std::string svg;
    uint32_t running = 0;
    uint64_t since = begin_;
    const auto bar = [&](uint64_t until) {
      const auto row = rows_.find(running);
      if (row == rows_.end()) return;
      svg += format(
          "<rect class=\"bar\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%g\"><title>%s: "
          "%.3f µs</title></rect>",
          x(since), row->second - kBar / 2, std::max(kLeastWidth, x(until) - x(since)), kBar,
          html(thread_text(trace_, running).substr(0, 60)).c_str(),
          static_cast<double>(until - since) / 1e3);
    };
    for (size_t i = first_; i < trace_.events.size(); ++i) {
      const Event& event = trace_.events[i];
      if (!is(event, TraceKind::kSwitch)) continue;
      bar(event.time_ns);
      running = event.thread;
      since = event.time_ns;
    }
    if (!trace_.events.empty()) bar(trace_.events.back().time_ns);
    return svg;
  }

  std::string arrow(const char* kind, uint32_t from, uint32_t to, uint64_t time) const {
    const auto a = rows_.find(from), b = rows_.find(to);
    if (a == rows_.end() || b == rows_.end() || from == to) return "";
    const double head = b->second > a->second ? -4 : 4;
    const double at = x(time), tip = b->second;
    return format("<path class=\"%s\" d=\"M%.2f %.1fV%.1fm-2.5 %gl2.5 %gl2.5 %g\"/>", kind, at,
                  a->second, tip, head, -head, head);
  }

  std::string mark(const Event& event) const {
    switch (static_cast<TraceKind>(event.kind)) {
      case TraceKind::kReceive:
        return arrow("message", event.value, event.thread, event.time_ns);
      case TraceKind::kReply:
        return arrow("answer", event.thread, event.value, event.time_ns);
      case TraceKind::kInterrupt:
      case TraceKind::kFault:
      case TraceKind::kTimeout: {
        const auto row = rows_.find(event.thread);
        if (row == rows_.end()) return "";
        return format(
            "<line class=\"%s\" x1=\"%.2f\" y1=\"%.1f\" x2=\"%.2f\" y2=\"%.1f\"><title>%s "
            "%u</title></line>",
            is(event, TraceKind::kInterrupt) ? "tick" : "alarm", x(event.time_ns),
            row->second - kBar, x(event.time_ns), row->second + kBar / 2,
            kind_text(event.kind).c_str(), event.value);
      }
      default:
        return "";
    }
  }

  std::string caption() const {
    std::string text = "<small>" + std::to_string(trace_.events.size() - first_) + " events";
    if (first_) text += ", the newest of " + std::to_string(trace_.events.size());
    if (trace_.lost)
      text += "; " + std::to_string(trace_.lost) + " older ones had no room in the kernel";
    return text + ". Bars: running; arrows: messages and answers; ticks: interrupts.</small>";
  }

  const Trace& trace_;
  size_t first_ = 0;
  std::map<uint32_t, double> rows_;
  double height_ = 0, span_ = 1;
  uint64_t begin_ = 0;
};

}  // namespace

std::string timeline_svg(const Trace& trace, size_t most_events) {
  return Drawing(trace, most_events).run();
}

}  // namespace hil::trace
