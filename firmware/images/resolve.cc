#include "firmware/images/resolve.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace firmware::images {
namespace {

using kernel::abi::Grant;
using kernel::abi::GrantKind;
using kernel::abi::ServiceEntry;
using kernel::abi::Syscall;
using kernel::abi::SyscallMask;

constexpr struct {
  Syscall call;
  std::string_view name;
} kSyscalls[] = {
    {Syscall::kNull, "null"},
    {Syscall::kYield, "yield"},
    {Syscall::kExit, "exit"},
    {Syscall::kCall, "call"},
    {Syscall::kSend, "send"},
    {Syscall::kReceive, "receive"},
    {Syscall::kReply, "reply"},
    {Syscall::kReplyReceive, "reply_receive"},
    {Syscall::kTryReceive, "try_receive"},
    {Syscall::kConnect, "connect"},
    {Syscall::kServe, "serve"},
    {Syscall::kThreadCreate, "thread_create"},
    {Syscall::kThreadExit, "thread_exit"},
    {Syscall::kThreadJoin, "thread_join"},
    {Syscall::kFutexWait, "futex_wait"},
    {Syscall::kFutexWake, "futex_wake"},
    {Syscall::kSleep, "sleep"},
    {Syscall::kClock, "clock"},
    {Syscall::kMap, "map"},
    {Syscall::kUnmap, "unmap"},
    {Syscall::kMapDevice, "map_device"},
    {Syscall::kInterruptClaim, "interrupt_claim"},
    {Syscall::kInterruptWait, "interrupt_wait"},
    {Syscall::kNotify, "notify"},
    {Syscall::kLogRead, "log_read"},
    {Syscall::kStatistics, "statistics"},
    {Syscall::kPower, "power"},
    {Syscall::kCallTimed, "call_timed"},
    {Syscall::kReceiveTimed, "receive_timed"},
    {Syscall::kThreadPointer, "thread_pointer"},
    {Syscall::kMapDma, "map_dma"},
    {Syscall::kCacheClean, "cache_clean"},
    {Syscall::kCacheInvalidate, "cache_invalidate"},
    {Syscall::kTraceControl, "trace_control"},
    {Syscall::kTraceRead, "trace_read"},
    {Syscall::kProcessStart, "process_start"},
    {Syscall::kProcessCreate, "process_create"},
    {Syscall::kProcessGive, "process_give"},
    {Syscall::kProcessRun, "process_run"},
    {Syscall::kKill, "kill"},
    {Syscall::kCrashRead, "crash_read"},
};

Failure wrong(const Place& place, const std::string& what) {
  return {place.text() + what};
}

/// `a, b, c`, for the remedy of an unknown name.
std::string joined(const auto& items, auto name) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + std::string(name(item));
  return text;
}

class Resolver {
 public:
  Resolver(std::span<const Manifest> manifests,
           std::span<const interfaces::InterfaceInfo> interfaces, uint32_t memory,
           uint32_t memory_size)
      : manifests_(manifests),
        interfaces_(interfaces),
        memory_(memory),
        memory_size_(memory_size) {}

  Outcome<Resolved> run() {
    for (uint32_t i = 0; i < manifests_.size(); ++i) TRY(add_services(i));
    for (const Manifest& manifest : manifests_) resolved_.rights.push_back(TRY(rights(manifest)));
    TRY(check_later());
    return std::move(resolved_);
  }

 private:
  Outcome<const interfaces::InterfaceInfo*> interface(const Said<std::string>& service) const {
    for (const interfaces::InterfaceInfo& info : interfaces_)
      if (info.name == service.value) return &info;
    return wrong(service.place,
                 "there is no service `" + service.value + "`; firmware/interfaces/all.h lists " +
                     joined(interfaces_, [](const auto& info) { return info.name; }));
  }

  Outcome<void> add_services(uint32_t index) {
    const Manifest& manifest = manifests_[index];
    const auto [named, fresh] = processes_.try_emplace(manifest.name.value, index);
    if (!fresh)
      return wrong(manifest.name.place, "process `" + manifest.name.value + "` is already at " +
                                            manifests_[named->second].name.place.text() +
                                            "give one of them another name");
    for (const Said<std::string>& service : manifest.serves) {
      TRY(interface(service));
      const auto [other, added] = servers_.try_emplace(
          service.value, Server{static_cast<uint32_t>(resolved_.services.size()), service.place});
      if (!added)
        return wrong(service.place, "`" + service.value + "` is already served by the process at " +
                                        other->second.place.text() + "one of them must give way");
      ServiceEntry entry{.process = index};
      std::ranges::copy(service.value, entry.name.begin());  // its length was checked when parsed
      resolved_.services.push_back(entry);
    }
    return {};
  }

  Outcome<Rights> rights(const Manifest& manifest) {
    Rights rights{.syscalls = kernel::abi::kOrdinary};
    for (const Said<std::string>& name : manifest.syscalls) rights.syscalls |= TRY(syscall(name));
    for (const Said<std::string>& service : manifest.serves)
      rights.grants.push_back({.kind = GrantKind::kServe, .a = servers_.at(service.value).id});
    for (const Permission& permission : manifest.permissions)
      rights.grants.push_back(TRY(connection(GrantKind::kConnect, permission)));
    for (const Said<Device>& device : manifest.devices) {
      TRY(claim(device));
      rights.grants.push_back(
          {.kind = GrantKind::kDevice, .a = device.value.address, .b = device.value.size});
    }
    for (const Said<uint32_t>& interrupt : manifest.interrupts) {
      const auto [other, fresh] = interrupts_.try_emplace(interrupt.value, interrupt.place);
      if (!fresh)
        return wrong(interrupt.place, "interrupt " + std::to_string(interrupt.value) +
                                          " is already given away at " + other->second.text() +
                                          "only one process can have it");
      rights.grants.push_back({.kind = GrantKind::kInterrupt, .a = interrupt.value});
    }
    if (manifest.dma) rights.grants.push_back({.kind = GrantKind::kDma, .b = manifest.dma});
    TRY(supervise(manifest, rights));
    TRY(create(manifest.children, rights));
    return rights;
  }

