// How fast the virtual board's processor is beside qemu-system-arm: the same guest binary in both,
// in one sitting, in turns. Prints one JSON object.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fixtures/board/cpu/cpu.h"

namespace {

using fixtures::board::cpu::Core;
using fixtures::board::cpu::make_cpu;
using fixtures::board::cpu::PhysicalMemory;
using fixtures::board::cpu::Stop;

constexpr uint32_t kRam = 0x40000000, kRamBytes = 64u << 20;
constexpr uint32_t kEntry = 0x40210000, kRounds = 0x40208000;

double seconds(const timeval& time) {
  return time.tv_sec + time.tv_usec / 1e6;
}

// Processor time, so that other work on the machine hurts both alike.
double spent(const rusage& usage) {
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double spent_here() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return spent(usage);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// RAM, and a page of vectors at 0 in which every exception waits for an interrupt that never comes.
class Memory final : public PhysicalMemory {
 public:
  Memory() : ram_(kRamBytes), vectors_(4096) {
    for (uint32_t at = 0; at < 0x20; at += 4) {
      const uint32_t wait_for_interrupt = 0xe320f003;
      std::memcpy(vectors_.data() + at, &wait_for_interrupt, 4);
    }
  }
  Page page(uint32_t address) override {
    if (address - kRam < kRamBytes) return {ram_.data() + ((address - kRam) & ~0xfffu), true};
    if (address < 4096) return {vectors_.data(), false};
    return {};
  }
  std::optional<uint32_t> load(uint32_t, unsigned) override { return std::nullopt; }
  bool store(uint32_t, uint32_t, unsigned) override { return false; }
  std::byte* at(uint32_t address) { return ram_.data() + (address - kRam); }

 private:
  std::vector<std::byte> ram_, vectors_;
};

struct Run {
  double seconds = 0;
  int status = -1;
  uint64_t instructions = 0;
};

Run run_ours(const std::vector<char>& image, uint32_t rounds, bool timed = false) {
  Memory memory;
  std::memcpy(memory.at(kEntry), image.data(), image.size());
  std::memcpy(memory.at(kRounds), &rounds, sizeof rounds);
  const auto core = make_cpu(memory);
  core->set_memory_timing(timed);
  core->set_reg(15, kEntry);
  const double start = spent_here();
  // A slice of one board event's usual distance: 100 us at 492 MHz.
  while (core->run(49'200) == Stop::kBudget) {
  }
  Run run{.seconds = spent_here() - start, .instructions = core->retired()};
  uint32_t status = 0;
  core->load(core->reg(1) + 4, 4, status);
  run.status = static_cast<int>(status);
  return run;
}

Run run_qemu(const std::string& path, const std::string& model, uint32_t rounds) {
  const std::string loader = "loader,file=" + path + ",addr=0x40210000,force-raw=on";
  const std::string count = "loader,addr=0x40208000,data=" + std::to_string(rounds) + ",data-len=4";
  const std::vector<const char*> arguments = {"qemu-system-arm",
                                              "-nodefaults",
                                              "-M",
                                              "virt",
                                              "-cpu",
                                              model.c_str(),
                                              "-m",
                                              "64M",
                                              "-nic",
                                              "none",
                                              "-display",
                                              "none",
                                              "-serial",
                                              "none",
                                              "-monitor",
                                              "none",
                                              "-semihosting-config",
                                              "enable=on,target=native",
                                              "-device",
                                              loader.c_str(),
                                              "-device",
                                              count.c_str(),
                                              "-device",
                                              "loader,addr=0x40210000,cpu-num=0",
                                              nullptr};
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 0);
    dup2(nowhere, 1);
    execvp(arguments[0], const_cast<char**>(arguments.data()));
    _exit(127);
  }
  Run run;
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  run.seconds = spent(usage);
  if (WIFEXITED(status)) run.status = WEXITSTATUS(status);
  return run;
}

struct Guest {
  const char* name;
  uint32_t few, many;  // rounds; a run's speed is the difference of the two
  uint32_t timed;      // as `many`, while the memory system is timed
};
constexpr Guest kGuests[] = {
    {"loop", 100, 8000, 130}, {"memcpy", 100, 30000, 250}, {"sha512", 100, 60000, 250}};

std::vector<char> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory = BENCH_CPU_GUESTS, model = "cortex-a7";
  int repeats = 5;
  double scale = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--repeats") repeats = std::max(1, std::atoi(argv[i + 1]));
    if (option == "--scale") scale = std::atof(argv[i + 1]);
    if (option == "--qemu-cpu") model = argv[i + 1];
    if (option == "--guests") directory = argv[i + 1];
  }
  std::string json;
  bool agree = true;
  for (const Guest& guest : kGuests) {
    const std::string path = directory + "/" + guest.name + ".bin";
    const std::vector<char> image = read_file(path);
    if (image.empty()) {
      std::fprintf(stderr, "bench_cpu: no guest at %s\n", path.c_str());
      return 1;
    }
    const auto many = static_cast<uint32_t>(guest.many * scale) + guest.few + 1;
    std::vector<double> ours, qemu, timed;
    for (int i = 0; i < repeats; ++i) {
      const Run few = run_ours(image, guest.few), lots = run_ours(image, many);
      const Run qemu_few = run_qemu(path, model, guest.few),
                qemu_lots = run_qemu(path, model, many);
      agree = agree && few.status == qemu_few.status && lots.status == qemu_lots.status;
      const double instructions = static_cast<double>(lots.instructions - few.instructions) / 1e6;
      ours.push_back(instructions / (lots.seconds - few.seconds));
      const Run timed_few = run_ours(image, guest.few, true),
                timed_lots = run_ours(image, guest.timed, true);
      agree = agree && timed_few.status == few.status && timed_few.instructions == few.instructions;
      timed.push_back(static_cast<double>(timed_lots.instructions - timed_few.instructions) / 1e6 /
                      (timed_lots.seconds - timed_few.seconds));
      qemu.push_back(instructions / (qemu_lots.seconds - qemu_few.seconds));
    }
    char line[256];
    std::snprintf(line, sizeof line,
                  "  \"cpu/%s_mips\": %.0f,\n  \"cpu/%s_qemu_mips\": %.0f,\n"
                  "  \"cpu/%s_vs_qemu\": %.3f,\n  \"cpu/%s_timed_mips\": %.1f,\n",
                  guest.name, median(ours), guest.name, median(qemu), guest.name,
                  median(ours) / median(qemu), guest.name, median(timed));
    json += line;
  }
  std::printf("{\n%s  \"cpu/results_agree\": %s\n}\n", json.c_str(), agree ? "true" : "false");
  return agree ? 0 : 1;
}
