#include "firmware/images/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace firmware::images {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kManifest[] = R"(name = "console"
stack = "8 KiB"
priority = 20
memory = 0
serves = ["os/console"]
syscalls = ["log_read"]
devices = [{ name = "uart1", address = 0xf802_0000, size = 0x4000 }]
interrupts = [25]

[permissions]
"os/names" = ["lookup", "describe"]
)";

constexpr char kSystem[] = R"(build = "test"
version = 4
kind = "test"
memory = { address = 0x2000_0000, size = 0x0800_0000 }

[[process]]
manifest = "console"

[[process]]
manifest = "victim"
instances = 3
)";

/// The text with its first `from` replaced.
std::string edit(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}
std::string manifest_failure(const std::string& from, const std::string& to) {
  const auto manifest = parse_manifest(edit(kManifest, from, to), "m.toml");
  return manifest ? "" : manifest.error().what;
}
std::string system_failure(const std::string& from, const std::string& to) {
  const auto system = parse_system(edit(kSystem, from, to), "s.toml");
  return system ? "" : system.error().what;
}

TEST(Manifest, SaysWhatAProcessIsAndMay) {
  auto manifest = parse_manifest(kManifest, "m.toml");
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_EQ(manifest->name.value, "console");
  EXPECT_EQ(manifest->elf, "service_console.elf");
  EXPECT_EQ(manifest->stack, 8192u);
  EXPECT_EQ(manifest->priority, 20u);
  ASSERT_EQ(manifest->devices.size(), 1u);
  EXPECT_EQ(manifest->devices[0].value.address, 0xf802'0000u);
  EXPECT_EQ(manifest->interrupts[0].value, 25u);
  ASSERT_EQ(manifest->permissions.size(), 1u);
  EXPECT_EQ(manifest->permissions[0].methods[1].value, "describe");
  EXPECT_EQ(manifest->permissions[0].service.place.line, 11u);
}

TEST(Manifest, MistakesAreReportedWithTheirPlaceAndARemedy) {
  EXPECT_THAT(manifest_failure("stack = \"8 KiB\"\n", ""), HasSubstr("`stack` is missing"));
  EXPECT_THAT(manifest_failure("\"8 KiB\"", "\"8 kB\""),
              StartsWith("m.toml:2:9: `8 kB` is not a size"));
  EXPECT_THAT(manifest_failure("\"8 KiB\"", "100"), HasSubstr("multiple of 4096"));
  EXPECT_THAT(manifest_failure("\"8 KiB\"", "\"4096 MiB\""), HasSubstr("below 4 GiB"));
  EXPECT_THAT(manifest_failure("= 20", "= 32"), StartsWith("m.toml:3:12: `priority` must be"));
  EXPECT_THAT(manifest_failure("= 20", "= -1"), HasSubstr("from 0 to 31"));
  EXPECT_THAT(manifest_failure("= 20", "= \"high\""), HasSubstr("from 0 to 31"));
  EXPECT_THAT(manifest_failure("priority = 20", "prio = 20"), HasSubstr("`priority` is missing"));
  EXPECT_THAT(manifest_failure("memory = 0", "memory = 0\ncolour = 3"),
              AllOf(StartsWith("m.toml:5:1: `colour` is not known"),
                    HasSubstr("dma, elf, holds_keys, interrupts, later, memory")));
  EXPECT_THAT(manifest_failure("\"console\"", "\"Console\""), HasSubstr("not a process name"));
  EXPECT_THAT(manifest_failure("\"console\"", "\"a-name-of-24-characters--\""),
              HasSubstr("at most 23"));
  EXPECT_THAT(manifest_failure("[\"os/console\"]", "\"os/console\""), HasSubstr("must be a list"));
  EXPECT_THAT(manifest_failure("\"log_read\"", "\"log_read\", \"log_read\""),
              HasSubstr("said twice"));
  EXPECT_THAT(manifest_failure("0xf802_0000", "0xf802_0010"), HasSubstr("multiple of 4096"));
  EXPECT_THAT(manifest_failure("size = 0x4000", "size = 0"), HasSubstr("has no size"));
  EXPECT_THAT(manifest_failure("size = 0x4000", "size = 0x4000, irq = 3"),
              HasSubstr("`irq` is not known"));
  EXPECT_THAT(manifest_failure("[25]", "[128]"), HasSubstr("from 0 to 127"));
  EXPECT_THAT(manifest_failure("[\"lookup\", \"describe\"]", "[]"), HasSubstr("allows no method"));
  EXPECT_THAT(manifest_failure("[25]", "[25"), StartsWith("m.toml:"));
  EXPECT_THAT(manifest_failure("name = \"console\"", "name = \"console\"\nelf = \"../x.elf\""),
              HasSubstr("`elf` is a file name"));
}

constexpr char kMore[] = R"(memory = 0
holds_keys = true
later = true
dma = "32 KiB"
supervises = ["victim1"]
restart = { policy = "on_failure", limit = 3, window = 60 }

children = { count = 4, memory = "64 KiB", syscalls = ["statistics"], permissions = { "os/console" = ["write", "notify"] } }
)";

