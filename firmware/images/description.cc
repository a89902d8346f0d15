#include "firmware/images/description.h"

#include "firmware/images/toml_table.h"
#include "kernel/abi/image.h"
#include "kernel/abi/message.h"

namespace firmware::images {
namespace {

constexpr size_t kMaxName = sizeof(kernel::abi::ProcessEntry::name) - 1;
constexpr size_t kMaxService = sizeof(kernel::abi::ServiceEntry::name) - 1;
constexpr size_t kMaxBuild = sizeof(kernel::abi::ImageHeader::build) - 1;
constexpr uint32_t kHighestPriority = 31;
constexpr uint32_t kHighestInterrupt = 127;
constexpr uint32_t kMaxInstances = 64;

/// The first line with which the beginning of `text` breaks one of TOML++'s assumptions.
unsigned broken_line(std::string_view text) {
  unsigned line = 0;
  for (size_t end = 0; end < text.size(); ++end) {
    if (text[end] != '\n') continue;
    ++line;
    try {
      (void)toml::parse(text.substr(0, end + 1));
    } catch (const BrokenAssumption&) {
      return line;
    } catch (const toml::parse_error&) {  // of a beginning: no wonder
    }
  }
  return line + 1;
}

/// Descriptions are ASCII: names in images are, and TOML++'s handling of the rest is not sound.
Outcome<void> check_ascii(std::string_view text, const std::string& file) {
  Place place{.file = file, .line = 1, .column = 0};
  for (const char c : text) {
    ++place.column;
    if (c == '\n') {
      ++place.line;
      place.column = 0;
    } else if ((c < ' ' && c != '\t') || c > '~') {
      return wrong(place, "not printable ASCII; replace the character");
    }
  }
  return {};
}

Outcome<toml::table> parse(std::string_view text, const std::string& file) {
  TRY(check_ascii(text, file));
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return wrong(place_of(error.source(), file), "not TOML: " + std::string(error.description()));
  } catch (const BrokenAssumption&) {
    return wrong({.file = file, .line = broken_line(text), .column = 1},
                 "not TOML: something else was expected in this line");
  }
}

bool is_name(std::string_view text, std::string_view extra) {
  for (const char c : text)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && extra.find(c) == extra.npos)
      return false;
  return !text.empty();
}

Outcome<void> check_process_name(const Said<std::string>& name) {
  if (is_name(name.value, "_-") && name.value.size() <= kMaxName) return {};
  return wrong(name.place, "`" + name.value + "` is not a process name; use at most " +
                               std::to_string(kMaxName) +
                               " of the characters a-z, 0-9, '_' and '-'");
}

Outcome<std::vector<Said<std::string>>> texts(Table& table, std::string_view key) {
  std::vector<Said<std::string>> items;
  const toml::array* list = TRY(table.list(key));
  for (const toml::node& node : *list) {
    items.push_back(TRY(table.as_text(node, key)));
    for (size_t i = 0; i + 1 < items.size(); ++i)
      if (items[i].value == items.back().value)
        return wrong(items.back().place, "`" + items.back().value + "` is said twice; remove one");
  }
  return items;
}

Outcome<std::vector<Said<Device>>> devices(Table& manifest, const std::string& file) {
  std::vector<Said<Device>> devices;
  const toml::array* list = TRY(manifest.list("devices"));
  for (const toml::node& node : *list) {
    const Place place = place_of(node.source(), file);
    const toml::table* entry = node.as_table();
    if (!entry)
      return wrong(place, "a device is { name = \"...\", address = 0x..., size = 0x... }");
    Table table(*entry, file);
    Device device;
    device.name = TRY(table.text("name")).value;
    device.address = TRY(table.bytes("address", kernel::abi::kPageSize));
    device.size = TRY(table.bytes("size", kernel::abi::kPageSize));
    TRY(table.no_other_keys());
    if (device.size == 0 || uint64_t{device.address} + device.size > uint64_t{1} << 32)
      return wrong(place, "device `" + device.name + "` has no size or leaves the address space");
    devices.push_back({std::move(device), place});
  }
  return devices;
}

