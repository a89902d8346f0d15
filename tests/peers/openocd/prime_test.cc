// The whole way, with the device's own applets: OpenOCD flashes the eMMC of the virtual board
// `prime`, whose time only passes as granted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "fixtures/board/server.h"
#include "hil/flash/flash.h"

namespace tests::peers {
namespace {

using testing::HasSubstr;

/// The board as a process, and its control socket.
class BoardProcess : public probes::TimeGrant {
 public:
  explicit BoardProcess(const std::filesystem::path& state, uint64_t card_bytes) {
    int ready[2];
    if (pipe(ready) != 0) return;
    std::fflush(stdout);  // or the child would say it again
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ready[1], STDOUT_FILENO);
      _exit(
          fixtures::board::run_board({.state = state, .emmc_bytes = card_bytes, .stepped = true}));
    }
    close(ready[1]);
    char first = 0;
    up_ = read(ready[0], &first, 1) == 1 && first == '{';
    close(ready[0]);
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    (state / "control.sock").string().copy(name.sun_path, sizeof name.sun_path - 1);
    up_ = up_ && connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
  }
  ~BoardProcess() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (socket_ >= 0) close(socket_);
  }
  bool up() const { return up_; }
  std::string ask(const std::string& request) {
    const std::string line = request + "\n";
    if (write(socket_, line.data(), line.size()) < 0) return {};
    std::string answer;
    for (char c = 0; read(socket_, &c, 1) == 1 && c != '\n';) answer += c;
    return answer;
  }
  probes::Outcome<void> grant(probes::BoardTime amount) override {
    const std::string answer =
        ask(R"({"do":"grant","for_ps":)" + std::to_string(amount.count()) + "}");
    if (answer.find(R"("ok":true)") == std::string::npos) return probes::Failure{answer};
    return {};
  }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
  bool up_ = false;
};

class PrimePeer : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v openocd >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "openocd is not installed";
    const std::filesystem::path built = APPLETS;
    applets = {.ddr_init = built / "ddr_init.elf", .emmc_flash = built / "emmc_flash.elf"};
    if (!std::filesystem::exists(applets.ddr_init) || !std::filesystem::exists(applets.emmc_flash))
      GTEST_SKIP() << "the device's applets are not built in " << built;
    folder = std::filesystem::temp_directory_path() / ("prime_peer." + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    board = std::make_unique<BoardProcess>(folder, uint64_t{kCardBytes});
    ASSERT_TRUE(board->up());
    ASSERT_THAT(board->ask(R"({"do":"power","on":true})"), HasSubstr(R"("ok":true)"));
    probes::openocd::Config config;
    config.adapter = probes::openocd::virtual_buspirate((folder / "probe").string());
    config.idle_clocks = 0;
    config.log = folder / "openocd.log";
    auto started = probes::openocd::OpenOcd::start(config);
    ASSERT_TRUE(started) << started.error().what;
    openocd = *std::move(started);
  }
  void TearDown() override {
    openocd.reset();
    board.reset();
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }
  static constexpr size_t kCardBytes = 8u << 20;

  std::filesystem::path folder;
  hil::flash::Applets applets;
  std::unique_ptr<BoardProcess> board;
  std::unique_ptr<probes::openocd::OpenOcd> openocd;
};

size_t image_bytes() {
  const char* const wanted = std::getenv("FLASH_BYTES");
  return wanted ? std::strtoul(wanted, nullptr, 0) : 256 * 1024;
}

TEST_F(PrimePeer, ItsCardHoldsTheImageThatWasFlashed) {
  std::mt19937 random(2);
  std::vector<std::byte> image(image_bytes());
  for (std::byte& byte : image) byte = static_cast<std::byte>(random());
  const auto done = hil::flash::flash(*openocd, *board, applets, image);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->card_blocks, kCardBytes / 512);
  RecordProperty("write_kib_s", static_cast<int>(done->write_kib_s));
  RecordProperty("verify_kib_s", static_cast<int>(done->verify_kib_s));
  std::printf("write %.0f KiB/s, verify %.0f KiB/s\n", done->write_kib_s, done->verify_kib_s);

  const std::vector<std::byte> large(kCardBytes + 1);
  const auto refused = hil::flash::flash(*openocd, *board, applets, large);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("the card only " + std::to_string(kCardBytes / 512)));

  EXPECT_THAT(board->ask(R"({"do":"power","on":false})"), HasSubstr(R"("ok":true)"));
  std::ifstream card(folder / "emmc.img", std::ios::binary);
  std::vector<char> stored(image.size());
  ASSERT_TRUE(card.read(stored.data(), static_cast<std::streamsize>(stored.size())));
  EXPECT_TRUE(std::memcmp(stored.data(), image.data(), image.size()) == 0);
}

TEST_F(PrimePeer, ABoardThatLosesPowerIsReported) {
  board->ask(R"({"do":"power","on":false})");
  const std::vector<std::byte> image(512, std::byte{1});
  const auto done = hil::flash::flash(*openocd, *board, applets, image);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("cannot be stopped"));
}

}  // namespace
}  // namespace tests::peers
