#include "kernel/test/world.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace kernel::test {
namespace {
constexpr uint32_t kPage = abi::kPageSize;

template <class T>
uint32_t append(std::vector<std::byte>& image, const std::vector<T>& table) {
  image.resize((image.size() + 7) / 8 * 8);
  const auto offset = static_cast<uint32_t>(image.size());
  const auto bytes = std::as_bytes(std::span(table));
  image.insert(image.end(), bytes.begin(), bytes.end());
  return offset;
}
}  // namespace

abi::Grant may_connect(uint32_t service, uint64_t methods) {
  return {.kind = abi::GrantKind::kConnect, .a = service, .mask = methods};
}
abi::Grant may_serve(uint32_t service) {
  return {.kind = abi::GrantKind::kServe, .a = service};
}

World::World(std::vector<ProcessPlan> plans, unsigned services, unsigned ram_pages,
             const std::array<uint32_t, Random::kDraw>& seed)
    : machine(ram_pages), plans_(std::move(plans)), image_(make_image(plans_, services)) {
  kernel.~Kernel();
  new (&kernel) Kernel();
  kernel.reset();
  kernel.random.key(seed);
  // The image lies at the start of RAM, the frame table behind the machine.
  std::memcpy(arch::ram(host::Machine::kRamBase), image_.data(), image_.size());
  static std::vector<Frame> frames;
  frames.assign(ram_pages, Frame{});
  kernel.add_memory(host::Machine::kRamBase, frames);
  kernel.add_frames(host::Machine::kRamBase + static_cast<uint32_t>(image_.size()),
                    host::Machine::kRamBase + ram_pages * kPage);
  base::require(kernel.start_image({arch::ram(host::Machine::kRamBase), image_.size()},
                                   host::Machine::kRamBase));
  for (size_t i = 0; i < plans_.size(); ++i) {
    first_threads_.push_back(kernel.processes[i + 1].threads);
  }
  kernel.next_thread(nullptr);
}

World::~World() = default;

std::vector<std::byte> World::make_image(const std::vector<ProcessPlan>& plans,
                                         unsigned service_count) {
  // Page 0: header and tables; then a page of code, one of constants, one of data.
  std::vector<abi::ProcessEntry> entries;
  std::vector<abi::Segment> segments;
  std::vector<abi::Grant> grants;
  std::vector<abi::ServiceEntry> services(service_count);
  constexpr uint32_t kTables = 8 * kPage;
  for (const ProcessPlan& plan : plans) {
    abi::ProcessEntry entry{.entry = kCode,
                            .stack_size = kStackPages * kPage,
                            .priority = plan.priority,
                            .memory_quota = plan.quota,
                            .first_segment = static_cast<uint32_t>(segments.size()),
                            .segment_count = 3,
                            .first_grant = static_cast<uint32_t>(grants.size()),
                            .grant_count = static_cast<uint32_t>(plan.grants.size()),
                            .syscalls = plan.syscalls,
                            .flags = plan.flags};
    std::copy(plan.name.begin(), plan.name.end(), entry.name.begin());
    entries.push_back(entry);
    segments.push_back({.address = kCode,
                        .offset = kTables,
                        .file_size = kPage,
                        .memory_size = kPage,
                        .flags = abi::kSegmentExecute});
    segments.push_back({.address = kConstants,
                        .offset = kTables + kPage,
                        .file_size = kPage,
                        .memory_size = kPage});
    segments.push_back({.address = kData,
                        .offset = kTables + 2 * kPage,
                        .file_size = 100,
                        .memory_size = kDataPages * kPage,
                        .flags = abi::kSegmentWrite});
    grants.insert(grants.end(), plan.grants.begin(), plan.grants.end());
  }
  abi::ImageHeader header{.process_count = static_cast<uint32_t>(entries.size()),
                          .segment_count = static_cast<uint32_t>(segments.size()),
                          .grant_count = static_cast<uint32_t>(grants.size()),
                          .service_count = static_cast<uint32_t>(services.size())};
  std::vector<std::byte> image(sizeof header);
  header.process_offset = append(image, entries);
  header.segment_offset = append(image, segments);
  header.grant_offset = append(image, grants);
  header.service_offset = append(image, services);
  base::require(image.size() <= kTables);
  image.resize(kTables + 3 * kPage);
  std::fill_n(image.begin() + kTables + 2 * kPage, 100, std::byte{0x77});
  header.total_size = header.signed_size = static_cast<uint32_t>(image.size());
  std::memcpy(image.data(), &header, sizeof header);
  return image;
}

void World::next() {
  kernel.next_thread(kernel.current);
  while (prompt && (kernel.worker.ending || kernel.worker.withdrawing)) {
    kernel.set_priority(kernel.worker.thread, kPriorities - 1);
    kernel.next_thread(kernel.current);
  }
}

void World::make_run(Thread& thread) {
  base::require(thread.state == ThreadState::kRunnable);
  if (kernel.current == &thread) return;
  if (Thread* other = kernel.current) {
    kernel.current = nullptr;
    if (other->state == ThreadState::kRunnable) kernel.make_ready(*other, true);
  }
  kernel.remove_ready(thread);
  kernel.current = &thread;
}

void World::enter(Thread& thread, abi::Syscall number, std::span<const uint32_t> registers) {
  std::copy(registers.begin(), registers.end(), thread.context.r.begin());
  thread.context.r[12] = static_cast<uint32_t>(number);
  thread.context.pc += 4;
  kernel.system_call(thread);
  next();
}

uint32_t World::call(Thread& thread, abi::Syscall number, std::vector<uint32_t> registers) {
  make_run(thread);
  registers.resize(std::max<size_t>(registers.size(), 10));
  const uint32_t pc = thread.context.pc;
  enter(thread, number, registers);
  while (thread.state == ThreadState::kRunnable && thread.context.pc == pc) {
    make_run(thread);
    const std::vector<uint32_t> again(thread.context.r.begin(), thread.context.r.begin() + 10);
    enter(thread, number, again);
  }
  return thread.state == ThreadState::kRunnable ? thread.context.r[0] : kBlocked;
}

void World::interrupt() {
  kernel.handle_interrupts();
  next();
}

uint32_t World::connect(unsigned client, unsigned server, uint32_t service, uint32_t* handle) {
  base::require(call(thread(server), abi::Syscall::kServe, {service}) == 0);
  if (handle) *handle = thread(server).context.r[1];
  base::require(call(thread(client), abi::Syscall::kConnect, {service}) == 0);
  return thread(client).context.r[1];
}

std::byte* World::memory(Thread& thread, uint32_t address) {
  const arch::Page page = arch::page_get(thread.process->pid, address);
  return page.reachable() ? arch::ram(page.physical) + address % kPage : nullptr;
}

std::string World::log_text() {
  std::string text;
  while (!kernel.log.empty()) {
    text += kernel.log.front();
    kernel.log.consume(static_cast<uint32_t>(kernel.log.front().size()));
  }
  return text;
}

}  // namespace kernel::test
