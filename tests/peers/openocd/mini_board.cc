#include "tests/peers/openocd/mini_board.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "fixtures/board/cpu/cpu.h"
#include "fixtures/board/debug/bus_pirate.h"
#include "fixtures/board/debug/remote_bitbang.h"
#include "probes/openocd/adapter.h"

namespace tests::peers {
namespace {

using namespace fixtures::board;

constexpr uint32_t kSram = 0x00200000, kDdr = 0x20000000;
constexpr uint32_t kBranchToSelf = 0xeafffffe;
constexpr uint64_t kSlice = 20'000;  // cycles between two looks at the probe

std::filesystem::path socket_path() {
  static std::atomic<int> number = 0;
  return std::filesystem::temp_directory_path() /
         ("mini_board." + std::to_string(getpid()) + "." + std::to_string(number++));
}

std::unique_ptr<debug::FrontEnd> plug_in(MiniBoard::Probe probe, debug::Wires wires) {
  auto made = probe == MiniBoard::Probe::kBusPirate
                  ? debug::BusPirate::create(std::move(wires))
                  : debug::RemoteBitbang::listen_unix(std::move(wires), socket_path());
  if (made) return *std::move(made);
  ADD_FAILURE() << made.error();
  return nullptr;
}

}  // namespace

std::byte* PlainMemory::at(uint32_t address, size_t size) {
  const auto within = [&](std::vector<std::byte>& memory, uint32_t base) -> std::byte* {
    const uint64_t offset = uint64_t{address} - base;
    return address >= base && offset + size <= memory.size() ? &memory[offset] : nullptr;
  };
  std::byte* const found = within(sram_, kSram);
  return found ? found : within(ddr_, kDdr);
}

cpu::PhysicalMemory::Page PlainMemory::page(uint32_t address) {
  std::byte* const bytes = at(address & ~0xfffu, 0x1000);
  return {.bytes = bytes, .writable = bytes != nullptr};
}

std::optional<uint32_t> PlainMemory::load(uint32_t address, unsigned width) {
  const std::byte* const bytes = at(address, width);
  if (!bytes) return std::nullopt;
  uint32_t value = 0;
  std::memcpy(&value, bytes, width);
  return value;
}

bool PlainMemory::store(uint32_t address, uint32_t value, unsigned width) {
  std::byte* const bytes = at(address, width);
  if (bytes) std::memcpy(bytes, &value, width);
  return bytes != nullptr;
}

MiniBoard::MiniBoard(Probe probe, size_t ddr_size)
    : memory_(ddr_size), core_(cpu::make_cpu(memory_)), debug_(*core_), kind_(probe) {
  memory_.store(kSram, kBranchToSelf, 4);
  probe_ = plug_in(probe, {.tap = debug_.tap, .system_reset = [this](bool on) { reset(on); }});
  core_->set_reg(15, kSram);
  thread_ = std::thread([this] { main_loop(); });
}

MiniBoard::~MiniBoard() {
  stopping_ = true;
  thread_.join();
}

std::vector<std::string> MiniBoard::adapter() const {
  return kind_ == Probe::kBusPirate ? probes::openocd::virtual_buspirate(probe_->address())
                                    : probes::openocd::virtual_remote_bitbang(probe_->address());
}

void MiniBoard::reset(bool asserted) {
  in_reset_ = asserted;
  if (asserted) {
    ++resets_;
  } else {
    core_->reset();
    core_->set_reg(15, kSram);  // where the boot ROM would go
  }
  debug_.unit.set_reset(asserted);
}

void MiniBoard::main_loop() {
  while (!stopping_) {
    const bool running = !debug_.unit.halted() && !in_reset_ && !frozen_;
    pollfd ready{probe_->fd(), POLLIN, 0};
    if (poll(&ready, 1, running ? 0 : 5) > 0 && !frozen_) probe_->service();
    if (!running || debug_.unit.halted() || in_reset_) continue;
    const cpu::Stop stop = core_->run(kSlice);
    if (stop == cpu::Stop::kWaiting) core_->idle(kSlice);
    debug_.unit.on_stop(stop);
  }
}

}  // namespace tests::peers
