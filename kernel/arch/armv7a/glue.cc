// Where the assembler calls: the kernel's start, and each kind of entry. Every one of them ends by
// naming the thread to run.
#include <algorithm>
#include <cstring>

#include "kernel/abi/image.h"
#include "kernel/arch/armv7a/cpu.h"
#include "kernel/arch/armv7a/mmu.h"
#include "kernel/arch/armv7a/offsets.h"
#include "kernel/core/kernel.h"
#include "kernel/soc/soc.h"

extern "C" {
void floats_drop();  // entry code: nobody owns the floating point registers, and they are zeros
extern char __kernel_memory_end[], __bss_start[], __bss_end[], kernel_vectors[],
    kernel_vectors_general[];
kernel::abi::BootInfo kernel_boot_info;
static_assert(sizeof kernel_boot_info == 64);  // start.S copies it
}

namespace kernel {

extern "C" {
constinit Kernel the_kernel;
}

namespace {
constexpr uint32_t kMostRam = 0x2000'0000;

/// What may be said of a fault: FSR's status, bits 10 and 3:0 (ARM ARM B3.13).
std::string_view status_text(uint32_t status) {
  switch ((status & 0xf) | (status >> 6 & 0x10)) {
    case 0x01:
      return "alignment fault";
    case 0x02:
      return "debug event";
    case 0x05:
    case 0x07:
      return "no page";
    case 0x0d:
    case 0x0f:
      return "not permitted";
    case 0x08:
    case 0x16:
      return "bus error";
    default:
      return "abort";
  }
}

[[noreturn]] void stop(std::string_view why, const Context* context) {
  the_kernel.log.line("kernel: PANIC: ", why);
  the_kernel.record_panic(why, context, context ? arch::read_dfsr() : 0,
                          context ? arch::read_dfar() : 0);
  the_kernel.drain_log();
  soc::reset();
}

/// Sleeps until somebody can run.
[[gnu::cold, gnu::noinline]] Thread* idle() {
  for (;;) {
    arch::wait_for_interrupt();
    the_kernel.handle_interrupts();
    if (Thread* thread = the_kernel.next_thread(nullptr)) return thread;
  }
}

Thread* next_thread(Thread* self) {
  Thread* thread = the_kernel.next_thread(self);
  return thread != nullptr ? thread : idle();
}
}  // namespace

void arch::clear_floats(Thread& thread) {
  if (arch::read_tpidrprw() == reinterpret_cast<uint32_t>(&thread.context.pc)) {
    floats_drop();
  }
  thread.floats = {};
}

void arch::set_fast_path(bool on) {
  arch::write_vbar(reinterpret_cast<uint32_t>(on ? kernel_vectors : kernel_vectors_general));
  arch::instruction_barrier();
}

[[noreturn]] void arch::panic(std::string_view why) {
  stop(why, nullptr);
}

extern "C" {

Thread* kernel_system_call(Thread* self) {
  the_kernel.system_call(*self);
  return next_thread(the_kernel.current);
}

Thread* kernel_interrupt(Thread* self) {
  the_kernel.current = self;
  the_kernel.handle_interrupts();
  return next_thread(self);
}

enum FaultKind : uint32_t { kUndefined, kPrefetchAbort, kDataAbort, kFastInterrupt };

Thread* kernel_fault(Thread* self, uint32_t kind) {
  the_kernel.current = self;
  Fault fault{.kind = "undefined instruction", .address = self->context.pc};
  if (kind == kPrefetchAbort) {
    const std::string_view what = status_text(arch::read_ifsr());
    // IFAR says nothing about a debug event (ARM ARM B3.13.8); whatever it is, it happened at pc.
    const uint32_t address = what == "debug event" ? self->context.pc : arch::read_ifar();
    fault = {.kind = what, .address = address};
    if (what == "no page" || what == "not permitted") {
      fault.kind = address >= abi::kUserEnd ? "execute of the kernel's half" : "execute: no page";
      if (arch::page_get(self->process->pid, address).present()) fault.kind = "execute of data";
    }
  } else if (kind == kDataAbort) {
    const uint32_t status = arch::read_dfsr();
    const std::string_view what = status_text(status);
    fault = {.kind = what, .address = arch::read_dfar()};
    const bool writes = status & 1 << 11;
    if (what == "no page") fault.kind = writes ? "write: no page" : "read: no page";
    if (what == "not permitted") fault.kind = writes ? "write not permitted" : "read not permitted";
  } else if (kind == kFastInterrupt) {
    fault.kind = "fast interrupt";
  }
  the_kernel.fault(*self, fault);
  return next_thread(self);
}

[[noreturn]] void kernel_fault_in_kernel(const uint32_t* registers, uint32_t status,
                                         uint32_t kind) {
  the_kernel.log.line("kernel: fault ", kind, " in the kernel: pc ", Hex{registers[13]}, " cpsr ",
                      Hex{status}, " dfsr ", Hex{arch::read_dfsr()}, " dfar ",
                      Hex{arch::read_dfar()}, " ifsr ", Hex{arch::read_ifsr()});
  for (unsigned i = 0; i < 12; i += 4) {
    the_kernel.log.line("kernel:   r", i, " ", Hex{registers[i]}, " ", Hex{registers[i + 1]}, " ",
                        Hex{registers[i + 2]}, " ", Hex{registers[i + 3]});
  }
  Context context{.pc = registers[13], .status = status};
  std::copy_n(registers, 13, context.r.begin());
  stop("the kernel faulted", &context);
}

Thread* kernel_start(uint32_t offset) {
  const abi::BootInfo info = kernel_boot_info;
  arch::Memory memory{.ram_base = KERNEL_BASE - offset,
                      .ram_size = info.memory_size,
                      .encrypted_alias = info.encrypted_alias};
  if (memory.ram_size > kMostRam) memory.ram_size = kMostRam;
  // The first megabytes are mapped already: enough to read the header.
  const auto& header = *reinterpret_cast<const abi::ImageHeader*>(info.image + offset);
  const uint32_t pools = reinterpret_cast<uint32_t>(__bss_start) - offset;
  const uint32_t kernel_end = reinterpret_cast<uint32_t>(__kernel_memory_end) - offset;
  const uint32_t image_end = std::max(info.image + header.total_size, kernel_end);
  memory.free_from = reinterpret_cast<uint32_t>(__bss_end) - offset;
  arch::build_kernel_map(memory);
  soc::start();

  Kernel& kernel = the_kernel;
  if (info.magic != abi::BootInfo::kMagic || info.memory != memory.ram_base) {
    stop("boot information", nullptr);
  }
  if (image_end > pools) stop("the image reaches into the kernel's pools", nullptr);
  kernel.reset();
  const uint32_t frame_count = memory.ram_size / abi::kPageSize;
  auto* frames = reinterpret_cast<Frame*>(memory.free_from + offset);
  const uint32_t bytes = frame_count * static_cast<uint32_t>(sizeof(Frame));
  for (uint32_t i = 0; i < frame_count; ++i) frames[i] = {};
  kernel.add_memory(memory.ram_base, {frames, frame_count});
  // What is added last is given out first: memory for devices, which is to be in one piece.
  kernel.add_frames(image_end, pools);
  kernel.add_frames(memory.free_from + bytes, memory.ram_base + memory.ram_size);

  std::array<char, sizeof header.build + 1> build{};
  std::memcpy(build.data(), header.build.data(), header.build.size());
  kernel.log.line("kernel: Touchstone ", build.data(), " on ", soc::kName);
  if (header.flags & abi::kImageTest) {
    kernel.log.line("kernel: test image, counters are open to user mode");
    arch::write_pmuserenr(1);
  }
  kernel.report_last_panic();
  kernel.random.key(info.seed);
  const auto* image = reinterpret_cast<const std::byte*>(info.image + offset);
  if (!kernel.start_image({image, header.total_size}, info.image))
    stop("the image is unusable", nullptr);
  return next_thread(nullptr);
}

}  // extern "C"
}  // namespace kernel
