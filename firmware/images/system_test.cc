#include "firmware/images/system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "firmware/images/elf_fixture.h"
#include "firmware/images/files.h"
#include "firmware/images/show.h"

namespace firmware::images {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

/// A system of four processes on disk: a server, a client, two victims.
class SystemTest : public testing::Test {
 protected:
  SystemTest() {
    put("system.toml",
        "build = \"files\"\nversion = 1\nkind = \"test\"\n"
        "memory = { address = 0x2000_0000, size = 0x0800_0000 }\n"
        "[[process]]\nmanifest = \"names\"\n"
        "[[process]]\nmanifest = \"client\"\n"
        "[[process]]\nmanifest = \"victim\"\ninstances = 2\n");
    put_manifest("names", "serves = [\"os/names\"]\n");
    put_manifest("client",
                 "syscalls = [\"power\"]\ninterrupts = [35]\n"
                 "devices = [{ name = \"tc0\", address = 0xf800_c000, size = 0x4000 }]\n"
                 "[permissions]\n\"os/names\" = [\"lookup\"]\n\"os/victim2\" = [\"commit\"]\n");
    put_manifest("victim", "serves = [\"os/victim{n}\"]\n");
    put("kernel.elf", small_kernel().bytes());
    uint8_t fill = 1;
    for (const std::string name : {"names", "client", "victim"})
      put(name + "/service_" + name + ".elf", small_process(std::byte{fill++}).bytes());
  }

