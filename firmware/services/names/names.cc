#include "firmware/services/names/names.h"

#include <algorithm>

#include "base/modules.h"

namespace services::names {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/services/names/names.cc");

/// Text, then NULs to the end, at least one.
bool well_formed(const interfaces::ServiceName& name) {
  const auto end = std::find(name.begin(), name.end(), '\0');
  return end != name.begin() && end != name.end() &&
         std::all_of(end, name.end(), [](char c) { return c == '\0'; });
}

}  // namespace

base::Result<Names::Interface::Lookup::Reply> Names::handle(const Interface::Lookup& request,
                                                            ipc::Caller) {
  if (!well_formed(request.name)) return FAIL(kInvalid);
  for (uint32_t id = 0; id < services_.size(); ++id)
    if (services_[id].name == request.name) return Interface::Lookup::Reply{.service = id};
  return FAIL(kNotFound);
}

base::Result<Names::Interface::Describe::Reply> Names::handle(const Interface::Describe& request,
                                                              ipc::Caller) {
  if (request.service >= services_.size()) return FAIL(kNotFound);
  return Interface::Describe::Reply{.name = services_[request.service].name};
}

}  // namespace services::names