  Outcome<void> supervise(const Manifest& manifest, Rights& rights) const {
    if (manifest.supervises_all)
      rights.grants.push_back({.kind = GrantKind::kSupervise, .a = kernel::abi::kEveryProcess});
    for (const Said<std::string>& name : manifest.supervises) {
      const auto process = processes_.find(name.value);
      if (process == processes_.end())
        return wrong(name.place, "there is no process `" + name.value +
                                     "` in this system; it has " +
                                     joined(processes_, [](const auto& p) { return p.first; }));
      rights.grants.push_back({.kind = GrantKind::kSupervise, .a = process->second});
    }
    return {};
  }

  Outcome<void> create(const Children& children, Rights& rights) const {
    if (children.count == 0) return {};
    Grant grant{.kind = GrantKind::kChildren,
                .a = children.count,
                .b = children.memory,
                .mask = kernel::abi::kOrdinary};
    for (const Said<std::string>& name : children.syscalls) grant.mask |= TRY(syscall(name));
    rights.grants.push_back(grant);
    for (const Permission& permission : children.permissions)
      rights.grants.push_back(TRY(connection(GrantKind::kChildConnect, permission)));
    return {};
  }

  /// A process that waits to be started needs somebody who may start it.
  Outcome<void> check_later() const {
    for (uint32_t i = 0; i < manifests_.size(); ++i) {
      if (!manifests_[i].later.value) continue;
      const bool supervised = std::ranges::any_of(resolved_.rights, [&](const Rights& rights) {
        return std::ranges::any_of(rights.grants, [&](const Grant& grant) {
          return grant.kind == GrantKind::kSupervise &&
                 (grant.a == i || grant.a == kernel::abi::kEveryProcess);
        });
      });
      if (!supervised)
        return wrong(manifests_[i].later.place,
                     "`" + manifests_[i].name.value +
                         "` is to start later, but no process of this system may start it; name it "
                         "in the `supervises` of one");
    }
    return {};
  }

  static Outcome<SyscallMask> syscall(const Said<std::string>& name) {
    for (const auto& known : kSyscalls)
      if (known.name == name.value) return kernel::abi::mask_of(known.call);
    return wrong(name.place, "there is no system call `" + name.value +
                                 "`; kernel/abi/syscall.h has " +
                                 joined(kSyscalls, [](const auto& known) { return known.name; }));
  }

  Outcome<Grant> connection(GrantKind kind, const Permission& permission) const {
    const interfaces::InterfaceInfo* info = TRY(interface(permission.service));
    const auto server = servers_.find(permission.service.value);
    if (server == servers_.end())
      return wrong(permission.service.place, "no process of this system serves `" +
                                                 permission.service.value +
                                                 "`; add one that does, or remove the permission");
    Grant grant{.kind = kind, .a = server->second.id};
    for (const Said<std::string>& name : permission.methods) {
      if (name.value == ipc::kNotifyPermission) {
        grant.mask |= 1;
        continue;
      }
      const auto method = std::ranges::find(info->methods, name.value, &ipc::Method::name);
      if (method == info->methods.end())
        return wrong(name.place,
                     "`" + permission.service.value + "` has no method `" + name.value +
                         "`; it has " +
                         joined(info->methods, [](const auto& known) { return known.name; }) +
                         ", and there is " + std::string(ipc::kNotifyPermission));
      grant.mask |= uint64_t{1} << method->opcode;
    }
    return grant;
  }

  Outcome<void> claim(const Said<Device>& device) {
    const auto overlaps = [&](uint64_t address, uint64_t size) {
      return device.value.address < address + size &&
             address < uint64_t{device.value.address} + device.value.size;
    };
    if (overlaps(memory_, memory_size_))
      return wrong(device.place,
                   "device `" + device.value.name +
                       "` lies in RAM, which the kernel hands out; correct its address");
    for (const Said<Device>* other : devices_)
      if (overlaps(other->value.address, other->value.size))
        return wrong(device.place, "device `" + device.value.name + "` is already given away at " +
                                       other->place.text() + "only one process can have it");
    devices_.push_back(&device);
    return {};
  }

  struct Server {
    uint32_t id;
    Place place;
  };

  std::span<const Manifest> manifests_;
  std::span<const interfaces::InterfaceInfo> interfaces_;
  uint32_t memory_, memory_size_;
  Resolved resolved_;
  std::map<std::string, uint32_t> processes_;
  std::map<std::string, Server> servers_;
  std::map<uint32_t, Place> interrupts_;
  std::vector<const Said<Device>*> devices_;
};

}  // namespace

std::string_view syscall_name(Syscall call) {
  for (const auto& known : kSyscalls)
    if (known.call == call) return known.name;
  return {};
}

Outcome<Resolved> resolve(std::span<const Manifest> manifests,
                          std::span<const interfaces::InterfaceInfo> interfaces, uint32_t memory,
                          uint32_t memory_size) {
  return Resolver(manifests, interfaces, memory, memory_size).run();
}

}  // namespace firmware::images
