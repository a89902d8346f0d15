// Every interface there is, for tools that turn the names in manifests into what the kernel checks.
// By hand: a service that is missing here cannot be named in a manifest.
#pragma once

#include <span>
#include <string_view>

#include "firmware/interfaces/bench.h"
#include "firmware/interfaces/console.h"
#include "firmware/interfaces/crash.h"
#include "firmware/interfaces/echo.h"
#include "firmware/interfaces/names.h"
#include "firmware/interfaces/phoenix.h"
#include "firmware/interfaces/subject.h"
#include "firmware/interfaces/victim.h"
#include "firmware/runtime/interface.h"

namespace interfaces {

struct InterfaceInfo {
  std::string_view name{};  ///< the service's name
  std::span<const ipc::Method> methods{};
};

template <ipc::Interface I>
constexpr InterfaceInfo info_of() {
  return {.name = I::kName, .methods = I::Methods::table};
}

inline constexpr InterfaceInfo kInterfaces[] = {
    info_of<Bench>(),
    info_of<Console>(),
    info_of<Crash>(),
    info_of<Phoenix>(),
    info_of<Echo>(),
    info_of<Names>(),
    info_of<VictimNumber<0>>(),
    info_of<VictimNumber<1>>(),
    info_of<VictimNumber<2>>(),
    info_of<VictimNumber<3>>(),
    info_of<VictimNumber<4>>(),
    info_of<VictimNumber<5>>(),
    info_of<VictimNumber<6>>(),
    info_of<VictimNumber<7>>(),
    info_of<SubjectNumber<0>>(),
    info_of<SubjectNumber<1>>(),
    info_of<SubjectNumber<2>>(),
    info_of<SubjectNumber<3>>(),
    info_of<SubjectNumber<4>>(),
    info_of<SubjectNumber<5>>(),
    info_of<SubjectNumber<6>>(),
    info_of<SubjectNumber<7>>(),
    info_of<SubjectNumber<8>>(),
    info_of<SubjectNumber<9>>(),
    info_of<SubjectNumber<10>>(),
    info_of<SubjectNumber<11>>(),
    info_of<SubjectNumber<12>>(),
    info_of<SubjectNumber<13>>(),
};

/// nullptr: no such service.
constexpr const InterfaceInfo* find_interface(std::string_view name) {
  for (const InterfaceInfo& info : kInterfaces)
    if (info.name == name) return &info;
  return nullptr;
}

}  // namespace interfaces