  void put(const fs::path& file, std::span<const std::byte> bytes) {
    ASSERT_TRUE(write_file(folder_ / file, bytes));
  }
  void put(const fs::path& file, const std::string& text) {
    put(file, std::as_bytes(std::span(text)));
  }
  void put_manifest(const std::string& name, const std::string& more) {
    put(name + "/manifest.toml",
        "name = \"" + name + "\"\nstack = 4096\npriority = 9\nmemory = 0\n" + more);
  }
  Outcome<BuiltSystem> build() {
    return build_system({folder_ / "system.toml", folder_, folder_, folder_ / "kernel.elf"});
  }
  std::string failure() {
    const auto built = build();
    return built ? "" : built.error().what;
  }
  int tool(const std::string& arguments) {
    const int status = std::system((std::string(TOUCHSTONE_PACK) + " " + arguments + " > '" +
                                    (folder_ / "out").string() + "' 2>&1")
                                       .c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string tool_said() { return *read_text(folder_ / "out"); }
  std::string system_command(const std::string& out) {
    const std::string at = folder_.string() + "/";
    return "system --description " + at + "system.toml --manifests " + at + " --programs " + at +
           " --kernel " + at + "kernel.elf --out " + at + out + " --depfile " + at + out + ".d ";
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / ("system_test." + std::to_string(::getpid()));
  const RemovedAtEnd cleanup_{folder_};
};

TEST_F(SystemTest, FilesBecomeAnImageThatShowsWhatEachProcessMay) {
  auto built = build();
  ASSERT_TRUE(built) << built.error().what;
  auto text = show(built->image);
  ASSERT_TRUE(text) << text.error().what;
  EXPECT_THAT(*text, HasSubstr("image      files, version 1, test"));
  EXPECT_THAT(*text, HasSubstr("kernel     at 0x20001000"));
  EXPECT_THAT(*text, HasSubstr("process 1: names, entry 0x00010000, stack 4096, priority 9"));
  EXPECT_THAT(*text, HasSubstr("process 2: client"));
  EXPECT_THAT(*text, HasSubstr("may call   os/names: lookup\n"));
  EXPECT_THAT(*text, HasSubstr("may call   os/victim2: commit\n"));
  EXPECT_THAT(*text, HasSubstr("device     0xf800c000, 0x4000 bytes"));
  EXPECT_THAT(*text, HasSubstr("interrupt  35"));
  EXPECT_THAT(*text, HasSubstr("calls      power"));
  EXPECT_THAT(*text, HasSubstr("process 4: victim2"));
  EXPECT_THAT(*text, HasSubstr("serves     os/victim1"));
  EXPECT_EQ(built->read.size(), 8u);
}

TEST_F(SystemTest, TheImageShowsHowProcessesLiveAndWhomTheyLookAfter) {
  put_manifest("names",
               "serves = [\"os/names\"]\nholds_keys = true\ndma = 8192\n"
               "children = { count = 2, memory = 4096, syscalls = [\"statistics\"], "
               "permissions = { \"os/victim1\" = [\"commit\"] } }\n");
  put_manifest("client",
               "supervises = [\"victim2\", \"names\"]\n[permissions]\n\"os/names\" = [\"notify\", "
               "\"lookup\"]\n");
  put_manifest("victim",
               "serves = [\"os/victim{n}\"]\nlater = true\n"
               "restart = { policy = \"always\", limit = 3, window = 60 }\n");
  EXPECT_THAT(failure(), HasSubstr("`victim1` is to start later, but no process"));
  put_manifest("client",
               "supervises = \"all\"\n[permissions]\n\"os/names\" = [\"notify\", \"lookup\"]\n");
  auto built = build();
  ASSERT_TRUE(built) << built.error().what;
  auto text = show(built->image);
  ASSERT_TRUE(text) << text.error().what;
  EXPECT_THAT(*text, HasSubstr("holds keys"));
  EXPECT_THAT(*text, HasSubstr("dma        0x2000 bytes"));
  EXPECT_THAT(*text, HasSubstr("creates    at most 2 processes of 0x1000 bytes, system calls "
                               "beyond the ordinary: statistics\n"));
  EXPECT_THAT(*text, HasSubstr("passes on  os/victim1: commit\n"));
  EXPECT_THAT(*text, HasSubstr("may call   os/names: notify lookup\n"));
  EXPECT_THAT(*text, HasSubstr("supervises every process"));
  EXPECT_THAT(*text, HasSubstr("starts     when its supervisor says so"));
  EXPECT_THAT(*text, HasSubstr("restarts   always, at most 3 times in 60 s"));
}

TEST_F(SystemTest, MissingAndMisnamedPartsAreReported) {
  put_manifest("victim", "serves = [\"os/victim\"]\n");
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("victim/manifest.toml:5:"), HasSubstr("no service `os/victim`")));
  put_manifest("victim", "");
  EXPECT_THAT(failure(), HasSubstr("no process of this system serves `os/victim2`"));
  put("client/service_client.elf", std::string("#!/bin/sh"));
  EXPECT_THAT(failure(), HasSubstr("service_client.elf: not an ELF file"));
  fs::remove(folder_ / "client/service_client.elf");
  EXPECT_THAT(failure(), HasSubstr("service_client.elf: cannot open: No such file"));
  put("client/manifest.toml",
      std::string("name = \"klient\"\nstack = 4096\npriority = 9\nmemory = 0\n"));
  EXPECT_THAT(failure(), HasSubstr("client/manifest.toml:1:8: is named `klient`"));
  fs::remove_all(folder_ / "client");
  EXPECT_THAT(failure(), AllOf(HasSubstr("system.toml:8:"), HasSubstr("there is no")));
}

TEST_F(SystemTest, AManifestNamedTwiceIsReported) {
  auto text = *read_text(folder_ / "system.toml");
  put("system.toml", text + "[[process]]\nmanifest = \"client\"\n");
  EXPECT_THAT(failure(), HasSubstr("process `client` is already at"));
}

TEST_F(SystemTest, ToolGivesTheSameBytesTwiceAndSaysWhatItRead) {
  ASSERT_EQ(tool(system_command("a") + "--development-key DEVELOPMENT-ONLY-a"), 0) << tool_said();
  ASSERT_EQ(tool(system_command("b") + "--development-key DEVELOPMENT-ONLY-a"), 0) << tool_said();
  EXPECT_EQ(*read_file(folder_ / "a"), *read_file(folder_ / "b"));
  EXPECT_THAT(*read_text(folder_ / "a.d"), HasSubstr("victim/manifest.toml"));
  ASSERT_EQ(tool("show " + (folder_ / "a").string()), 0);
  EXPECT_THAT(tool_said(), HasSubstr("process 3: victim1"));
}

TEST_F(SystemTest, ReleasesAreBuiltUnsignedAndSignedWithAReleaseKeyElsewhere) {
  const std::string at = folder_.string() + "/";
  ASSERT_EQ(tool("new-key rel-1 --secret " + at + "s --public " + at + "p"), 0) << tool_said();
  ASSERT_EQ(tool("new-key rel-1 --secret " + at + "s --public " + at + "p"), 1);
  EXPECT_THAT(tool_said(), HasSubstr("File exists"));
  EXPECT_EQ(fs::status(at + "s").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  auto text = *read_text(folder_ / "system.toml");
  put("system.toml", text.replace(text.find("\"test\""), 6, "\"release\""));
  EXPECT_EQ(tool(system_command("a") + "--development-key DEVELOPMENT-ONLY-a"), 1);
  EXPECT_THAT(tool_said(), HasSubstr("must not sign a release"));
  ASSERT_EQ(tool(system_command("a") + "--unsigned"), 0) << tool_said();
  ASSERT_EQ(tool("sign --key " + at + "s " + at + "a " + at + "b"), 0) << tool_said();
  EXPECT_NE(*read_file(at + "a"), *read_file(at + "b"));
}

TEST_F(SystemTest, ToolsExitStatusTellsBadInputFromBadUse) {
  EXPECT_EQ(tool("system"), 2);
  EXPECT_EQ(tool("bake"), 2);
  EXPECT_EQ(tool(system_command("a")), 2);
  EXPECT_EQ(tool(system_command("a") + "--development-key prime"), 1);
  EXPECT_THAT(tool_said(), StartsWith("`prime` is no development key"));
  EXPECT_FALSE(fs::exists(folder_ / "a"));
  EXPECT_EQ(tool("--help"), 0);
}

}  // namespace
}  // namespace firmware::images
