// What must hold of memory: every frame has one owner, every page a reason to be where it is.
#include <algorithm>
#include <cstring>
#include <map>

#include "kernel/test/audit.h"

namespace kernel::test {
namespace {
using abi::kPageSize;

/// What was set aside for a process's devices.
struct Aside {
  uint32_t begin = 0, pages = 0;
  bool has(uint32_t physical) const {
    return physical >= begin && physical - begin < pages * kPageSize;
  }
};

class MemoryAuditor {
 public:
  MemoryAuditor(const World& world, Findings& findings)
      : world_(world), kernel_(world.kernel), findings_(findings) {}

  void run() {
    asides();
    frames();
    spaces();
    uses();
    device_areas();
  }

 private:
  template <class... Args>
  void check(Args&&... args) {
    findings_.check(std::forward<Args>(args)...);
  }

  void asides() {
    uint32_t end = host::Machine::kRamBase + static_cast<uint32_t>(world_.image().size());
    for (size_t i = 0; i < world_.plans().size(); ++i) {
      Aside aside{.begin = kernel_.dma_memory[i + 1]};
      for (const abi::Grant& grant : world_.plans()[i].grants) {
        if (grant.kind == abi::GrantKind::kDma) aside.pages += pages_in(grant.b);
      }
      asides_.push_back(aside);
      if (aside.pages == 0) continue;
      check(aside.begin >= end, "memory for devices is not all one process's");
      end = aside.begin + aside.pages * kPageSize;
      for (uint32_t page = 0; page < aside.pages; ++page) {
        const Frame* frame = kernel_.frame_of(aside.begin + page * kPageSize);
        check(frame != nullptr && frame->owner == Frame::kKernel,
              "memory for devices is not the kernel's");
      }
    }
  }

  void frames() {
    std::map<unsigned, uint32_t> owned;
    uint32_t free_count = 0;
    for (const Frame& frame : kernel_.frames) ++owned[frame.owner];
    for (uint32_t head = kernel_.free_frames; head != 0; head = kernel_.frames[head - 1].next) {
      check(kernel_.frames[head - 1].owner == Frame::kFree, "a used frame in the free list");
      if (++free_count > kernel_.frames.size()) return check(false, "the free list is a circle");
    }
    check(free_count == owned[Frame::kFree], "frames lost");
    uint32_t promised = 0;
    for (const Process& process : kernel_.processes) {
      if (process.pid == 0) continue;
      check(process.pages >= owned[process.pid], "a process holds more than it is charged for");
      check(process.pages <= process.pages_limit, "a process over its quota");
      promised += process.pages - owned[process.pid];
    }
    check(free_count == kernel_.unpromised + promised, "promises do not add up");
  }

  /// Why each page is where it is.
  void spaces() {
    const auto& image = world_.image();
    check(std::memcmp(image.data(), arch::ram(host::Machine::kRamBase), image.size()) == 0,
          "somebody has written to the image");
    for (unsigned slot = 1; slot < kMaxProcesses; ++slot) {
      const Process& process = kernel_.processes[slot];
      for (const auto& [address, page] : world_.machine.pages(slot)) {
        check(process.alive || process.ending != Ending::kNot, process, " is none and has pages");
        if (page.access == arch::Access::kDevice) continue;  // audit_rights()
        const bool borrowed = address >= process.layout.loans && address < move_base(process);
        if (borrowed) a_reason_to_borrow(process, address);
        page_of(process, address, page, borrowed);
        use(process, page);
      }
    }
  }

  void a_reason_to_borrow(const Process& process, uint32_t address) {
    const uint32_t offset = address - process.layout.loans;
    const Thread& lender = kernel_.threads[offset / kLoanStride];
    const uint32_t index = offset % kLoanStride / kPageSize;
    const bool lent = index < lender.loan.pages && lender.loan.borrower == process.pid;
    const bool haunts = index < lender.ghost.pages && lender.ghost.borrower == process.pid;
    check(lent || haunts, "a loan is over and still mapped");
  }

