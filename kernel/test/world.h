// A running kernel on the host for tests: processes from an image made on the spot, and threads
// that do what the test says.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/abi/image.h"
#include "kernel/arch/host/machine.h"
#include "kernel/core/kernel.h"

namespace kernel::test {

inline constexpr uint32_t kCode = abi::kImageBase;      // one executable page
inline constexpr uint32_t kConstants = kCode + 0x1000;  // one read-only page
inline constexpr uint32_t kData = kCode + 0x10000;      // kDataPages writable pages
inline constexpr uint32_t kDataPages = 20;
inline constexpr uint32_t kStackPages = 2;
/// What a process holds when it starts: its data, its stack, its arguments.
inline constexpr uint32_t kStartPages = kDataPages + kStackPages + 1;
// A world's kernel has no random bits, so its areas are where they begin.
inline constexpr uint32_t kMoveBase = abi::kLoanBase + kMaxThreads * kLoanStride;
inline constexpr uint32_t kMoveEnd = kMoveBase + kMoveSlots * kLoanStride;

struct ProcessPlan {
  std::string name;
  uint32_t priority = 8;
  std::vector<abi::Grant> grants{};
  uint32_t quota = 64 * abi::kPageSize;
  abi::SyscallMask syscalls = ~abi::SyscallMask{0};
  uint32_t flags = 0;
};

/// What the last audit saw, for what must hold from one to the next.
struct Past {
  struct OfThread {
    ThreadState state = ThreadState::kFree;
    uint32_t token = 0, generation = 0, born = 0;
  };
  struct OfProcess {
    uint32_t identity = 0;
    bool lived = false;  // was alive, or its end was not finished
    bool ended = false;
  };
  bool known = false;
  std::array<OfThread, kMaxThreads> threads{};
  std::array<OfProcess, kMaxProcesses> processes{};
  uint32_t crashes_written = 0, crashes_read = 0, crashes_lost = 0;
  uint32_t log_lost = 0;
};

abi::Grant may_connect(uint32_t service, uint64_t methods);
abi::Grant may_serve(uint32_t service);

class World {
 public:
  explicit World(std::vector<ProcessPlan> plans, unsigned services = 4, unsigned ram_pages = 1024,
                 const std::array<uint32_t, Random::kDraw>& seed = {});
  ~World();

  Kernel& kernel = the_kernel;
  host::Machine machine;

  /// The first thread of the process in the plans' order, from 0.
  Thread& thread(unsigned process) const { return *first_threads_.at(process); }
  Process& process(unsigned index) const { return *thread(index).process; }
  Thread* running() const { return kernel.current; }

  /// `thread` runs (it must be able to) and issues a call; again for as long as the kernel has it
  /// restarted. Returns r0, or kBlocked.
  static constexpr uint32_t kBlocked = 0xffff'ffff;
  uint32_t call(Thread& thread, abi::Syscall number, std::vector<uint32_t> registers = {});
  /// As call(), for one entry and without choosing who runs first.
  void enter(Thread& thread, abi::Syscall number, std::span<const uint32_t> registers);
  /// Takes the processor from whoever has it and gives it to `thread`.
  void make_run(Thread& thread);
  /// An interrupt or the timer, while `running()` runs.
  void interrupt();
  void fault(Thread& thread) { make_run(thread), kernel.fault(thread, {.kind = "test"}), next(); }
  void next();
  /// Whether the worker ends what has died at once, before whoever is ready. Otherwise it takes its
  /// turn.
  bool prompt = true;

  /// Connects process `client` to `service`, which `server` serves from now on. Returns the
  /// connection's handle; `*server_handle` is the other's.
  uint32_t connect(unsigned client, unsigned server, uint32_t service,
                   uint32_t* server_handle = nullptr);

  /// What the manifest gives, and the image as it was made: not the kernel's copies.
  const std::vector<ProcessPlan>& plans() const { return plans_; }
  const std::vector<std::byte>& image() const { return image_; }
  mutable Past past;

  std::byte* memory(Thread& thread, uint32_t address);
  std::string log_text();

 private:
  std::vector<std::byte> make_image(const std::vector<ProcessPlan>& plans, unsigned services);
  std::vector<ProcessPlan> plans_;
  std::vector<std::byte> image_;
  std::vector<Thread*> first_threads_;
};

/// Everything that must hold between two entries. Empty, or the first thing that does not.
std::string audit(const World& world);

/// The code of an error word; 0 for success.
constexpr unsigned code_of(uint32_t word) {
  return word & 0xff;
}
inline constexpr unsigned kDenied = static_cast<unsigned>(base::Code::kDenied);
inline constexpr unsigned kNotFound = static_cast<unsigned>(base::Code::kNotFound);
inline constexpr unsigned kBusy = static_cast<unsigned>(base::Code::kBusy);
inline constexpr unsigned kInvalid = static_cast<unsigned>(base::Code::kInvalid);
inline constexpr unsigned kTimeout = static_cast<unsigned>(base::Code::kTimeout);
inline constexpr unsigned kNoMemory = static_cast<unsigned>(base::Code::kNoMemory);

}  // namespace kernel::test
