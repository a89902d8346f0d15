#include "tests/kernel/suite/map.h"

namespace suite {
namespace {

constexpr uint32_t kPage = kernel::abi::kPageSize;

bool place(const Subject& subject, Place which, Area& area) {
  const Answer answer = subject.act(Action::kPlace, static_cast<uint32_t>(which));
  area.begin = answer.words[0] & ~(kPage - 1);
  area.end = (answer.words[1] + kPage - 1) & ~(kPage - 1);
  return answer.error.word == 0;
}

}  // namespace

void Map::add(const Area& area) {
  if (area.begin < area.end && count_ < areas_.size()) areas_[count_++] = area;
}

bool Map::ask(const Subject& subject) {
  *this = {};
  const auto get = [&](Place which, bool read, bool write, bool execute, Area& area) {
    area = {.read = read, .write = write, .execute = execute};
    return place(subject, which, area);
  };
  Area text, constants, data, stack, arguments;
  const Answer back = subject.act(Action::kPlace, static_cast<uint32_t>(Place::kReturn));
  just_return = back.words[0];
  if (!get(Place::kText, true, false, true, text) ||
      !get(Place::kConstants, true, false, false, constants) ||
      !get(Place::kData, true, true, false, data) ||
      !get(Place::kBuffer, true, true, false, buffer) ||
      !get(Place::kStack, true, true, false, stack) ||
      !get(Place::kArguments, true, false, false, arguments) ||
      !get(Place::kHeap, true, true, false, heap) || !get(Place::kHeld, true, false, false, held) ||
      !get(Place::kTaken, true, true, false, taken))
    return false;
  // The buffer lies in the data; what may be done with it changes.
  add(text);
  add(constants);
  add({data.begin, buffer.begin, true, true, false});
  add(buffer);
  add({buffer.end, data.end, true, true, false});
  // The place says where the stack is in use; all of it is two pages, as the manifest says.
  add(stack);
  add(arguments);
  add(heap);
  add(held);
  add(taken);
  return true;
}

void Map::lent(bool mutably) {
  for (Area& area : areas_) {
    if (area.begin != buffer.begin) continue;
    area.read = !mutably;
    area.write = false;
  }
}

bool Map::allows(uint32_t address, Access access) const {
  for (const Area& area : areas())
    if (area.contains(address))
      return access == Access::kRead    ? area.read
             : access == Access::kWrite ? area.write
                                        : area.execute;
  return false;
}

bool Map::allows(uint32_t address, uint32_t bytes, Access access) const {
  const uint32_t last = address + (bytes ? bytes - 1 : 0);
  if (last < address) return false;
  for (uint32_t page = address & ~(kPage - 1);; page += kPage) {
    if (!allows(page, access)) return false;
    if (last - page < kPage) return true;
  }
}

}  // namespace suite
