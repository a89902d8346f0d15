// Processes that do anything: system calls with plausible and with absurd arguments, faults,
// interrupts, storms of them, time. What exactly is decided by a source of choices, random or a
// fuzzer's bytes; after every step everything that must hold is checked.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "kernel/test/world.h"

namespace kernel::test {

/// Who there is: `kChaosServers` of `kChaosProcesses` serve; the supervisor comes behind.
inline constexpr unsigned kChaosServers = 4;
inline constexpr unsigned kChaosProcesses = 5;
/// Each server may serve one service that all connect to, and as many others as it has room for,
/// that the last process may connect to.
inline constexpr unsigned kChaosServices = kChaosServers * (1 + kServersPerProcess);
inline constexpr uint32_t kChaosSource = 40;  // of interrupts: 40, 41, 42
inline constexpr uint32_t kChaosDevice = 0xf800'0000;
inline constexpr uint32_t kChaosDeviceBytes = 0x2000;
inline constexpr uint32_t kChaosBadDevice = 0xf810'0100;  // not of whole pages
inline constexpr uint32_t kChaosDmaPages = 5;             // of two of the servers

class Choices {
 public:
  virtual ~Choices() = default;
  /// In [0, limit). Must come to 0 when the source is exhausted.
  virtual uint32_t below(uint32_t limit) = 0;
  virtual uint32_t word() = 0;
};

class Chaos {
 public:
  explicit Chaos(Choices& choices);
  ~Chaos();

  /// One thing happens. Returns what is wrong afterwards.
  std::string step();
  /// A fresh world, as after boot and a little set-up.
  void restart();
  /// Too few processes live for much to happen.
  bool wants_restart() const;

  /// How often a call returned an error's code (0: done), what a server answered, or kBroken.
  static constexpr unsigned kBroken = 256;
  static constexpr unsigned kAnswered = 0xee;  // what servers answer that answer with an error
  using Outcome = std::pair<abi::Syscall, unsigned>;
  const std::map<Outcome, unsigned>& outcomes() const { return outcomes_; }
  unsigned deaths() const { return deaths_; }
  unsigned storms() const { return storms_; }

 private:
  uint32_t below(uint32_t limit) { return choices_.below(limit); }
  bool rarely() { return below(16) == 15; }
  using Registers = std::array<uint32_t, 12>;
  /// What a thread goes on with until it has done it so often.
  enum class Urge : uint8_t { kServe, kConnect, kMakeThreads, kFill, kSpread, kCount };
  struct Course {
    Urge urge{};
    uint32_t left = 0;
  };

  void happen();
  bool storm();
  Thread* some_thread();
  void act(Thread& self);
  void act_absurdly(Thread& self, Registers& r);
  void answer(Thread& self, Registers& r);
  void talk(Thread& self, Registers& r);
  void work(Thread& self, Registers& r);
  void use_device(Thread& self, Registers& r);
  void begin_course(const Thread& self);
  void go_on(Thread& self, Registers& r);
  void supervise(Thread& self, Registers& r);
  void create(Thread& self, Registers& r);
  bool interfere(Thread& self);
  void issue(Thread& self, abi::Syscall number, const Registers& r);
  void note_result(const Thread& self);

  uint32_t address();
  uint32_t bytes();
  uint32_t lendable(const Thread& self);
  uint32_t dma_page(const Process& process);
  uint32_t moveable(const Thread& self);
  uint32_t token(const Thread& self);
  uint32_t connection(const Process& process);
  uint32_t identity();
  uint32_t child(const Thread& self);
  uint64_t span();
  static void put(Registers& r, unsigned low, uint64_t value);

  Choices& choices_;
  std::unique_ptr<World> world_;
  std::map<Outcome, unsigned> outcomes_;
  /// The call each thread is in or has last made, by thread index.
  std::array<abi::Syscall, kMaxThreads> made_{};
  std::array<bool, kMaxThreads> in_call_{};
  std::array<uint32_t, kMaxThreads> issued_at_{}, generations_{};
  std::array<Course, kMaxThreads> courses_{};
  unsigned deaths_ = 0;
  unsigned storms_ = 0;
  unsigned idle_ = 0;
  bool lazy_ = false;  // servers let their queues fill
};

}  // namespace kernel::test
