// Keeps the results of a run on disk while it goes on.
#pragma once

#include <filesystem>

#include "hil/record/console_log.h"
#include "hil/record/results.h"
#include "hil/run/display.h"
#include "hil/run/rig.h"

namespace hil::run {

/// results.json is replaced after every step, so that what was measured survives whatever comes.
class Recorder final : public Record {
 public:
  Recorder(std::filesystem::path folder, record::Results results, Display& display)
      : folder_(std::move(folder)), results_(std::move(results)), display_(display) {}

  /// Creates the console log and the first results.json.
  probes::Outcome<void> open();

  record::Results& results() { return results_; }
  record::ConsoleLog& console() { return console_; }
  const std::filesystem::path& folder() const { return folder_; }

  /// Values and series go to this step from now on.
  void begin(record::StepResult& step) { step_ = &step; }
  probes::Outcome<void> save();
  /// results.json, junit.xml and report.html as they stay.
  probes::Outcome<void> finish();

  void value(std::string name, double number, std::string unit) override;
  void series(stats::Series series) override;
  const stats::Series* find_series(std::string_view name) const override;
  void progress(double done, std::string_view words) override { display_.progress(done, words); }
  probes::Outcome<void> trace(const std::string& name, const hil::trace::Trace& trace) override;
  void image(const std::filesystem::path& file) override;

 private:
  std::filesystem::path folder_;
  record::Results results_;
  Display& display_;
  record::ConsoleLog console_;
  record::StepResult* step_ = nullptr;
};

}  // namespace hil::run