TEST(Manifest, SaysHowAProcessLivesAndWhomItLooksAfter) {
  const std::string text = edit(kManifest, "memory = 0\n", kMore);
  auto manifest = parse_manifest(text, "m.toml");
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_TRUE(manifest->holds_keys);
  EXPECT_TRUE(manifest->later.value);
  EXPECT_EQ(manifest->dma, 32u << 10);
  ASSERT_EQ(manifest->supervises.size(), 1u);
  EXPECT_EQ(manifest->supervises[0].value, "victim1");
  EXPECT_FALSE(manifest->supervises_all);
  EXPECT_EQ(manifest->restart.policy, kernel::abi::RestartPolicy::kOnFailure);
  EXPECT_EQ(manifest->restart.limit, 3);
  EXPECT_EQ(manifest->restart.window_s, 60);
  EXPECT_EQ(manifest->children.count, 4u);
  EXPECT_EQ(manifest->children.memory, 64u << 10);
  EXPECT_EQ(manifest->children.syscalls[0].value, "statistics");
  EXPECT_EQ(manifest->children.permissions[0].methods[1].value, "notify");
}

TEST(Manifest, MistakesAboutLifeAndSupervisionAreReportedWithTheirPlaceAndARemedy) {
  const auto failure = [](const std::string& line) {
    return manifest_failure("memory = 0\n", "memory = 0\n" + line + "\n");
  };
  EXPECT_EQ(failure("holds_keys = false\nlater = false\nsupervises = \"all\""), "");
  EXPECT_EQ(failure("restart = { policy = \"never\" }"), "");
  EXPECT_THAT(failure("holds_keys = 1"), StartsWith("m.toml:5:14: `holds_keys` must be true or"));
  EXPECT_THAT(failure("later = \"yes\""), HasSubstr("must be true or false"));
  EXPECT_THAT(failure("dma = 0"), StartsWith("m.toml:5:7: `dma` is 0; remove it"));
  EXPECT_THAT(failure("dma = \"100 B\""), HasSubstr("multiple of 4096"));
  EXPECT_THAT(failure("supervises = \"echo\""),
              AllOf(StartsWith("m.toml:5:14: `echo` is neither"), HasSubstr("[\"echo\"]")));
  EXPECT_THAT(failure("supervises = [\"echo\", \"echo\"]"), HasSubstr("said twice"));
  EXPECT_THAT(failure("restart = \"always\""), HasSubstr("write [restart]"));
  EXPECT_THAT(failure("restart = { policy = \"often\" }"),
              HasSubstr("no policy; write never, on_failure or always"));
  EXPECT_THAT(failure("restart = { policy = \"always\", limit = 3 }"),
              HasSubstr("`window` is missing"));
  EXPECT_THAT(failure("restart = { policy = \"always\", limit = 256, window = 1 }"),
              HasSubstr("from 0 to 255"));
  EXPECT_THAT(failure("restart = { policy = \"always\", limit = 0, window = 1 }"),
              HasSubstr("must be at least 1"));
  EXPECT_THAT(failure("restart = { policy = \"never\", limit = 3 }"),
              HasSubstr("has no `limit` and no `window`"));
  EXPECT_THAT(failure("restart = { policy = \"always\", limit = 3, window = 9, times = 1 }"),
              HasSubstr("`times` is not known"));
  EXPECT_THAT(failure("children = 3"), HasSubstr("write [children]"));
  EXPECT_THAT(failure("children = { count = 1, memory = 0 }"), HasSubstr("must not be 0"));
  EXPECT_THAT(failure("children = { count = 255, memory = 4096 }"), HasSubstr("from 0 to 254"));
  EXPECT_THAT(failure("children = { count = 1, memory = 4096, devices = [] }"),
              HasSubstr("`devices` is not known"));
}

