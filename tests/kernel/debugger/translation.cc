#include "tests/kernel/debugger/translation.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"

namespace tests::kernel::debugger {
namespace {

namespace abi = ::kernel::abi;
using Problems = std::vector<std::string>;

constexpr uint32_t kPage = abi::kPageSize, kMegabyte = 0x10'0000;
constexpr uint32_t kEntries = kMegabyte / kPage;

std::string hex(uint32_t value) {
  char text[11];
  snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

bool bit(uint32_t entry, unsigned n) {
  return entry >> n & 1;
}

/// The access permissions AP[2:0] with the access flag off, and execute-never. False: reserved.
bool decode_rights(uint32_t ap, bool never_execute, Mapping& mapping) {
  const bool privileged = ap != 0, user = (ap & 3) >= 2;
  const bool user_writes = ap == 3, privileged_writes = ap >= 1 && ap <= 3;
  mapping.user = {user, user_writes, user && !never_execute};
  mapping.privileged = {privileged, privileged_writes, privileged && !never_execute};
  return ap != 4;
}

/// TEX, C and B of normal write-back memory, or of a device; false: neither.
bool decode_memory(uint32_t tex, bool c, bool b, Mapping& mapping) {
  mapping.device = tex == 0 && !c && b;
  return mapping.device || (tex == 1 && c && b);
}

void walk_section(uint32_t entry, uint32_t address, Walk& out) {
  Mapping mapping{.address = address,
                  .physical = entry & ~(kMegabyte - 1),
                  .global = !bit(entry, 17),
                  .valid = true};
  const uint32_t ap = (entry >> 10 & 3) | (entry >> 13 & 4);
  const bool plain = decode_rights(ap, bit(entry, 4), mapping) &&
                     decode_memory(entry >> 12 & 7, bit(entry, 3), bit(entry, 2), mapping);
  if (!plain || bit(entry, 18) || (entry >> 5 & 15) != 0)
    out.problems.push_back("section " + hex(entry) + " for " + hex(address));
  for (uint32_t page = 0; page < kEntries; ++page) {
    out.pages.push_back(mapping);
    mapping.address += kPage, mapping.physical += kPage;
  }
}

void walk_page(uint32_t entry, uint32_t address, Walk& out) {
  if (entry == 0) return;
  Mapping mapping{.address = address, .physical = entry & ~(kPage - 1), .global = !bit(entry, 11)};
  mapping.valid = entry & 3;
  if (mapping.valid) {
    const uint32_t ap = (entry >> 4 & 3) | (entry >> 7 & 4);
    const bool plain = bit(entry, 1) && decode_rights(ap, bit(entry, 0), mapping) &&
                       decode_memory(entry >> 6 & 7, bit(entry, 3), bit(entry, 2), mapping);
    if (!plain) out.problems.push_back("page " + hex(entry) + " for " + hex(address));
  }
  out.pages.push_back(mapping);
}

}  // namespace

Walk walk(const ReadMemory& read, uint32_t table, uint32_t first_megabyte, uint32_t end_megabyte) {
  Walk out;
  const std::vector<uint32_t> level_one =
      read(table + first_megabyte * 4, end_megabyte - first_megabyte);
  for (uint32_t i = 0; i < level_one.size(); ++i) {
    const uint32_t entry = level_one[i], address = (first_megabyte + i) * kMegabyte;
    if (entry == 0) continue;
    if ((entry & 3) == 2) {
      walk_section(entry, address, out);
    } else if ((entry & 0x3ff) == 1) {
      const std::vector<uint32_t> level_two = read(entry & ~0x3ffu, kEntries);
      for (uint32_t page = 0; page < level_two.size(); ++page)
        walk_page(level_two[page], address + page * kPage, out);
    } else {
      out.problems.push_back("first-level entry " + hex(entry) + " for " + hex(address));
    }
  }
  return out;
}

Image Image::parse(std::vector<std::byte> bytes) {
  Image image{.bytes = std::move(bytes)};
  std::memcpy(&image.header, image.bytes.data(), sizeof image.header);
  const auto table = [&](auto& out, uint32_t offset, uint32_t count) {
    out.resize(count);
    std::memcpy(out.data(), image.bytes.data() + offset, count * sizeof out[0]);
  };
  table(image.processes, image.header.process_offset, image.header.process_count);
  table(image.segments, image.header.segment_offset, image.header.segment_count);
  table(image.grants, image.header.grant_offset, image.header.grant_count);
  return image;
}

std::string Image::name(size_t process) const {
  return processes.at(process).name.data();
}

Problems audit_kernel(const Walk& half, const Ram& ram) {
  constexpr uint32_t kImage = 0xc000'0000, kEncrypted = 0xe000'0000, kWindows = 0xf000'0000;
  Problems problems = half.problems;
  uint32_t text_end = 0;
  for (const Mapping& page : half.pages) {
    const auto wrong = [&](const char* what) {
      if (problems.size() < 20) problems.push_back(hex(page.address) + " " + what);
    };
    if (page.user != Rights{}) wrong("is open to user mode");
    if (page.privileged.write && page.privileged.execute) wrong("can be written and run");
    if (page.device && page.privileged.execute) wrong("is a device that can be run");
    if (!page.valid) wrong("is not empty, but of no use");
    if (!page.global) wrong("is one process's");
    if (page.privileged.execute) {
      if (text_end != 0 && page.address != text_end) wrong("is run, apart from the kernel's text");
      text_end = page.address + kPage;
    }
    // What must be where: docs/kernel.md, address map.
    const uint32_t n = page.address - kImage, e = page.address - kEncrypted;
    if (page.address >= kWindows ? !page.device
        : e < ram.size
            ? page.device || ram.encrypted == ram.base || page.physical != ram.encrypted + e
        : n < ram.size ? page.device || page.physical != ram.base + n
                       : true)
      wrong("has no place there");
  }
  if (text_end == 0) problems.push_back("there is no text");
  return problems;
}

namespace {

/// One process's half, area by area.
class ProcessAudit {
 public:
  ProcessAudit(const Walk& half, const Image& image, size_t process, State state, const Ram& ram)
      : half_(half),
        image_(image),
        entry_(image.processes.at(process)),
        state_(state),
        ram_(ram),
        problems_(half.problems) {}

