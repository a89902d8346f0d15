// kernel_counts: boots the counting system on QEMU's i.MX 6UL and prints the kernel's instruction
// counts as flat JSON; runs the kernel's suite there to see how long interrupts stay off at most;
// compares all that with the committed baseline, or rewrites it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "bench/kernel/counts.h"
#include "bench/kernel/elf_symbols.h"
#include "probes/process/child.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;
using probes::Failure;
using probes::Outcome;

constexpr int kSkipped = 77;
constexpr const char* kIrqOffMax = "kernel/irq_off_max_insn";
constexpr uint32_t kIrqOffLimit = 3000;

struct Settings {
  fs::path root, plugin, packer;
  std::string baseline, rewrite, show;
  std::vector<std::string> also;  // more plugins, for comparing counts
  bool long_suite = false;
};

Outcome<std::string> run(const std::vector<std::string>& command, std::chrono::milliseconds limit) {
  auto finished = TRY(probes::process::run(command, limit));
  if (finished.status != 0)
    return Failure{command[0] + " ended with status " + std::to_string(finished.status) + ":\n" +
                   finished.output};
  return finished.output;
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Outcome<fs::path> pack(const Settings& settings, const fs::path& work) {
  const fs::path device = settings.root / "build/device";
  const fs::path image = work / "system.img";
  for (const char* name : {"client", "server"}) {
    fs::create_directories(work / "programs" / name);
    fs::copy_file(device / "bench/kernel" / ("service_" + std::string(name) + ".elf"),
                  work / "programs" / name / ("service_" + std::string(name) + ".elf"),
                  fs::copy_options::overwrite_existing);
  }
  TRY(run({settings.packer, "system", "--description", settings.root / "bench/kernel/system.toml",
           "--manifests", settings.root / "bench/kernel", "--programs", work / "programs",
           "--kernel", device / "kernel/soc/imx6ul/kernel_imx6ul.elf", "--development-key",
           "DEVELOPMENT-ONLY-kernel-counts", "--out", image},
          1min));
  return image;
}

/// Text and data of the kernel, from the linker script's symbols.
void add_sizes(json& figures, const bench::kernel::Symbols& symbols) {
  const auto size = [&](const char* from, const char* to) {
    return symbols.by_name.at(to) - symbols.by_name.at(from);
  };
  figures["kernel/text_bytes"] = size("_start", "__text_used");
  figures["kernel/data_bytes"] =
      size("__data_start", "__kernel_memory_end") + size("__bss_start", "__bss_end");
}

/// Where the kernel looks at its interrupt controller, as options of the plugin.
Outcome<std::string> polls_of(const bench::kernel::Symbols& symbols) {
  std::string polls;
  for (const auto& [name, address] : symbols.by_name)
    if (name.starts_with("kernel_poll.")) polls += ",poll=" + std::to_string(address);
  if (polls.empty()) return Failure{"the kernel has no kernel_poll label: where does it poll now?"};
  return polls;
}

void say_longest(const char* where, const bench::kernel::Report& report,
                 const bench::kernel::Symbols& symbols) {
  std::fprintf(stderr, "longest stretch with interrupts off, %s: %u: %s\n", where, report.longest,
               bench::kernel::describe_path(report.longest_path, symbols).c_str());
}

/// The longest stretch with interrupts off in a whole run of the kernel's suite, which must pass.
Outcome<uint32_t> longest_in_suite(const Settings& settings, const fs::path& work,
                                   const bench::kernel::Symbols& symbols) {
  const fs::path out = work / "longest.out";
  const std::string script = settings.long_suite ? "kernel-all.yaml" : "kernel.yaml";
  TRY(run({HIL_PROGRAM, "run", settings.root / "tests/scenarios" / script, "--board", "imx6ul-evk",
           "--out", work / "suite", "--qemu-argument=-plugin",
           "--qemu-argument=" + settings.plugin.string() + ",only=longest,out=" + out.string() +
               TRY(polls_of(symbols))},
          settings.long_suite ? 60min : 5min));
  const auto report = TRY(bench::kernel::parse_report(read_file(out)));
  say_longest(script.c_str(), report, symbols);
  return report.longest;
}

Outcome<json> measure(const Settings& settings) {
  const fs::path device = settings.root / "build/device";
  const fs::path work =
      settings.root / "build/bench-work" / (settings.show.empty() ? "kernel" : "kernel-passage");
  fs::remove_all(work);
  fs::create_directories(work);
  const fs::path image = TRY(pack(settings, work));
  const auto symbols =
      TRY(bench::kernel::read_symbols(device / "kernel/soc/imx6ul/kernel_imx6ul.elf"));
  const fs::path out = work / "count.out", log = work / "console.log";
  std::vector<std::string> command = {
      "qemu-system-arm",
      "-M",
      "mcimx6ul-evk",
      "-m",
      "128",
      "-display",
      "none",
      "-monitor",
      "none",
      "-no-reboot",
      "-icount",
      "shift=0",
      "-serial",
      "file:" + log.string(),
      "-device",
      "loader,file=" + image.string() + ",addr=0x80000000,force-raw=on",
      "-device",
      "loader,file=" + (device / "tests/kernel/qemu_loader.elf").string() + ",cpu-num=0",
      "-plugin",
      settings.plugin.string() + ",out=" + out.string() + TRY(polls_of(symbols)) +
          (settings.show.empty() ? "" : ",show=" + settings.show)};
  for (const std::string& plugin : settings.also) {
    command.push_back("-plugin");
    command.push_back(plugin);
  }
  const auto ended = run(command, 40s);
  if (!ended) return Failure{ended.error().what + "\nconsole:\n" + read_file(log)};
  const auto report = TRY(bench::kernel::parse_report(read_file(out)));
  auto figures = bench::kernel::figures_of(report);
  if (!figures) return Failure{figures.error().what + "\nconsole:\n" + read_file(log)};
  add_sizes(*figures, symbols);
  if (!settings.show.empty()) {
    for (const uint32_t address : report.shown_path)
      std::printf("%x %s\n", address, symbols.function_at(address).c_str());
    return report.shown_path.empty() ? Outcome<json>(Failure{"no passage is " + settings.show})
                                     : *figures;
  }
  say_longest("counting", report, symbols);
  const uint32_t in_suite = TRY(longest_in_suite(settings, work, symbols));
  (*figures)[kIrqOffMax] = std::max(in_suite, report.longest);
  return *figures;
}

/// The counts that must not grow: the medians, and the longest stretches. The suite's comes out
/// differently from run to run, since its commands arrive when the host sends them, so that one has
/// a limit.
json gated(const json& figures) {
  json kept = json::object();
  for (const auto& [name, value] : figures.items())
    if (name.ends_with("_insn")) kept[name] = value;
  kept[kIrqOffMax] = kIrqOffLimit;
  return kept;
}

int check(const Settings& settings, const json& figures) {
  if (!settings.rewrite.empty())
    return std::ofstream(settings.rewrite) << gated(figures).dump(1) << "\n" ? 0 : 1;
  if (settings.baseline.empty()) return 0;
  const json baseline = json::parse(read_file(settings.baseline), nullptr, false);
  if (!baseline.is_object() || baseline.empty()) {
    std::fprintf(stderr, "kernel_counts: %s is missing or no JSON\n", settings.baseline.c_str());
    return 1;
  }
  const std::string worse = bench::kernel::compare(figures, baseline);
  if (worse.empty()) return 0;
  std::fprintf(
      stderr,
      "%sIf that is meant, commit the new baseline with the reason:\n"
      "  build/host/bench/kernel/kernel_counts --root . --write bench/kernel/baseline.json\n",
      worse.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Counts what the kernel executes for each operation, on QEMU's i.MX 6UL.");
  Settings settings;
  settings.plugin = KERNEL_COUNT_PLUGIN;
  settings.packer = TOUCHSTONE_PACK;
  app.add_option("--root", settings.root, "the checkout")->required();
  app.add_option("--check", settings.baseline, "fail when a count is worse than in this file");
  app.add_option("--write", settings.rewrite, "write the counts to this file");
  app.add_option("--show", settings.show,
                 "print the addresses of one passage, and nothing else: PHASE:LABEL of "
                 "bench/kernel/labels.h");
  app.add_flag("--long", settings.long_suite, "run the suite's long version (minutes)");
  app.add_option("--also-plugin", settings.also, "one more plugin for QEMU, with its options");
  CLI11_PARSE(app, argc, argv);
  settings.root = fs::absolute(settings.root).lexically_normal();
  if (std::system("command -v qemu-system-arm >/dev/null") != 0) {
    std::puts("SKIPPED: qemu-system-arm is not installed");
    return kSkipped;
  }
  if (!fs::exists(settings.root / "build/device/bench/kernel/service_client.elf") ||
      !fs::exists(settings.root / "build/device/images/imx6ul-evk/touchstone-kernel.img")) {
    std::puts("SKIPPED: the device's programs are not built: cmake --build --preset device");
    return kSkipped;
  }
  const auto figures = measure(settings);
  if (!figures) {
    std::fprintf(stderr, "kernel_counts: %s\n", figures.error().what.c_str());
    return 1;
  }
  if (!settings.show.empty()) return 0;
  std::printf("%s\n", figures->dump(1).c_str());
  return check(settings, *figures);
}
