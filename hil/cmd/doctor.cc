// hil doctor: is everything here that the rig needs, and what to do when it is not.
#include <unistd.h>

#include "hil/board/paths.h"
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/record/files.h"
#include "probes/openocd/adapter.h"
#include "probes/process/child.h"

namespace hil::cmd {
namespace {

class Doctor {
 public:
  void check(const std::string& what, bool good, const std::string& found,
             const std::string& remedy) {
    printf("%s %-28s %s\n", good ? "ok      " : "MISSING ", what.c_str(), found.c_str());
    if (!good) printf("         %-28s %s\n", "", ("-> " + remedy).c_str());
    missing_ += !good;
  }

  /// A program that answers `--version`; the first line that says something is shown.
  void program(const std::string& name, const std::string& package, const std::string& used_for) {
    auto done = probes::process::run({name, "--version"}, std::chrono::seconds(10));
    const bool good = done && done->status == 0;
    check(name, good, good ? done->output.substr(0, done->output.find('\n')) : used_for,
          "sudo apt-get install " + package);
  }

  void file(const std::string& what, const std::filesystem::path& path, const std::string& remedy) {
    std::error_code error;
    check(what, std::filesystem::is_regular_file(path, error), path.string(), remedy);
  }

  void writable(const std::string& what, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const auto probe = folder / (".doctor-" + std::to_string(getpid()));
    const auto written = record::write_atomically(probe, "x");
    std::filesystem::remove(probe, error);
    check(what, written.has_value(), folder.string(),
          written ? "" : written.error().what + "; make it writable or name another");
  }

  int missing() const { return missing_; }

 private:
  int missing_ = 0;
};

int doctor() {
  Doctor doctor;
  doctor.program("openocd", "openocd", "flashes and debugs boards");
  doctor.program("gdb-multiarch", "gdb-multiarch", "for people who debug through OpenOCD");
  doctor.program("qemu-system-arm", "qemu-system-arm",
                 "the board imx6ul-evk, and a judge in tests");
  for (const board::Found& found : board::find_boards()) {
    auto board = board::load_board(found.file.string());
    doctor.check("board " + found.name, board.value.has_value(), found.file.string(),
                 board.problems.empty() ? "" : board.problems[0].text());
    if (!board.value) continue;
    const std::string build = "./rig build device";
    if (board.value->qemu)
      doctor.file("loader of " + found.name, board::device_build() / board.value->qemu->loader,
                  build);
    if (board.value->ddr_applet.empty()) continue;
    doctor.file("applet " + board.value->ddr_applet, board::applets() / board.value->ddr_applet,
                build);
    doctor.file("applet " + board.value->flash_applet, board::applets() / board.value->flash_applet,
                build);
  }
  doctor.file("image touchstone.img", board::artifacts() / "touchstone.img", "./rig build device");
  doctor.writable("cache folder", board::cache());
  doctor.writable("lock folder", board::lock_folder());
  doctor.writable("temporary folder", std::filesystem::temp_directory_path());
  doctor.check("pseudo terminals", access("/dev/ptmx", R_OK | W_OK) == 0, "/dev/ptmx",
               "the virtual board's probe is one; mount devpts");
  std::string adapters;
  for (const std::string& name : probes::openocd::silicon_names())
    adapters += (adapters.empty() ? "" : ", ") + name;
  printf("adapters for benches: %s\n", adapters.c_str());
  if (doctor.missing() == 0) {
    printf("nothing is missing\n");
    return kPassed;
  }
  printf("%d missing\n", doctor.missing());
  return kBenchFailed;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  app.add_subcommand("doctor", "Check that everything is here that the rig needs")
      ->callback([&action] { action = doctor; });
}

}  // namespace hil::cmd
