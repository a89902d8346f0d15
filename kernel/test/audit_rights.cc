// What must hold of rights: they come from the manifest, or within its limits from a creator, and
// do not grow, whatever happens.
#include <algorithm>

#include "kernel/test/audit.h"

namespace kernel::test {
namespace {
using abi::Grant;
using abi::GrantKind;

bool same(const Grant& a, const Grant& b) {
  return a.kind == b.kind && a.a == b.a && a.b == b.b && a.mask == b.mask;
}

class RightsAuditor {
 public:
  RightsAuditor(const World& world, Findings& findings)
      : world_(world), kernel_(world.kernel), findings_(findings) {}

  void run() {
    for (const Process& process : kernel_.processes) {
      if (process.identity == 0) continue;  // never started
      process.pid <= world_.plans().size() ? of_image(process) : of_child(process);
      connections(process);
      devices(process);
    }
    children();
    servers();
    interrupts();
    for (const Thread& t : kernel_.threads) {
      if (t.state == ThreadState::kFree || t.state == ThreadState::kOrphan) continue;
      check(t.base_priority <= t.process->priority_limit, t, " is more urgent than it may be");
      check(t.holds_keys == ((t.process->flags & abi::kProcessHoldsKeys) != 0), t,
            " is taken for one without keys");
    }
  }

 private:
  template <class... Args>
  void check(Args&&... args) {
    findings_.check(std::forward<Args>(args)...);
  }

  void of_image(const Process& process) {
    const ProcessPlan& plan = world_.plans()[process.pid - 1u];
    check(process.syscalls == plan.syscalls, process, " has other calls than its manifest says");
    check(process.priority_limit == plan.priority, process, " has another limit of priority");
    check(process.flags == plan.flags, process, " has other flags");
    check(std::ranges::equal(process.grants, plan.grants, same), process, " has other grants");
    check(std::string_view(process.name.data()) == plan.name, process, " has another name");
    // Until it runs, its segments are being charged.
    const bool runs = process.alive && process.making == Making::kNot;
    const uint32_t limit = kStartPages + plan.quota / abi::kPageSize;
    check(!runs || process.pages_limit == limit, process, " has another quota");
    check(process.image_base == 0 || process.image_base == kCode + process.layout.slide, process,
          "'s image is elsewhere");
  }

  /// A process that another created, whose rights are within its creator's.
  void of_child(const Process& process) {
    const auto all = world_.plans().size();
    const uint32_t creator = process.parent & 0xff;
    if (creator == 0) {  // its end is finished
      return check(!process.alive && process.ending == Ending::kNot, process, " is nobody's child");
    }
    if (creator > all) return check(false, process, " is a child's child");
    check(!process.alive || kernel_.processes[creator].identity == process.parent, process,
          " lives longer than its creator");
    const ProcessPlan& plan = world_.plans()[creator - 1];
    const auto limit = std::ranges::find(plan.grants, GrantKind::kChildren, &Grant::kind);
    if (limit == plan.grants.end())
      return check(false, process, " has a creator without the right");
    check((process.syscalls & ~limit->mask) == 0, process,
          " has calls that its creator may not give");
    check(process.priority_limit <= plan.priority, process, " is more urgent than its creator");
    check(process.pages_limit <= limit->b / abi::kPageSize, process, " has too large a quota");
    check((process.flags & ~uint32_t{abi::kProcessHoldsKeys}) == 0, process, " has other flags");
    check(process.grants.size() <= abi::kMostChildGrants, process, " has too many grants");
    for (const Grant& grant : process.grants) {
      const bool within = std::ranges::any_of(plan.grants, [&](const Grant& one) {
        return one.kind == GrantKind::kChildConnect && one.a == grant.a &&
               (grant.mask & ~one.mask) == 0;
      });
      check(grant.kind == GrantKind::kConnect && within, process,
            " has a grant that its creator may not give");
    }
  }

  /// The manifest's for an image's process, checked above to be the kernel's.
  static uint64_t granted_methods(const Process& process, uint32_t service) {
    uint64_t mask = 0;
    for (const Grant& grant : process.grants) {
      if (grant.kind == GrantKind::kConnect && grant.a == service) mask = grant.mask;
    }
    return mask;
  }

  void connections(const Process& process) {
    check(process.connection_count >= 1 && process.connection_count <= kConnectionsPerProcess,
          process, " has lost its connections");
    uint64_t seen = 0;
    for (uint32_t i = 0; i < kConnectionsPerProcess; ++i) {
      const Connection& one = process.connections[i];
      const uint64_t methods = uint64_t{one.methods[1]} << 32 | one.methods[0] | one.may_notify;
      if (i == 0 || i >= process.connection_count) {
        check(one.server == nullptr && methods == 0, process,
              " has a connection that nobody opened");
        continue;
      }
      const auto service = static_cast<uint64_t>(one.server - kernel_.servers.data());
      if (one.server == nullptr || service >= kernel_.image.services.size()) {
        check(false, process, " is connected to no service");
        continue;
      }
      check((seen >> service & 1) == 0, process, " is connected twice");
      seen |= uint64_t{1} << service;
      check((one.methods[0] & 1) == 0 && one.may_notify <= 1, process,
            " may send what is no method");
      const uint64_t granted = granted_methods(process, static_cast<uint32_t>(service));
      check((methods & ~granted) == 0, process, " may send more than it is granted");
      check(methods == granted, process, " may send less than it is granted");
    }
    const bool calls = process.alive && !kernel_.general_path_only &&
                       (process.syscalls & abi::mask_of(abi::Syscall::kCall)) != 0;
    const uint32_t callable = calls && process.connection_count > 1 ? process.connection_count : 0;
    check(process.callable == callable, process, " passes the fast path wrongly");
  }