  Problems run() {
    for (const Mapping& page : half_.pages) any_page(page);
    image_area();
    counted_area(abi::kArgumentsBase, abi::kArgumentsEnd, 1, {.read = true}, "arguments");
    counted_area(abi::kStackBase, abi::kStackTop, entry_.stack_size / kPage,
                 {.read = true, .write = true}, "stack");
    return std::move(problems_);
  }

 private:
  void wrong(uint32_t address, const std::string& what) {
    if (problems_.size() < 20) problems_.push_back(hex(address) + " " + what);
  }
  std::vector<const Mapping*> pages_in(uint32_t begin, uint32_t end) const {
    std::vector<const Mapping*> found;
    for (const Mapping& page : half_.pages)
      if (page.address >= begin && page.address < end) found.push_back(&page);
    return found;
  }
  static bool lies_in(const Mapping& page, uint32_t begin, uint32_t end) {
    return page.address >= begin && page.address < end;
  }

  void any_page(const Mapping& page) {
    if (page.valid && page.global) wrong(page.address, "is global");
    if (page.user.write && page.user.execute) wrong(page.address, "can be written and run");
    // The kernel runs none of it: there is no way to say so of text, so all else must not be run.
    if (page.user.execute && !lies_in(page, abi::kImageBase, abi::kImageEnd))
      wrong(page.address, "can be run outside of the image area");
    if (page.valid && !page.user.read) wrong(page.address, "is there, but not to be read");
    if (lies_in(page, abi::kDeviceBase, abi::kDeviceEnd)) return device_page(page);
    if (page.device) wrong(page.address, "is a device outside of the device area");
    if (lies_in(page, abi::kHeapBase, abi::kHeapEnd)) {
      if (!ram_.encrypts(page.physical)) wrong(page.address, "is heap outside of the encryption");
    } else if (!lies_in(page, abi::kImageBase, abi::kImageEnd) &&
               !lies_in(page, abi::kLoanBase, abi::kLoanEnd) &&
               !lies_in(page, abi::kArgumentsBase, abi::kArgumentsEnd) &&
               !lies_in(page, abi::kStackBase, abi::kStackTop)) {
      wrong(page.address, "is in no area");
    }
  }

  void device_page(const Mapping& page) {
    bool granted = false;
    for (uint32_t i = 0; i < entry_.grant_count; ++i) {
      const abi::Grant& grant = image_.grants.at(entry_.first_grant + i);
      granted |=
          grant.kind == abi::GrantKind::kDevice && page.device && page.physical - grant.a < grant.b;
      granted |= grant.kind == abi::GrantKind::kDma && !page.device && ram_.holds(page.physical);
    }
    if (!granted) wrong(page.address, "is of a device that the manifest does not name");
  }