  void page_of(const Process& process, uint32_t address, const arch::Page& page, bool borrowed) {
    const bool writes = page.access == arch::Access::kReadWrite;
    const bool executes = page.access == arch::Access::kExecute;
    if (page.physical - host::Machine::kRamBase < world_.image().size()) {
      check(page.plain && !writes, process, " may write to the image");
      return;
    }
    const auto aside =
        std::ranges::find_if(asides_, [&](const Aside& a) { return a.has(page.physical); });
    if (aside != asides_.end()) {
      const bool owns = process.pid == aside - asides_.begin() + 1 && !borrowed;
      const bool in_area = address >= process.layout.devices && address < abi::kDeviceEnd;
      check(page.plain && !page.lent && !executes, process, " has memory for devices wrongly");
      check(owns ? in_area : borrowed && !writes, process, " has another's memory for devices");
      return;
    }
    check(!page.plain, process, " has a page outside the encryption");
    const Frame* frame = kernel_.frame_of(page.physical);
    if (frame == nullptr) return check(false, process, " has a page that is no memory");
    check(frame->owner != Frame::kFree, "a free frame is mapped");
    check(borrowed || frame->owner == process.pid, process, " has another's page");
    check(!borrowed || frame->loans != 0, process, " keeps a page that nobody lends");
    check(!executes || world_.machine.made_executable.contains(page.physical), process,
          " executes what the processor has not seen");
  }

  struct Use {
    unsigned writers = 0, readers = 0, lent = 0;
  };
  void use(const Process& process, const arch::Page& page) {
    Use& use = uses_[page.physical];
    if (page.lent) {
      use.lent += process.alive;
    } else if (page.access == arch::Access::kReadWrite) {
      ++use.writers;
    } else {
      ++use.readers;
    }
  }

  /// Who can reach what: no page in two writable hands, nobody without one that was lent to it.
  void uses() {
    std::map<uint32_t, unsigned> loans;
    for (const Thread& t : kernel_.threads) {
      const uint32_t pages = std::max(t.loan.pages, t.ghost.pages);
      const unsigned borrower = t.ghost.pages ? t.ghost.borrower : t.loan.borrower;
      for (uint32_t i = 0; i < pages; ++i) {
        const uint32_t there =
            loan_address(kernel_.processes[borrower], t.token & kTokenIndex) + i * kPageSize;
        const arch::Page page = arch::page_get(borrower, there);
        check(page.reachable(), t, ": a lent page is not with the borrower");
        ++loans[page.physical];
      }
    }
    for (const auto& [physical, use] : uses_) {
      const Frame* frame = kernel_.frame_of(physical);
      if (frame == nullptr) continue;  // has been found above
      check(use.writers <= 1, "a page in two writable hands");
      check(use.writers == 0 || use.readers == 0, "a page is written while others read it");
      check(use.lent <= 1 && (use.lent == 0 || use.writers == 1), "a lent page has no borrower");
      check(frame->loans == loans[physical], "loans counted wrongly");
    }
    for (const Frame& frame : kernel_.frames) {
      const bool counts = frame.loans != 0 || frame.writable;
      check(!counts || uses_.contains(kernel_.physical_of(frame)), "a loan of what nobody has");
      if (frame.owner != Frame::kOrphan) continue;
      check(frame.loans != 0, "nobody's frame, and nobody has it on loan");
    }
  }

  /// Memory for devices lies in a process as it lies in RAM, and there is no more of it than said.
  void device_areas() {
    for (size_t i = 0; i < asides_.size(); ++i) {
      const Process& process = kernel_.processes[i + 1];
      check(process.dma_pages <= asides_[i].pages, process,
            " has more memory for devices than granted");
      uint32_t address_before = 0, physical_before = 0;
      for (const auto& [address, page] : world_.machine.pages(process.pid)) {
        if (address < process.layout.devices || address >= abi::kDeviceEnd) continue;
        if (page.access == arch::Access::kDevice || !asides_[i].has(page.physical)) continue;
        const uint32_t index = (page.physical - asides_[i].begin) / kPageSize;
        check(index < process.dma_pages, process,
              " has memory for devices that it is not charged for");
        check(address != address_before + kPageSize || page.physical == physical_before + kPageSize,
              process, "'s memory for devices is not contiguous");
        check(page.physical > physical_before, process, "'s memory for devices is out of order");
        address_before = address;
        physical_before = page.physical;
      }
    }
  }

  const World& world_;
  Kernel& kernel_;
  Findings& findings_;
  std::vector<Aside> asides_;  // by index in the plans
  std::map<uint32_t, Use> uses_;
};
}  // namespace

void audit_memory(const World& world, Findings& findings) {
  MemoryAuditor(world, findings).run();
}

}  // namespace kernel::test
