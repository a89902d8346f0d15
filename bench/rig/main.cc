// rig_bench: runs the suites that `./rig bench` offers and writes their figures as one flat JSON
// object, {"figure/name": number}. Every figure comes from a program that was run here and now.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "probes/failure.h"
#include "probes/process/child.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using probes::Failure;
using probes::Outcome;
using Figures = json;
using namespace std::chrono_literals;

struct Settings {
  fs::path root, work;
  int repeats = 3;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Outcome<json> parse_file(const fs::path& file) {
  std::ifstream in(file);
  json parsed = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return Failure{file.string() + " is missing or no JSON"};
  return parsed;
}

Outcome<std::string> run(const std::vector<std::string>& command, std::chrono::milliseconds limit) {
  auto finished = TRY(probes::process::run(command, limit));
  if (finished.status != 0)
    return Failure{command[0] + " ended with status " + std::to_string(finished.status) + ":\n" +
                   finished.output};
  return finished.output;
}

// Adds the numbers of the JSON object that a bench program prints, whatever it says before.
Outcome<void> add_printed(Figures& figures, const std::string& output) {
  const size_t begin = output.find('{');
  if (begin == std::string::npos)
    return Failure{"the bench program printed no figures:\n" + output};
  const json printed =
      json::parse(output.substr(begin, output.rfind('}') + 1 - begin), nullptr, false);
  if (!printed.is_object())
    return Failure{"the bench program's figures are no JSON object:\n" + output};
  for (const auto& [name, value] : printed.items())
    if (value.is_number()) figures[name] = value;
  return {};
}

Outcome<void> cpu_suite(const Settings& settings, Figures& figures) {
  const fs::path build = settings.root / "build/host";
  TRY(add_printed(figures, TRY(run({build / "bench/cpu/bench_cpu"}, 20min))));
  TRY(add_printed(
      figures,
      TRY(run({build / "fixtures/board/cpu/fuzz/cpu_fuzz", "--programs", "100000"}, 60min))));
  return {};
}

// Runs a script on the virtual board and returns its results.
Outcome<json> run_script(const Settings& settings, const fs::path& script) {
  const fs::path out = settings.work / "out";
  fs::remove_all(out);
  TRY(run({settings.root / "build/host/hil/hil", "run", script, "--board", "prime", "--out", out},
          20min));
  return parse_file(out / "results.json");
}

// Flashes `image` a few times and adds medians and spread of the step's figures under `prefix`.
Outcome<void> flash_image(const Settings& settings, Figures& figures, const fs::path& image,
                          const std::string& prefix) {
  const fs::path script = settings.work / "flash.yaml";
  std::ofstream(script) << "name: flash\nsteps:\n  - flash: {image: " << image.string()
                        << ", raw: true}\n";
  std::map<std::string, std::vector<double>> samples;
  for (int i = 0; i < settings.repeats; ++i) {
    const json results = TRY(run_script(settings, script));
    for (const json& step : results["steps"])
      for (const json& value : step.value("values", json::array()))
        samples[prefix + fs::path(value["name"].get<std::string>()).filename().string()].push_back(
            value["value"]);
  }
  for (const auto& [name, values] : samples) {
    figures[name] = median(values);
    figures[name + "/min"] = std::ranges::min(values);
    figures[name + "/max"] = std::ranges::max(values);
  }
  return {};
}

Outcome<void> flash_suite(const Settings& settings, Figures& figures) {
  // Nothing in it can be skipped or guessed, so that every byte goes through the probe.
  const fs::path noise = settings.work / "noise.img";
  std::ofstream out(noise, std::ios::binary);
  std::mt19937_64 random(1);
  for (int i = 0; i < (4 << 20) / 8; ++i) {
    const uint64_t word = random();
    out.write(reinterpret_cast<const char*>(&word), sizeof word);
  }
  out.close();
  TRY(flash_image(settings, figures, noise, "flash/"));
  // The development image is mostly zeros, which are erased instead of written.
  return flash_image(settings, figures, settings.root / "build/device/images/touchstone.img",
                     "flash/development_");
}

// The statistics of a run's series; `rename` gives each its name among the figures.
template <class Rename>
void add_series(Figures& figures, const json& results, Rename rename) {
  for (const json& series : results["series"]) {
    const std::string name = rename(series["name"].get<std::string>());
    figures[name] = series["p50"];
    for (const char* stat : {"min", "p99", "max", "samples"})
      figures[name + "/" + stat] = series[stat];
  }
}

Outcome<void> kernel_suite(const Settings& settings, Figures& figures) {
  TRY(add_printed(figures, TRY(run({settings.root / "build/host/bench/kernel/kernel_counts",
                                    "--root", settings.root},
                                   5min))));
  const json results = TRY(run_script(settings, settings.root / "tests/scenarios/demo.yaml"));
  add_series(figures, results, [](const std::string& name) { return name; });
  return {};
}

// The paths with hot and with cold caches: kernel/call_reply_hot_cycles beside
// kernel/call_reply_cold_cycles, and the same in instructions without _cycles.
Outcome<void> timing_suite(const Settings& settings, Figures& figures) {
  const json results = TRY(run_script(settings, settings.root / "tests/scenarios/timing.yaml"));
  add_series(figures, results, [](const std::string& name) {
    if (name.find("_cold") != std::string::npos) return name;
    constexpr std::string_view kCycles = "_cycles";
    const size_t end = name.ends_with(kCycles) ? name.size() - kCycles.size() : name.size();
    return name.substr(0, end) + "_hot" + name.substr(end);
  });
  return {};
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Outcome<void> demo_suite(const Settings& settings, Figures& figures) {
  // From the supply's switch to the kernel's word that its processes run.
  const fs::path boot = settings.work / "boot.yaml";
  std::ofstream(boot)
      << "name: boot\nsteps:\n  - flash: {image: "
      << (settings.root / "build/device/images/touchstone.img").string()
      << "}\n  - power: cycle\n  - expect: {console: 'kernel: ready', within: 20 s}\n";
  std::vector<double> boots;
  for (int i = 0; i < settings.repeats; ++i) {
    const json results = TRY(run_script(settings, boot));
    double total = 0;
    for (const json& step : results["steps"])
      if (step["kind"] != "flash") total += step["seconds"].get<double>();
    boots.push_back(total);
  }
  figures["demo/boot_to_user_s"] = median(boots);
  figures["demo/boot_to_user_s/min"] = std::ranges::min(boots);
  figures["demo/boot_to_user_s/max"] = std::ranges::max(boots);
  return {};
}

// A fresh checkout with the packages installed and nothing compiled before.
Outcome<void> build_suite(const Settings& settings, Figures& figures) {
  const fs::path fresh = settings.work / "fresh";
  fs::remove_all(fresh);
  TRY(run({"git", "clone", "--quiet", settings.root, fresh}, 2min));
  auto begin = std::chrono::steady_clock::now();
  TRY(run({"env", "CCACHE_DISABLE=1", fresh / "rig", "build"}, 60min));
  figures["demo/build_s"] = seconds_since(begin);
  begin = std::chrono::steady_clock::now();
  TRY(run({"env", "CCACHE_DISABLE=1", fresh / "rig", "demo", "--out", settings.work / "demo"},
          20min));
  figures["demo/run_s"] = seconds_since(begin);
  return {};
}

struct Suite {
  const char* name;
  Outcome<void> (*run)(const Settings&, Figures&);
};
constexpr Suite kSuites[] = {{"cpu", cpu_suite},       {"flash", flash_suite},
                             {"kernel", kernel_suite}, {"timing", timing_suite},
                             {"demo", demo_suite},     {"build", build_suite}};

int measure(const Settings& settings, const std::vector<std::string>& wanted,
            const std::string& file) {
  Figures figures = json::object();
  int status = 0;
  for (const Suite& suite : kSuites) {
    if (!wanted.empty() && std::ranges::find(wanted, suite.name) == wanted.end()) continue;
    std::fprintf(stderr, "bench: %s\n", suite.name);
    const auto done = suite.run(settings, figures);
    if (done) continue;
    std::fprintf(stderr, "bench: %s failed: %s\n", suite.name, done.error().what.c_str());
    status = 1;
  }
  const std::string text = figures.dump(1) + "\n";
  std::fputs(text.c_str(), stdout);
  if (!file.empty() && !(std::ofstream(file) << text)) {
    std::fprintf(stderr, "bench: cannot write %s\n", file.c_str());
    return 75;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures the project's figures and prints them as one flat JSON object.");
  std::vector<std::string> names, suites;
  for (const Suite& suite : kSuites) names.emplace_back(suite.name);
  std::string file;
  Settings settings;
  app.add_option("suites", suites, "suites to run; all when none is named")
      ->check(CLI::IsMember(names));
  app.add_option("--json", file, "also write the figures to this file");
  app.add_option("--repeat", settings.repeats, "runs whose median is taken")
      ->check(CLI::Range(1, 100));
  app.add_option("--root", settings.root, "the checkout")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  settings.root = fs::absolute(settings.root).lexically_normal();
  settings.work = settings.root / "build/bench-work";
  std::error_code error;
  fs::create_directories(settings.work, error);
  if (error) {
    std::fprintf(stderr, "bench: cannot make %s: %s\n", settings.work.c_str(),
                 error.message().c_str());
    return 75;
  }
  return measure(settings, suites, file);
}