Outcome<std::vector<Permission>> permissions(Table& manifest, const std::string& file) {
  std::vector<Permission> permissions;
  const toml::table* all = TRY(manifest.section("permissions"));
  if (!all) return permissions;
  Table table(*all, file);
  for (const auto& [key, methods] : *all) {
    Permission permission{.service = {std::string(key.str()), place_of(key.source(), file)}};
    permission.methods = TRY(texts(table, key.str()));
    if (permission.methods.empty())
      return wrong(
          permission.service.place,
          "`" + permission.service.value + "` allows no method; name some or remove the line");
    permissions.push_back(std::move(permission));
  }
  return permissions;
}

/// `supervises = ["echo", "victim1"]`, or "all".
Outcome<void> supervised(Table& table, const toml::table& parsed, Manifest& manifest) {
  const toml::node* node = parsed.get("supervises");
  if (!node || !node->as_string()) {
    manifest.supervises = TRY(texts(table, "supervises"));
    return {};
  }
  const Said<std::string> all = TRY(table.text("supervises"));
  if (all.value != "all")
    return wrong(all.place, "`" + all.value +
                                "` is neither \"all\" nor a list; write supervises = [\"" +
                                all.value + "\"] for one process");
  manifest.supervises_all = true;
  return {};
}

Outcome<kernel::abi::Restart> restart(Table& manifest, const std::string& file) {
  using kernel::abi::RestartPolicy;
  const toml::table* section = TRY(manifest.section("restart"));
  if (!section) return kernel::abi::Restart{};
  Table table(*section, file);
  const Said<std::string> policy = TRY(table.text("policy"));
  kernel::abi::Restart restart;
  if (policy.value == "on_failure") {
    restart.policy = RestartPolicy::kOnFailure;
  } else if (policy.value == "always") {
    restart.policy = RestartPolicy::kAlways;
  } else if (policy.value != "never") {
    return wrong(policy.place,
                 "`" + policy.value + "` is no policy; write never, on_failure or always");
  } else if (section->contains("limit") || section->contains("window")) {
    return wrong(policy.place,
                 "a process that is never restarted has no `limit` and no `window`; "
                 "remove them, or choose another policy");
  }
  if (restart.policy != RestartPolicy::kNever) {
    restart.limit = static_cast<uint8_t>(TRY(table.number("limit", UINT8_MAX)));
    restart.window_s = static_cast<uint16_t>(TRY(table.number("window", UINT16_MAX)));
    if (restart.limit == 0 || restart.window_s == 0)
      return wrong(policy.place,
                   "`limit` and `window` must be at least 1: restarts, and the "
                   "seconds in which they are counted");
  }
  TRY(table.no_other_keys());
  return restart;
}

Outcome<Children> children(Table& manifest, const std::string& file) {
  constexpr uint32_t kMostChildren = 254;
  const toml::table* section = TRY(manifest.section("children"));
  if (!section) return Children{};
  Table table(*section, file);
  Children children{.count = TRY(table.number("count", kMostChildren)),
                    .memory = TRY(table.bytes("memory", kernel::abi::kPageSize)),
                    .syscalls = TRY(texts(table, "syscalls")),
                    .permissions = TRY(permissions(table, file))};
  if (children.count == 0 || children.memory == 0)
    return wrong(table.place(),
                 "`count` and `memory` of [children] must not be 0; remove the "
                 "section if there are to be none");
  TRY(table.no_other_keys());
  return children;
}

Outcome<ImageKind> kind_of(Table& table) {
  const Said<std::string> kind = TRY(table.text("kind"));
  if (kind.value == "development") return ImageKind::kDevelopment;
  if (kind.value == "test") return ImageKind::kTest;
  if (kind.value == "release") return ImageKind::kRelease;
  return wrong(kind.place,
               "`" + kind.value + "` is no kind of image; write development, test or release");
}

Outcome<System::Entry> entry_of(const toml::node& node, const std::string& file) {
  const toml::table* entry = node.as_table();
  if (!entry)
    return wrong(place_of(node.source(), file), "a process is a table; write [[process]] above it");
  Table table(*entry, file);
  System::Entry result{.manifest = TRY(table.text("manifest"))};
  TRY(check_process_name(result.manifest));
  if (entry->contains("instances")) {
    result.instances = TRY(table.number("instances", kMaxInstances));
    if (result.instances == 0)
      return wrong(table.place("instances"), "`instances` is 0; remove the process instead");
  }
  TRY(table.no_other_keys());
  return result;
}

}  // namespace

