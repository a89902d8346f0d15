// From an entry of the image, or from what a permitted process puts together, to a process that
// runs.
//
//   kNot ── image's entry ──▶ kLayout ──▶ kSegments ───────────────────────┐
//    └── kProcessCreate ──▶ kGrants ──▶ kLayout ──▶ kGiven ── kProcessRun ──┴─▶ kStack
//                                                         kNot, runs ◀── kArguments ◀──┘
//
// It is done in pieces, by whoever asked for it: its call is restarted until the process runs.
// Should the one who asked end meanwhile, so does what it was making (end_child).
#include <algorithm>
#include <bit>
#include <cstring>

#include "kernel/core/calls.h"
#include "kernel/core/kernel.h"

namespace kernel {
namespace {
constexpr uint8_t kModule = base::module_number("kernel/core/create.cc");
using abi::kPageSize;

/// Bit p % 32 of word p / 32: slot p can have a new tenant.
void mark_free(Kernel& kernel, unsigned pid, bool is_free) {
  const uint32_t bit = 1u << pid % 32;
  uint32_t& word = kernel.free_slots[pid / 32];
  word = is_free ? word | bit : word & ~bit;
}

bool is_free(const Kernel& kernel, unsigned pid) {
  return kernel.free_slots[pid / 32] >> pid % 32 & 1;
}

/// A slot's new tenant. What others still count of the last one stays.
void reset_process(Kernel& kernel, Process& process, uint8_t pid) {
  const uint32_t generation = (process.generation + 1) & 0xff'ffff;
  const uint32_t messages = process.messages;
  process = {};
  process.pid = pid;
  process.generation = generation != 0 ? generation : 1;
  process.identity = abi::Identity::make(pid, process.generation).bits;
  process.messages = messages;
  process.connection_count = 1;
  mark_free(kernel, pid, false);
}

void open_space(Kernel& kernel, Process& process) {
  arch::space_open(process.pid);
  kernel.begin_process(process);
  process.making = Making::kLayout;
}

/// Draws a place for everything in the process's address space, in two pieces.
void lay_out(Kernel& kernel, Process& process) {
  if (!kernel.random.is_prepared()) return kernel.random.prepare();
  uint32_t begin = abi::kImageEnd, end = abi::kImageBase;
  const bool is_child = process.pid > kernel.image.processes.size();
  if (!is_child) {
    const abi::ProcessEntry& entry = kernel.image.processes[process.pid - 1u];
    for (const abi::Segment& segment :
         kernel.image.segments.subspan(entry.first_segment, entry.segment_count)) {
      begin = std::min(begin, segment.address);
      end = std::max(end, segment.address + pages_in(segment.memory_size) * kPageSize);
    }
  }
  process.layout = choose_layout(kernel.random, end);
  process.heap_cursor = process.layout.heap;
  process.device_next = process.layout.devices;
  process.making = is_child ? Making::kGiven : Making::kSegments;
  if (is_child) return;
  process.entry = kernel.image.processes[process.pid - 1u].entry + process.layout.slide;
  process.image_base = begin + process.layout.slide;
}

Error map_new(Kernel& kernel, Process& process, uint32_t address, arch::Access access,
              uint32_t& physical, bool zeroed = true) {
  if (!kernel.promise(process, 1)) return FAIL(kNoMemory);
  physical = kernel.take_frame(process.pid, zeroed);
  if (arch::page_set(process.pid, address, {physical, access})) return kOk;
  kernel.free_frame(*kernel.frame_of(physical));
  kernel.unpromise(process, 1);
  return FAIL(kNoMemory);
}

/// Maps page `page` of a segment. `fresh`: it took a frame.
Error map_segment_page(Kernel& kernel, Process& process, const abi::Segment& segment, uint32_t page,
                       bool& fresh) {
  const uint32_t done = page * kPageSize;
  const uint32_t address = segment.address + process.layout.slide + done;
  fresh = segment.flags & abi::kSegmentWrite;
  if (arch::page_get(process.pid, address).present()) return FAIL(kInvalid);
  if (!fresh) {
    const bool executes = segment.flags & abi::kSegmentExecute;
    const arch::Page in_place{.physical = kernel.image.physical + segment.offset + done,
                              .access = executes ? arch::Access::kExecute : arch::Access::kRead,
                              .plain = true};
    return arch::page_set(process.pid, address, in_place) ? kOk : FAIL(kNoMemory);
  }
  const uint32_t copied =
      done < segment.file_size ? std::min(kPageSize, segment.file_size - done) : 0;
  uint32_t physical = 0;
  const Error error = map_new(kernel, process, address, arch::Access::kReadWrite, physical,
                              /*zeroed=*/copied != kPageSize);
  if (error.word == 0) {
    std::memcpy(arch::frame({.physical = physical}),
                kernel.image.bytes.data() + segment.offset + done, copied);
  }
  return error;
}

Error map_segments(Kernel& kernel, Process& process) {
  const abi::ProcessEntry& entry = kernel.image.processes[process.pid - 1u];
  const auto segments = kernel.image.segments.subspan(entry.first_segment, entry.segment_count);
  for (unsigned work = 0; work < kPagesPerPiece;) {
    if (process.make_segment == segments.size()) {
      process.making = Making::kStack;
      process.make_page = 0;
      return kOk;
    }
    const abi::Segment& segment = segments[process.make_segment];
    bool fresh = false;
    const Error error = map_segment_page(kernel, process, segment, process.make_page, fresh);
    if (error.word != 0) return error;
    if (++process.make_page == pages_in(segment.memory_size)) {
      process.make_page = 0;
      ++process.make_segment;
    }
    work += fresh ? kPagesPerPiece / kCopiedPagesPerPiece : 1;
  }
  return kOk;
}

Error map_stack(Kernel& kernel, Process& process) {
  for (unsigned work = 0; work < kFreshPagesPerPiece; ++work) {
    if (process.make_page == process.stack_pages) {
      process.making = Making::kArguments;
      return kOk;
    }
    const uint32_t address = process.layout.stack_top - ++process.make_page * kPageSize;
    uint32_t physical = 0;
    const Error error = map_new(kernel, process, address, arch::Access::kReadWrite, physical);
    if (error.word != 0) return error;
  }
  return kOk;
}

Error map_arguments(Kernel& kernel, Process& process) {
  const Layout& layout = process.layout;
  const abi::ProcessArguments arguments{
      .pid = process.pid,
      .generation = process.generation,
      .image_flags = kernel.image_flags,
      .service_count = static_cast<uint32_t>(kernel.image.services.size()),
      .services = layout.arguments + static_cast<uint32_t>(sizeof(abi::ProcessArguments)),
      .heap_begin = layout.heap,
      .heap_end = abi::kHeapEnd,
      .image = process.image_base,
  };
  uint32_t physical = 0;
  const Error error = map_new(kernel, process, layout.arguments, arch::Access::kRead, physical);
  if (error.word != 0) return error;
  std::byte* page = arch::frame({.physical = physical});
  std::memcpy(page, &arguments, sizeof arguments);
  const auto services = std::as_bytes(kernel.image.services);
  std::memcpy(page + sizeof arguments, services.data(), services.size());
  return kOk;
}

/// The last step: from here on it is charged by its quota, and runs.
Error begin(Kernel& kernel, Process& process) {
  Thread* thread = kernel.new_thread(process, process.entry, process.layout.stack_top,
                                     process.layout.arguments, process.priority_limit);
  if (thread == nullptr) return FAIL(kNoMemory);
  if (process.pid <= kernel.image.processes.size()) {
    const abi::ProcessEntry& entry = kernel.image.processes[process.pid - 1u];
    process.pages_limit = process.pages + entry.memory_quota / kPageSize;
    process.parent = 0;
  }
  process.making = Making::kNot;
  arch::sync();
  return kOk;
}

bool may_supervise(const Process& process, uint32_t index) {
  return std::ranges::any_of(process.grants, [&](const abi::Grant& grant) {
    return grant.kind == abi::GrantKind::kSupervise &&
           (grant.a == index || grant.a == abi::kEveryProcess);
  });
}

const abi::Grant* children_grant(const Process& process) {
  for (const abi::Grant& grant : process.grants) {
    if (grant.kind == abi::GrantKind::kChildren) return &grant;
  }
  return nullptr;
}

bool may_pass_on(const Process& process, const abi::ChildGrant& wanted) {
  return std::ranges::any_of(process.grants, [&](const abi::Grant& grant) {
    return grant.kind == abi::GrantKind::kChildConnect && grant.a == wanted.service &&
           (wanted.methods & ~grant.mask) == 0;
  });
}

/// The first free slot from `pid` on; kMaxProcesses: none.
unsigned next_free(const Kernel& kernel, unsigned pid) {
  while (pid < kMaxProcesses) {
    const uint32_t word = kernel.free_slots[pid / 32] >> pid % 32;
    if (word != 0) return pid + static_cast<unsigned>(std::countr_zero(word));
    pid = (pid / 32 + 1) * 32;
  }
  return kMaxProcesses;
}

/// A slot behind the image's, or null. The one that was given out last comes last.
Process* find_slot(Kernel& kernel) {
  const auto first = static_cast<unsigned>(kernel.image.processes.size()) + 1;
  const unsigned from = std::max<unsigned>(kernel.child_cursor + 1u, first);
  unsigned pid = next_free(kernel, from);
  if (pid == kMaxProcesses) pid = next_free(kernel, first);
  if (pid == kMaxProcesses) return nullptr;
  kernel.child_cursor = static_cast<uint8_t>(pid);
  return &kernel.processes[pid];
}

Process* find_child(Kernel& kernel, const Process& parent, uint32_t identity) {
  Process& process = kernel.processes[identity & 0xff];
  const bool is_ours = identity != 0 && process.identity == identity &&
                       process.parent == parent.identity && process.alive;
  return is_ours ? &process : nullptr;
}

/// The piece that a restarted call does next. It knows its process by Thread::progress.
void make_on(Kernel& kernel, Thread& self) {
  Process& process = kernel.processes[self.progress & 0xff];
  if (process.identity != self.progress || !process.alive) {  // ended by somebody meanwhile
    self.progress = 0;
    return complete(self, FAIL(kNotFound));
  }
  const Error error = kernel.make_some(process);
  if (error.word != 0) {
    kernel.end_process(process, abi::EndReason::kKilled);
  } else if (process.making != Making::kNot) {
    return restart(self);
  }
  self.progress = 0;
  complete(self, error, error.word == 0 ? process.identity : 0);
}
}  // namespace

Process& Kernel::open_image_process(uint32_t index) {
  const abi::ProcessEntry& entry = image.processes[index];
  Process& process = processes[index + 1];
  reset_process(*this, process, static_cast<uint8_t>(index + 1));
  process.syscalls = entry.syscalls;
  process.name = entry.name;
  process.priority_limit = static_cast<uint8_t>(entry.priority);
  process.flags = entry.flags;
  process.restart = entry.restart;
  process.grants = image.grants.subspan(entry.first_grant, entry.grant_count);
  process.pages_limit = ~0u;  // the quota starts to count when the process does
  process.stack_pages = entry.stack_size / kPageSize;
  open_space(*this, process);
  return process;
}

Error Kernel::make_some(Process& process) {
  switch (process.making) {
    case Making::kLayout:
      return lay_out(*this, process), kOk;
    case Making::kSegments:
      return map_segments(*this, process);
    case Making::kStack:
      return map_stack(*this, process);
    case Making::kArguments: {
      const Error error = map_arguments(*this, process);
      return error.word != 0 ? error : begin(*this, process);
    }
    default:
      return kOk;
  }
}

void Kernel::release_process(Process& process) {
  process.making = Making::kNot;
  mark_free(*this, process.pid, true);
  if (process.parent == 0) return;
  Process& parent = processes[process.parent & 0xff];
  const bool is_child = process.pid > image.processes.size();
  if (is_child && parent.identity == process.parent) --parent.children;
  process.parent = 0;
}

bool Kernel::end_child(Process& process) {
  for (Process& child : processes) {
    if (child.parent != process.identity || child.ending != Ending::kNot) continue;
    if (!child.alive) {
      release_process(child);  // its rights were still being checked
      continue;
    }
    end_process(child, abi::EndReason::kKilled);
    return true;
  }
  return false;
}

namespace calls {

void process_start(Kernel& kernel, Thread& self) {
  if (self.progress != 0) return make_on(kernel, self);
  const uint32_t index = self.context.r[0];
  if (!may_supervise(*self.process, index)) return complete(self, FAIL(kDenied));
  if (index >= kernel.image.processes.size()) return complete(self, FAIL(kNotFound));
  if (!is_free(kernel, index + 1)) return complete(self, FAIL(kBusy));
  Process& process = kernel.open_image_process(index);
  process.parent = self.process->identity;
  self.progress = process.identity;
  restart(self);
}

namespace {
/// Checks what does not grow with the request, and reserves a slot.
void begin_create(Kernel& kernel, Thread& self, const abi::CreateArguments& wanted) {
  Process& creator = *self.process;
  const abi::Grant* limit = children_grant(creator);
  if (limit == nullptr || wanted.priority > creator.priority_limit ||
      wanted.memory_quota > limit->b || (wanted.syscalls & ~limit->mask) != 0) {
    return complete(self, FAIL(kDenied));
  }
  const uint32_t stack = wanted.stack_size;
  if (wanted.name.back() != '\0' || wanted.grant_count > abi::kMostChildGrants || stack == 0 ||
      !page_aligned(stack) || stack > abi::kMostStack ||
      (wanted.flags & ~uint32_t{abi::kProcessHoldsKeys}) != 0) {
    return complete(self, FAIL(kInvalid));
  }
  Process* slot = creator.children < limit->a ? find_slot(kernel) : nullptr;
  if (slot == nullptr) return complete(self, FAIL(kNoMemory));
  Process& child = *slot;
  reset_process(kernel, child, kernel.child_cursor);
  child.making = Making::kGrants;
  child.parent = creator.identity;
  child.name = wanted.name;
  child.priority_limit = static_cast<uint8_t>(wanted.priority);
  child.pages_limit = wanted.memory_quota / kPageSize;
  child.stack_pages = stack / kPageSize;
  child.flags = wanted.flags;
  child.syscalls = wanted.syscalls;
  child.image_base = abi::kImageEnd;
  ++creator.children;
  self.progress = child.identity;
  restart(self);
}

/// Checks some of the child's rights and keeps what it has checked: its creator may write its own
/// copy at any time.
void check_grants(Kernel& kernel, Thread& self, Process& child,
                  const abi::CreateArguments& wanted) {
  auto& grants = kernel.child_grants[child.pid];
  const uint32_t count = std::min<uint32_t>(wanted.grant_count, grants.size());
  const uint32_t upto = std::min(count, child.make_page + kGrantsPerPiece);
  for (; child.make_page < upto; ++child.make_page) {
    const abi::ChildGrant& grant = wanted.grants[child.make_page];
    if (!may_pass_on(*self.process, grant)) {
      kernel.release_process(child);
      self.progress = 0;
      return complete(self, FAIL(kDenied));
    }
    grants[child.make_page] = {
        .kind = abi::GrantKind::kConnect, .a = grant.service, .mask = grant.methods};
  }
  if (child.make_page < count) return restart(self);
  child.grants = std::span(grants).first(child.make_page);
  child.make_page = 0;
  open_space(kernel, child);
  restart(self);
}
}  // namespace

void process_create(Kernel& kernel, Thread& self) {
  abi::CreateArguments wanted;
  if (!kernel.read_user(*self.process, self.context.r[0],
                        std::as_writable_bytes(std::span(&wanted, 1)))) {
    return kernel.broken(self, "arguments of a process");
  }
  if (self.progress == 0) return begin_create(kernel, self, wanted);
  Process& child = kernel.processes[self.progress & 0xff];
  const bool is_ours = child.identity == self.progress;
  if (is_ours && child.making == Making::kGrants) return check_grants(kernel, self, child, wanted);
  if (!is_ours || child.making != Making::kLayout || !child.alive) {  // ended meanwhile
    self.progress = 0;
    return complete(self, FAIL(kNotFound));
  }
  lay_out(kernel, child);
  if (child.making == Making::kLayout) return restart(self);
  self.progress = 0;
  complete(self, kOk, child.identity);
}

void process_give(Kernel& kernel, Thread& self) {
  Process& creator = *self.process;
  const auto& r = self.context.r;
  const uint32_t from = r[1], bytes = r[2], pages = pages_in(bytes);
  const uint32_t to = r[3] & ~(kPageSize - 1), access = r[3] & (kPageSize - 1);
  Process* child = find_child(kernel, creator, r[0]);
  const auto end = [&](Error error) {
    arch::sync();
    self.progress = 0;
    complete(self, error);
  };
  if (child == nullptr) return end(FAIL(kNotFound));
  if (child->making != Making::kGiven) return end(FAIL(kBusy));
  if (pages == 0 || pages > abi::kMaxLendPages) return end(FAIL(kInvalid));
  if (access > static_cast<uint32_t>(abi::GiveAccess::kExecute) ||
      !lies_in(to, pages * kPageSize, abi::kImageBase, abi::kImageEnd)) {
    return kernel.broken(self, "place in a created process");
  }
  if (self.progress == 0 &&
      arch::page_next(child->pid, to, to + pages * kPageSize) < to + pages * kPageSize) {
    return end(FAIL(kBusy));
  }
  constexpr arch::Access kAccess[] = {arch::Access::kRead, arch::Access::kReadWrite,
                                      arch::Access::kExecute};
  const bool executes = kAccess[access] == arch::Access::kExecute;
  const uint32_t piece = executes ? kDmaPagesPerPiece : kFreshPagesPerPiece;
  const uint32_t upto = std::min(pages, self.progress + piece);
  for (uint32_t i = self.progress; i < upto; ++i) {
    const uint32_t here = from + i * kPageSize;
    if (!kernel.may_give_away(creator, here)) {
      return kernel.broken(self, "pages that cannot be given away");
    }
    if (child->pages == child->pages_limit) return end(FAIL(kNoMemory));
    const arch::Page page = arch::page_get(creator.pid, here);
    if (!arch::page_set(child->pid, to + i * kPageSize, {page.physical, kAccess[access]})) {
      return end(FAIL(kNoMemory));
    }
    base::require(arch::page_set(creator.pid, here, {}));
    if (executes) arch::make_executable(page);
    kernel.frame_of(page.physical)->owner = child->pid;
    --creator.pages;
    ++child->pages;
  }
  child->image_base = std::min(child->image_base, to);
  if (upto == pages) return end(kOk);
  arch::sync();
  self.progress = upto;
  restart(self);
}

void process_run(Kernel& kernel, Thread& self) {
  if (self.progress != 0) return make_on(kernel, self);
  Process* child = find_child(kernel, *self.process, self.context.r[0]);
  if (child == nullptr) return complete(self, FAIL(kNotFound));
  if (child->making != Making::kGiven) return complete(self, FAIL(kBusy));
  const uint32_t entry = self.context.r[1];
  const bool is_code = arch::page_get(child->pid, entry).access == arch::Access::kExecute;
  if (entry % 4 != 0 || !is_code) return complete(self, FAIL(kInvalid));
  child->entry = entry;
  child->making = Making::kStack;
  self.progress = child->identity;
  restart(self);
}

}  // namespace calls
}  // namespace kernel
