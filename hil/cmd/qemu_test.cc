// Boards that are machines of QEMU's, played by a shell script.
#include <sys/stat.h>

#include "hil/cmd/fixture.h"

namespace hil::cmd {
namespace {

using testing::HasSubstr;

class QemuTest : public CmdTest {
 protected:
  /// qemu.yaml: a board whose QEMU does `what` with its console, $console, once it was asked for
  /// its version.
  void qemu_board(const std::string& what) {
    write("loader.elf", "loader");
    write("system.img", std::string("TSM1\x10\0\0\0", 8) + std::string(8, 'x'));
    write("qemu.sh",
          "#!/bin/bash\n[ \"$1\" = --version ] && echo QEMU emulator version 7 && exit\n"
          "echo \"$@\" > arguments\n"
          "console=$(echo \"$@\" | sed 's/.*id=console,fd=\\([0-9]*\\).*/\\1/')\n" +
              what);
    chmod((folder_ / "qemu.sh").c_str(), 0755);
    board_file((folder_ / "qemu.sh").string());
  }
  void board_file(const std::string& program) {
    write("qemu.yaml",
          "name: machine\nsoc: none\nflash: {kind: memory, size: 1 MiB}\n"
          "console: {baud: 115200 Bd}\n"
          "qemu: {machine: m, memory: 64 MiB, load: 0x80000000, loader: " +
              (folder_ / "loader.elf").string() + ", program: " + program + "}\n");
  }
  Ended run_qemu(const std::string& steps) {
    write("s.yaml", "name: test\nsteps:\n" + steps);
    return hil({"run", "s.yaml", "--board", "./qemu.yaml", "--out", "out"});
  }