TEST(Manifest, InstancesGetTheirNumber) {
  const auto manifest = parse_manifest(edit(kManifest, "os/console", "os/victim{n}"), "m.toml");
  ASSERT_TRUE(manifest);
  const Manifest third = instance_of(*manifest, 3);
  EXPECT_EQ(third.name.value, "console3");
  EXPECT_EQ(third.serves[0].value, "os/victim3");
}

TEST(System, ListsProcessesInOrder) {
  auto system = parse_system(kSystem, "s.toml");
  ASSERT_TRUE(system) << system.error().what;
  EXPECT_EQ(system->kind, ImageKind::kTest);
  EXPECT_EQ(system->version, 4u);
  EXPECT_EQ(system->memory_size, 128u << 20);
  ASSERT_EQ(system->processes.size(), 2u);
  EXPECT_EQ(system->processes[0].instances, 0u);
  EXPECT_EQ(system->processes[1].manifest.value, "victim");
  EXPECT_EQ(system->processes[1].instances, 3u);
}

TEST(System, MistakesAreReportedWithTheirPlaceAndARemedy) {
  EXPECT_THAT(system_failure("build = \"test\"\n", ""), HasSubstr("`build` is missing"));
  EXPECT_THAT(system_failure("= \"test\"", "= \"" + std::string(32, 'x') + "\""),
              HasSubstr("shorten it"));
  EXPECT_THAT(system_failure("= \"test\"", "= \"t\\n\""), HasSubstr("printable"));
  EXPECT_THAT(
      system_failure("kind = \"test\"", "kind = \"tset\""),
      StartsWith("s.toml:3:8: `tset` is no kind of image; write development, test or release"));
  EXPECT_THAT(system_failure("0x0800_0000", "0xe000_0000"), HasSubstr("leaves the address space"));
  EXPECT_THAT(system_failure("memory =", "ram ="), HasSubstr("`memory` must be"));
  EXPECT_THAT(system_failure("instances = 3", "instances = 0"), HasSubstr("remove the process"));
  EXPECT_THAT(system_failure("instances = 3", "copies = 3"), StartsWith("s.toml:11:1: `copies`"));
  EXPECT_THAT(system_failure("manifest = \"console\"", ""), StartsWith("s.toml:6:"));
  EXPECT_THAT(system_failure("\"console\"", "\"../console\""), HasSubstr("not a process name"));
  const auto none = parse_system(
      "build = \"b\"\nversion = 1\nkind = \"test\"\n"
      "memory = { address = 0, size = 4096 }\n",
      "s.toml");
  EXPECT_THAT(none.error().what, HasSubstr("no processes"));
}

TEST(Manifest, TextThatBreaksTheParsersAssumptionsIsReportedWithItsLine) {
  EXPECT_THAT(manifest_failure("[permissions]", "[?]"), StartsWith("m.toml:10:1: not TOML"));
  EXPECT_THAT(manifest_failure("= 20", "= 2\xc3"), StartsWith("m.toml:3:13: not printable ASCII"));
  EXPECT_THAT(manifest_failure("[permissions]", "[["), StartsWith("m.toml:10:1: not TOML"));
}

TEST(DescriptionFuzz, DamagedTextIsReportedAndNeverCrashes) {
  std::mt19937 random(3);
  unsigned good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = round % 2 ? kManifest : kSystem;
    for (unsigned i = 0, count = 1 + random() % 3; i < count; ++i) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random() % 128);
          break;
        case 1:
          text.erase(at, 1 + random() % 8);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 16));
          break;
      }
      if (text.empty()) text = "x";
    }
    std::string failure;
    if (round % 2) {
      const auto manifest = parse_manifest(text, "f");
      manifest ? void(++good) : void(failure = manifest.error().what);
    } else {
      const auto system = parse_system(text, "f");
      system ? void(++good) : void(failure = system.error().what);
    }
    if (!failure.empty()) ASSERT_THAT(failure, StartsWith("f:")) << text;
  }
  EXPECT_GT(good, 50u);
}

}  // namespace
}  // namespace firmware::images