  void image_area() {
    const auto pages = pages_in(abi::kImageBase, abi::kImageEnd);
    if (pages.empty()) {
      if (state_ == State::kWhole) wrong(abi::kImageBase, "and behind: there is no program");
      return;
    }
    const auto segments = [&] {
      std::vector<abi::Segment> own(
          image_.segments.begin() + entry_.first_segment,
          image_.segments.begin() + entry_.first_segment + entry_.segment_count);
      std::ranges::sort(own, {}, &abi::Segment::address);
      return own;
    }();
    if (state_ == State::kAny) return;  // which of its pages are there is not known
    const uint32_t slide = pages.front()->address - segments.front().address;
    size_t next = 0;
    for (const abi::Segment& segment : segments)
      for (uint32_t done = 0; done < segment.memory_size; done += kPage, ++next) {
        const uint32_t address = segment.address + slide + done;
        if (next == pages.size() || pages[next]->address != address)
          return wrong(address, "should be a page of the program");
        image_page(*pages[next], segment, done);
      }
    if (next != pages.size()) wrong(pages[next]->address, "is no page of the program");
  }
  void image_page(const Mapping& page, const abi::Segment& segment, uint32_t done) {
    if (segment.flags & abi::kSegmentWrite) {
      if (page.user.execute) wrong(page.address, "is data that can be run");
      if (!ram_.encrypts(page.physical)) wrong(page.address, "is data outside of the encryption");
      return;
    }
    const bool executes = segment.flags & abi::kSegmentExecute;
    if (!page.valid || page.user != Rights{.read = true, .execute = executes})
      wrong(page.address, executes ? "is not text" : "is not constants");
    if (page.physical != image_.header.load_address + segment.offset + done)
      wrong(page.address, "is not the image's page");
  }

  /// So many pages with these rights in a row, unless they are on loan, and no others.
  void counted_area(uint32_t begin, uint32_t end, size_t count, Rights rights, const char* what) {
    const auto pages = pages_in(begin, end);
    if (state_ == State::kWhole ? pages.size() != count : pages.size() > count)
      wrong(begin, "and behind: " + std::to_string(pages.size()) + " pages of " + what + ", not " +
                       std::to_string(count));
    for (size_t i = 0; i < pages.size(); ++i) {
      Rights has = pages[i]->user;
      if (!pages[i]->valid) has = rights;
      has.write |= rights.write && has.read;  // lent for reading
      if (has != rights) wrong(pages[i]->address, std::string("has not the rights of ") + what);
      if (!ram_.encrypts(pages[i]->physical))
        wrong(pages[i]->address, "is outside of the encryption");
      if (state_ == State::kWhole && i > 0 && pages[i]->address != pages[i - 1]->address + kPage)
        wrong(pages[i]->address, std::string("is apart from the other ") + what);
    }
  }

  const Walk& half_;
  const Image& image_;
  const abi::ProcessEntry& entry_;
  State state_;
  const Ram& ram_;
  Problems problems_;
};

}  // namespace

Problems audit_process(const Walk& half, const Image& image, size_t process, State state,
                       const Ram& ram) {
  return ProcessAudit(half, image, process, state, ram).run();
}

Problems audit_sharing(const std::map<size_t, Walk>& spaces, const Ram& ram, uint32_t first_free) {
  struct User {
    size_t process;
    const Mapping* page;
  };
  std::map<uint32_t, std::vector<User>> users;
  for (const auto& [process, half] : spaces)
    for (const Mapping& page : half.pages)
      if (page.valid && !page.device) users[ram.plain(page.physical)].push_back({process, &page});
  Problems problems;
  for (const auto& [physical, all] : users) {
    const bool written =
        std::ranges::any_of(all, [](const User& user) { return user.page->user.write; });
    if (!written) continue;
    if (!ram.holds(physical) || physical < first_free || physical >= ram.base + ram.size - kPage)
      problems.push_back("process " + std::to_string(all[0].process) + " can write " +
                         hex(physical) + ", which is the kernel's");
    if (all.size() > 1)
      problems.push_back(
          "page " + hex(physical) + " can be written at " + hex(all[0].page->address) +
          " of process " + std::to_string(all[0].process) + " and is at " +
          hex(all[1].page->address) + " of process " + std::to_string(all[1].process));
  }
  return problems;
}

}  // namespace tests::kernel::debugger