  static constexpr const char* kBoot =
      "  - flash: system.img\n  - power: cycle\n"
      "  - expect: {console: 'kernel: ready', within: 5 s}\n";
  static constexpr const char* kReady = "echo kernel: ready >&$console\n";
};

TEST_F(QemuTest, ConsoleBytesGoBothWays) {
  qemu_board(std::string(kReady) +
             "read -r line <&$console; echo got $line >&$console; sleep 60\n");
  const Ended ended = run_qemu(std::string(kBoot) +
                               "  - send: 'ping\\n'\n"
                               "  - expect: {console: 'got ping', within: 5 s}\n");
  EXPECT_EQ(ended.status, 0) << ended.words;
  EXPECT_EQ(results()["board"]["backend"], "qemu");
  EXPECT_THAT(read("arguments"), HasSubstr("-M m -m 64"));
  EXPECT_THAT(read("arguments"), HasSubstr("system.img,addr=0x80000000"));
}

TEST_F(QemuTest, ThatIsNotInstalledIsNamedWithItsRemedy) {
  qemu_board("");
  board_file("qemu-of-nobody");
  const Ended ended = run_qemu(kBoot);
  EXPECT_EQ(ended.status, 75) << ended.words;
  EXPECT_THAT(ended.words, HasSubstr("qemu-of-nobody"));
  EXPECT_THAT(ended.words, HasSubstr("install"));
}

TEST_F(QemuTest, DyingInTheMiddleIsTheBenchsFaultAndItsLastWordsAreQuoted) {
  qemu_board(std::string(kReady) + "echo no such machine >&2; exit 3\n");
  const Ended ended =
      run_qemu(std::string(kBoot) + "  - expect: {console: 'more', within: 20 s}\n");
  EXPECT_EQ(ended.status, 75) << ended.words;
  const std::string reason = results()["steps"][3]["reason"];
  EXPECT_THAT(reason, HasSubstr("exit status 3"));
  EXPECT_THAT(reason, HasSubstr("no such machine"));
}

TEST_F(QemuTest, ArgumentsOfTheUsersComeLast) {
  qemu_board(std::string(kReady) + "sleep 60\n");
  write("s.yaml", "name: test\nsteps:\n" + std::string(kBoot));
  const Ended ended = hil({"run", "s.yaml", "--board", "./qemu.yaml", "--out", "out",
                           "--qemu-argument=-plugin", "--qemu-argument", "counter,out=x"});
  EXPECT_EQ(ended.status, 0) << ended.words;
  EXPECT_THAT(read("arguments"), testing::EndsWith("cpu-num=0 -plugin counter,out=x\n"));
  const Ended refused = hil({"run", "s.yaml", "--board", "prime", "--qemu-argument", "-S"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.words, HasSubstr("--qemu-argument"));
}

TEST_F(QemuTest, IsAskedToEndBeforeItIsKilled) {
  qemu_board(std::string(kReady) +
             "trap 'echo written > report; exit' TERM\nwhile true; do sleep 0.02; done\n");
  EXPECT_EQ(run_qemu(kBoot).status, 0);
  EXPECT_EQ(read("report"), "written\n");
}

TEST_F(QemuTest, SaysWhatTheMachineLacks) {
  qemu_board(std::string(kReady) + "sleep 60\n");
  const Ended ended = run_qemu("  - jtag: halt\n");
  EXPECT_EQ(ended.status, 75) << ended.words;
  EXPECT_EQ(results()["steps"][0]["status"], "skipped");
  EXPECT_THAT(std::string(results()["steps"][0]["reason"]), HasSubstr("no debug probe"));
}

TEST_F(QemuTest, HasNoCachesToCount) {
  qemu_board(std::string(kReady) + "sleep 60\n");
  EXPECT_EQ(run_qemu("  - caches: counted\n").status, 75);
  EXPECT_EQ(results()["steps"][0]["status"], "skipped");
  EXPECT_THAT(std::string(results()["steps"][0]["reason"]), HasSubstr("knows no caches"));
}

TEST_F(QemuTest, HasNothingToRunBeforeItWasFlashed) {
  qemu_board(kReady);
  const Ended ended = run_qemu("  - power: on\n");
  EXPECT_EQ(ended.status, 75) << ended.words;
  EXPECT_THAT(ended.words, HasSubstr("put `flash:` before"));
}

TEST_F(QemuTest, OnlyWholeSystemImagesAreTaken) {
  qemu_board(kReady);
  write("disk.img", std::string(1024, 'x'));
  EXPECT_THAT(run_qemu("  - flash: disk.img\n").words, HasSubstr("is no system image"));
  write("short.img", std::string("TSM1\0\x10\0\0", 8) + std::string(8, 'x'));
  const Ended ended = run_qemu("  - flash: short.img\n");
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.words, HasSubstr("is truncated"));
}

TEST_F(QemuTest, ForgetsEverythingWhenItIsOff) {
  qemu_board(std::string(kReady) + "sleep 60\n");
  EXPECT_EQ(run_qemu(std::string(kBoot) + "  - power: off\n"
                                          "  - expect: {never: 'kernel', for: 1 s}\n")
                .status,
            1);
  EXPECT_THAT(std::string(results()["steps"][4]["reason"]), HasSubstr("the board is off"));
  EXPECT_EQ(hil({"console", "--board", "./qemu.yaml"}).status, 2);
  EXPECT_EQ(hil({"flash", "system.img", "--board", "./qemu.yaml"}).status, 2);
  EXPECT_EQ(hil({"run", "s.yaml", "--board", "./qemu.yaml", "--state", "x"}).status, 2);
}

TEST_F(QemuTest, ABoardWithoutQemuNeedsItsDebugAccess) {
  write("qemu.yaml",
        "name: machine\nsoc: none\nflash: {kind: emmc, size: 1 MiB}\nconsole: {baud: 115200 Bd}\n");
  const Ended ended = run_qemu("  - power: on\n");
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.words, HasSubstr("needs `openocd`"));
}

}  // namespace
}  // namespace hil::cmd