Outcome<Manifest> parse_manifest(std::string_view text, const std::string& file) {
  const toml::table parsed = TRY(parse(text, file));
  Table table(parsed, file);
  Manifest manifest{.name = TRY(table.text("name"))};
  TRY(check_process_name(manifest.name));
  manifest.elf = "service_" + manifest.name.value + ".elf";
  if (table.take("elf")) {
    const Said<std::string> elf = TRY(table.text("elf"));
    if (elf.value.find('/') != std::string::npos)
      return wrong(elf.place, "`elf` is a file name; where it lies is the build's business");
    manifest.elf = elf.value;
  }
  manifest.stack = TRY(table.bytes("stack", kernel::abi::kPageSize));
  manifest.priority = TRY(table.number("priority", kHighestPriority));
  manifest.memory = TRY(table.bytes("memory", kernel::abi::kPageSize));
  manifest.serves = TRY(texts(table, "serves"));
  for (const Said<std::string>& service : manifest.serves)
    if (!is_name(service.value, "_-/{}") || service.value.size() > kMaxService)
      return wrong(service.place, "`" + service.value + "` is not a service name; use at most " +
                                      std::to_string(kMaxService) +
                                      " of the characters a-z, 0-9, '_', '-' and '/'");
  manifest.syscalls = TRY(texts(table, "syscalls"));
  manifest.devices = TRY(devices(table, file));
  const toml::array* interrupts = TRY(table.list("interrupts"));
  for (const toml::node& node : *interrupts)
    manifest.interrupts.push_back(TRY(table.as_number(node, "interrupts", kHighestInterrupt)));
  manifest.permissions = TRY(permissions(table, file));
  manifest.holds_keys = TRY(table.flag("holds_keys"));
  manifest.later = {TRY(table.flag("later")), table.place("later")};
  if (table.take("dma")) {
    manifest.dma = TRY(table.bytes("dma", kernel::abi::kPageSize));
    if (manifest.dma == 0)
      return wrong(table.place("dma"), "`dma` is 0; remove it if no device is to reach memory");
  }
  TRY(supervised(table, parsed, manifest));
  manifest.restart = TRY(restart(table, file));
  manifest.children = TRY(children(table, file));
  TRY(table.no_other_keys());
  return manifest;
}

Outcome<System> parse_system(std::string_view text, const std::string& file) {
  const toml::table parsed = TRY(parse(text, file));
  Table table(parsed, file);
  System system{.build = TRY(table.text("build"))};
  for (const char c : system.build.value)
    if (c < ' ' || c > '~') return wrong(system.build.place, "`build` must be printable ASCII");
  if (system.build.value.size() > kMaxBuild)
    return wrong(system.build.place,
                 "`build` has over " + std::to_string(kMaxBuild) + " characters; shorten it");
  system.version = TRY(table.number("version", UINT32_MAX));
  system.kind = TRY(kind_of(table));

  const toml::node* memory = table.take("memory");
  if (!memory || !memory->as_table())
    return wrong(table.place("memory"),
                 "`memory` must be { address = 0x..., size = 0x... }: the RAM");
  Table range(*memory->as_table(), file);
  system.memory = TRY(range.bytes("address", kernel::abi::kPageSize));
  system.memory_size = TRY(range.bytes("size", kernel::abi::kPageSize));
  TRY(range.no_other_keys());
  if (uint64_t{system.memory} + system.memory_size >= uint64_t{1} << 32)
    return wrong(table.place("memory"), "`memory` leaves the address space");

  const toml::array* processes = TRY(table.list("process"));
  for (const toml::node& node : *processes) system.processes.push_back(TRY(entry_of(node, file)));
  if (system.processes.empty())
    return wrong(table.place(), "there are no processes; write a [[process]] for each");
  TRY(table.no_other_keys());
  return system;
}

Manifest instance_of(const Manifest& manifest, uint32_t number) {
  Manifest instance = manifest;
  const std::string digits = std::to_string(number);
  instance.name.value += digits;
  for (Said<std::string>& service : instance.serves) {
    const size_t at = service.value.find("{n}");
    if (at != std::string::npos) service.value.replace(at, 3, digits);
  }
  return instance;
}

}  // namespace firmware::images