  static bool in_range(const Grant& grant, uint32_t physical) {
    return grant.kind == GrantKind::kDevice && physical >= grant.a && physical - grant.a < grant.b;
  }

  void devices(const Process& process) {
    for (const auto& [address, page] : world_.machine.pages(process.pid)) {
      if (page.access != arch::Access::kDevice) continue;
      const uint32_t physical = page.physical;
      const bool granted = std::ranges::any_of(
          process.grants, [&](const Grant& grant) { return in_range(grant, physical); });
      check(granted && !page.lent && address >= process.layout.devices && address < abi::kDeviceEnd,
            process, " has mapped a device that it is not granted");
    }
    for (size_t i = 0; i < process.mapped_at.size(); ++i) {
      if (process.mapped_at[i] == 0 || !process.alive) continue;
      const bool device = i < process.grants.size() && process.grants[i].kind == GrantKind::kDevice;
      if (!device) {
        check(false, process, " has mapped what is no device");
        continue;
      }
      const Grant& grant = process.grants[i];
      for (uint32_t page = 0; page < pages_in(grant.b); ++page) {
        const uint32_t offset = page * abi::kPageSize;
        const arch::Page found = arch::page_get(process.pid, process.mapped_at[i] + offset);
        if (!found.present()) break;  // it is mapped in pieces
        check(found.access == arch::Access::kDevice && found.physical == grant.a + offset, process,
              " has not mapped a device where it was told");
      }
    }
  }

  void children() {
    for (size_t i = 0; i < world_.plans().size(); ++i) {
      const Process& creator = kernel_.processes[i + 1];
      if (creator.identity == 0) continue;
      uint32_t count = 0;
      for (const Process& process : kernel_.processes) {
        count += process.pid > world_.plans().size() && process.parent == creator.identity;
      }
      check(creator.children == count, creator, "'s children are counted wrongly");
      uint32_t most = 0;
      for (const Grant& grant : world_.plans()[i].grants) {
        if (grant.kind == GrantKind::kChildren) most = grant.a;
      }
      check(creator.children <= most, creator, " has more children than it may");
    }
  }

  void servers() {
    for (size_t i = 0; i < kMaxServers; ++i) {
      const Server& server = kernel_.servers[i];
      if (server.owner == nullptr) continue;
      const Process& owner = *server.owner;
      check(owner.alive, owner, " is dead and serves");
      check(std::ranges::count(owner.servers, &server) == 1, owner, " serves and does not know it");
      const bool granted = std::ranges::any_of(owner.grants, [&](const Grant& grant) {
        return grant.kind == GrantKind::kServe && grant.a == i;
      });
      check(granted && (owner.syscalls & abi::mask_of(abi::Syscall::kReplyReceive)) != 0, owner,
            " serves what it may not");
    }
    for (const Process& process : kernel_.processes) {
      for (const Server* server : process.servers) {
        if (server == nullptr) continue;
        check(process.alive ? server->owner == &process : server->closing, process,
              " has another's server");
      }
    }
  }

  void interrupts() {
    std::array<uint32_t, kMaxThreads> claims{};
    for (unsigned source = 0; source < kMaxInterrupts; ++source) {
      const Interrupt& interrupt = kernel_.interrupts[source];
      check(interrupt.deliveries < abi::kStormDeliveries, "an interrupt's deliveries");
      const Thread* owner = interrupt.owner;
      if (owner == nullptr) {
        check(world_.machine.masked(source), "nobody's interrupt is not masked");
        continue;
      }
      ++claims[owner->token & kTokenIndex];
      const bool lives = owner->state != ThreadState::kFree &&
                         owner->state != ThreadState::kOrphan &&
                         owner->state != ThreadState::kExited && owner->process->alive;
      if (!lives) {
        check(false, *owner, " is gone and has an interrupt");
        continue;
      }
      const bool granted = std::ranges::any_of(owner->process->grants, [&](const Grant& grant) {
        return grant.kind == GrantKind::kInterrupt && grant.a == source;
      });
      check(granted, *owner, " has an interrupt that it is not granted");
      const bool waits = owner->state == ThreadState::kInterrupt && owner->waits_for == source;
      check(waits != world_.machine.masked(source), *owner,
            waits ? " waits for a masked interrupt" : " is away and its interrupt is not masked");
    }
    for (const Thread& t : kernel_.threads) {
      check(t.claims == claims[t.token & kTokenIndex], t, "'s interrupts are counted wrongly");
      if (t.state != ThreadState::kInterrupt) continue;
      check(t.waits_for < kMaxInterrupts && kernel_.interrupts[t.waits_for].owner == &t, t,
            " waits for another's interrupt");
    }
  }

  const World& world_;
  Kernel& kernel_;
  Findings& findings_;
};
}  // namespace

void audit_rights(const World& world, Findings& findings) {
  RightsAuditor(world, findings).run();
}

}  // namespace kernel::test
