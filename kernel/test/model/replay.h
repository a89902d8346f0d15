// The real kernel beside the model: the same actions on both, and what the kernel's state is in the
// model's terms.
#pragma once

#include <array>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "kernel/test/model/model.h"
#include "kernel/test/world.h"

namespace kernel::model {

class Replay {
 public:
  /// With a `defect` in the model, a difference must come up sooner or later.
  Replay(const Shape& shape, uint32_t seed, Defect defect = Defect::kNone);

  /// Does something at random that the model allows, or refuses. Empty, or how the kernel differs.
  std::string step();
  /// What was done last.
  const std::string& last() const { return last_; }

  unsigned worker_pieces = 0, deaths = 0, starts = 0, ghosts_answered = 0, time_outs = 0;
  unsigned messages = 0, moves = 0, events = 0;  // that were received

 private:
  test::World& world() { return world_; }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  State abstract();
  Entry entry_at(unsigned pid, uint32_t address, State& s);

  void bind(unsigned thread, kernel::Thread* to);
  void set_up(unsigned process);
  void hoard();
  void enter(kernel::Thread& thread, abi::Syscall number, const std::array<uint32_t, 12>& r);
  void next();
  bool worker_piece();
  std::string work();
  std::string compare(std::vector<State>& expected);
  void start(unsigned process);
  void perform(const Action& action);
  void call(const Action& action);
  void send(const Action& action);
  void map_pages(unsigned process);
  void keep_busy(unsigned process);
  std::string received(const std::vector<unsigned>& threads, const Action& action);
  bool breaks_contract(const Action& action) const;
  kernel::Thread& thread(unsigned index) { return *bound_[index]; }
  kernel::Process& process(unsigned index) { return world_.kernel.processes[index + 1]; }

  const Shape shape_;
  Rules rules_;
  std::mt19937 random_;
  test::World world_;
  State state_;
  /// The kernel's thread for each of the model's; null: none yet.
  std::array<kernel::Thread*, kThreads> bound_{};
  std::array<std::array<uint32_t, kServices + 1>, kProcesses> connections_{};
  std::array<uint32_t, kProcesses> port_{};
  std::vector<uint32_t> frames_;  // physical addresses, by the model's number
  /// Of each service: messages sent to it, and those that were received or went with it.
  std::array<uint32_t, kServices> sent_{}, received_{};
  std::string last_;
};

}  // namespace kernel::model
