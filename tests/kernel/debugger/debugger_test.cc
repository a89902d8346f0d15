// What a debugger finds in the virtual board while the kernel's suite runs: translation tables that
// give nobody more than was promised, no key holder's registers, no secret outside of the encrypted
// window.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>

#include "fixtures/board/base64.h"
#include "kernel/abi/layout.h"
#include "probes/openocd/openocd.h"
#include "tests/kernel/debugger/translation.h"
#include "tests/kernel/subject/actions.h"
#include "tests/peers/board_process.h"

namespace tests::kernel::debugger {
namespace {

using nlohmann::json;
using probes::openocd::OpenOcd;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr uint64_t kMillisecond = 1'000'000'000;  // ps
constexpr uint32_t kPage = 4096;
// The board: bringup/boards/prime.yaml, docs/virtual-board.md.
constexpr Ram kRam{.base = 0x2000'0000, .size = 0x0800'0000, .encrypted = 0x4000'0000};
// How the kernel sees it: docs/kernel.md, address map.
constexpr uint32_t kPlainWindow = 0xc000'0000;
constexpr uint32_t kSeed = 0x5eed'0001;  // of suite/stage.cc
constexpr uint32_t kLevelOne = 0x2000;   // bytes of a process's first-level table
constexpr unsigned kSlots = 256, kTables = 2048, kTableBytes = 1024;

#define OK(expression)                                                   \
  do {                                                                   \
    const auto& outcome = (expression);                                  \
    ASSERT_TRUE(outcome) << #expression << ": " << outcome.error().what; \
  } while (false)

std::vector<std::byte> contents(const std::filesystem::path& name) {
  std::ifstream file(name, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
  return {data, data + bytes.size()};
}

/// Little-endian words as bytes.
std::vector<std::byte> bytes_of(const std::vector<uint32_t>& words) {
  std::vector<std::byte> bytes(words.size() * 4);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}
size_t count(const std::vector<std::byte>& memory, const std::vector<std::byte>& wanted) {
  size_t found = 0;
  for (auto at = memory.begin();; ++at, ++found) {
    at = std::search(at, memory.end(), wanted.begin(), wanted.end());
    if (at == memory.end()) return found;
  }
}
using Pattern = std::array<uint32_t, 8>;
/// A secret of suite/stage.cc.
Pattern secret(uint32_t seed) {
  Pattern words;
  for (uint32_t i = 0; i < words.size(); ++i) words[i] = suite::pattern(seed, i);
  return words;
}
/// Four registers in a row, as they are saved.
Pattern saved_floats() {
  Pattern words;
  for (uint32_t i = 0; i < words.size(); ++i)
    words[i] = i % 2 ? kSeed : suite::float_pattern(kSeed, 8 + i / 2);
  return words;
}

/// Searches memory for eight words, on the core itself: through the probe that takes minutes.
/// r0 begin, r1 end, r2-r9 the words, r10 how often they were found.
constexpr uint32_t kSearch[] = {
    0xe490b004,  // 0: ldr r11, [r0], #4
    0xe15b0002,  //    cmp r11, r2
    0x0a000002,  //    beq 2f
    0xe1500001,  // 1: cmp r0, r1
    0x3afffffa,  //    blo 0b
    0xe1200070,  //    bkpt #0
    0xe8905800,  // 2: ldm r0, {r11, r12, lr}
    0xe15b0003,  //    cmp r11, r3
    0x015c0004,  //    cmpeq r12, r4
    0x015e0005,  //    cmpeq lr, r5
    0x1afffff7,  //    bne 1b
    0xe590b00c,  //    ldr r11, [r0, #12]
    0xe590c010,  //    ldr r12, [r0, #16]
    0xe590e014,  //    ldr lr, [r0, #20]
    0xe15b0006,  //    cmp r11, r6
    0x015c0007,  //    cmpeq r12, r7
    0x015e0008,  //    cmpeq lr, r8
    0x0590b018,  //    ldreq r11, [r0, #24]
    0x015b0009,  //    cmpeq r11, r9
    0x028aa001,  //    addeq r10, r10, #1
    0xeaffffed,  //    b 1b
};
constexpr uint32_t kSram = 0x0020'0000;  // where it runs

class DebuggerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v openocd >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "openocd is not installed";
    const std::filesystem::path images = IMAGES;
    for (const char* name : {"touchstone-kernel.img", "touchstone-kernel.sys"})
      if (!std::filesystem::exists(images / name))
        GTEST_SKIP() << name << " is not built: cmake --build --preset device -t images";
    image = Image::parse(contents(images / "touchstone-kernel.sys"));
    folder = std::filesystem::temp_directory_path() / ("debugger." + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(images / "touchstone-kernel.img", folder / "emmc.img");
    std::filesystem::resize_file(folder / "emmc.img", kCardBytes);
    board = std::make_unique<peers::BoardProcess>(folder, uint64_t{kCardBytes});
    ASSERT_TRUE(board->up());
    ask(json::object({{"do", "power"}, {"on", true}}));
    ASSERT_TRUE(says("suite: ready", 10'000)) << console;
    auto started = peers::open_probe(folder);
    ASSERT_TRUE(started) << started.error().what;
    openocd = *std::move(started);
  }
  void TearDown() override {
    openocd.reset();
    board.reset();
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }

  json ask(const json& request) { return json::parse(board->ask(request.dump()), nullptr, false); }
  void run(uint64_t picoseconds) {
    ask(json::object({{"do", "run"}, {"for_ps", picoseconds}, {"until", "time"}}));
    const json read = ask(json::object({{"do", "console_read"}}));
    for (const json& chunk : read["chunks"])
      console += fixtures::board::base64_decode(std::string(chunk["text_b64"])).value_or("?");
  }
  /// Lets the board run until a line with `text` is in `console`.
  bool says(const std::string& text, uint64_t milliseconds) {
    for (uint64_t passed = 0;; passed += 10) {
      const size_t at = console.find(text);
      if (at != std::string::npos && console.find('\n', at) != std::string::npos) return true;
      if (passed >= milliseconds) return false;
      run(10 * kMillisecond);
    }
  }
  void type(const std::string& text) {
    console.clear();
    ask(json::object(
        {{"do", "console_write"}, {"text_b64", fixtures::board::base64_encode(text)}}));
  }
  /// Has the suite set a scene, and stops the core. What it printed is in `console`.
  void stage(const std::string& scene) {
    type("stage " + scene + "\n");
    ASSERT_TRUE(says("suite: done", 2'000)) << console;
    ASSERT_THAT(console, testing::HasSubstr("suite: done, all passed"));
    halt();
  }
  void halt() { OK(openocd->halt()); }
  void resume() { OK(openocd->resume()); }
  /// Two numbers that the suite printed behind `what`.
  std::pair<uint32_t, uint32_t> place(const std::string& what) {
    std::smatch found;
    const std::regex line(what + " 0x([0-9a-f]{8}) 0x([0-9a-f]{8})");
    if (!std::regex_search(console, found, line)) return {};
    return {std::stoul(found[1], nullptr, 16), std::stoul(found[2], nullptr, 16)};
  }

  uint32_t cp15(const std::string& register_words) {
    const auto said = openocd->command("arm mrc 15 " + register_words);
    EXPECT_TRUE(said) << said.error().what;
    return said ? static_cast<uint32_t>(std::strtoul(said->c_str(), nullptr, 0)) : 0;
  }
  /// Physical memory, through the kernel's own window of it.
  std::vector<std::byte> memory(uint32_t window, uint32_t offset, size_t size) {
    auto bytes = openocd->read_memory(window + offset, size);
    EXPECT_TRUE(bytes) << bytes.error().what;
    return bytes ? *std::move(bytes) : std::vector<std::byte>(size);
  }
  std::vector<uint32_t> words(uint32_t physical, size_t count) {
    const auto bytes = memory(kPlainWindow, physical - kRam.base, count * 4);
    std::vector<uint32_t> words(count);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
  }

  /// How often `wanted` stands in [begin, begin + size) of physical memory. Nothing of the board's
  /// own runs afterwards.
  uint32_t found(const Pattern& wanted, uint32_t begin, uint32_t size) {
    const uint32_t control = cp15("0 1 0 0");
    // MMU and caches off: addresses are physical from here on.
    EXPECT_TRUE(
        openocd->command("arm mcr 15 0 1 0 0 " + std::to_string(control & ~uint32_t{0x1005})));
    EXPECT_TRUE(openocd->write_words(kSram, kSearch));
    const auto set = [this](int number, uint32_t value) {
      EXPECT_TRUE(openocd->set_reg("r" + std::to_string(number), value));
    };
    set(0, begin);
    set(1, begin + size - 28);  // the last place has eight words
    for (int i = 0; i < 8; ++i) set(2 + i, wanted[static_cast<size_t>(i)]);
    set(10, 0);
    EXPECT_TRUE(openocd->resume(kSram));
    EXPECT_TRUE(board->grant(std::chrono::seconds(60)));
    const auto stopped = openocd->wait_halted(120s);
    EXPECT_TRUE(stopped) << stopped.error().what;
    EXPECT_TRUE(board->grant(probes::BoardTime(0)));
    const auto end = openocd->reg("r0"), times = openocd->reg("r10");
    EXPECT_TRUE(end && times);
    if (!end || !times) return ~0u;
    EXPECT_EQ(*end, begin + size - 28);
    return *times;
  }

  static constexpr size_t kCardBytes = 16u << 20;
  std::filesystem::path folder;
  std::unique_ptr<peers::BoardProcess> board;
  std::unique_ptr<OpenOcd> openocd;
  std::string console;
  Image image;
};

/// All tables, as they are while the core stands.
class TablesTest : public DebuggerTest {
 protected:
  /// Checks them; `spaces` has each process that is looked at.
  void audit(State state) {
    // What the tables mean: TTBCR.N 1, so that TTBR0 walks the lower half; no access flag, no
    // remapping; domain 0 obeys the permissions, no other is open.
    EXPECT_EQ(cp15("0 2 0 2"), 1u);
    const uint32_t control = cp15("0 1 0 0");
    EXPECT_EQ(control & 0x3000'0001, 1u) << std::hex << control;
    EXPECT_EQ(cp15("0 3 0 0"), 1u);
    const auto read = [this](uint32_t physical, size_t count) { return words(physical, count); };

    const Walk kernel = walk(read, cp15("0 2 0 1") & ~0x3fffu, 2048, 4096);
    EXPECT_THAT(audit_kernel(kernel, kRam), IsEmpty());
    kernel_pages = kernel.pages.size();

    // The first-level tables stand one behind the other, by process.
    const uint32_t slot = cp15("0 13 0 1") & 0xff;
    const uint32_t first_table = (cp15("0 2 0 0") & ~(kLevelOne - 1)) - slot * kLevelOne;
    if (tables != 0) EXPECT_EQ(first_table, tables) << "of process " << slot;
    tables = first_table;
    spaces.clear();
    user_pages = 0;
    for (size_t i = 0; i < image.processes.size(); ++i) {
      if (image.processes[i].flags & ::kernel::abi::kProcessLater) continue;
      const Walk half = walk(read, tables + (i + 1) * kLevelOne, 0, 2048);
      EXPECT_THAT(audit_process(half, image, i, state, kRam), IsEmpty()) << image.name(i);
      user_pages += half.pages.size();
      spaces[i] = half;
    }
    EXPECT_THAT(audit_sharing(spaces, kRam, tables + kSlots * kLevelOne + kTables * kTableBytes),
                IsEmpty());
  }

  size_t process(const std::string& name) const {
    for (size_t i = 0; i < image.processes.size(); ++i)
      if (image.name(i) == name) return i;
    return image.processes.size();
  }
  const Mapping* page(const std::string& name, uint32_t address) const {
    const auto space = spaces.find(process(name));
    if (space == spaces.end()) return nullptr;
    for (const Mapping& page : space->second.pages)
      if (page.address == address) return &page;
    return nullptr;
  }
  /// Pages of the subjects that are on loan for writing, and those whose address is among loans'.
  std::pair<size_t, size_t> on_loan_and_borrowed() const {
    size_t lent = 0, borrowed = 0;
    for (const auto& [process, half] : spaces) {
      if (!image.name(process).starts_with("subject")) continue;
      for (const Mapping& page : half.pages) {
        lent += !page.valid;
        borrowed +=
            page.address >= ::kernel::abi::kLoanBase && page.address < ::kernel::abi::kLoanEnd;
      }
    }
    return {lent, borrowed};
  }

  std::map<size_t, Walk> spaces;
  uint32_t tables = 0;
  size_t kernel_pages = 0, user_pages = 0;
};

TEST_F(TablesTest, GiveNobodyMoreThanWasPromisedAroundALoan) {
  halt();
  audit(State::kWhole);
  EXPECT_EQ(on_loan_and_borrowed(), std::pair(size_t{0}, size_t{0}));
  std::printf("%zu pages of the kernel's, %zu of %zu processes; all others of %zu are empty\n",
              kernel_pages, user_pages, spaces.size(), (spaces.size() + 1) * (size_t{1} << 19));
  resume();

  for (const bool mutably : {false, true}) {
    stage(mutably ? "lend-mutably" : "lend");
    const auto [lent, lent_end] = place("lender's");
    const auto [there, there_end] = place("borrower's");
    ASSERT_EQ(lent_end - lent, suite::kBufferPages * kPage) << console;
    ASSERT_EQ(there_end - there, suite::kBufferPages * kPage) << console;
    audit(State::kWhole);
    EXPECT_EQ(on_loan_and_borrowed(),
              std::pair(size_t{mutably ? suite::kBufferPages : 0}, size_t{suite::kBufferPages}));
    const Rights gone{}, reads{.read = true}, writes{.read = true, .write = true};
    for (uint32_t at = 0; at < lent_end - lent; at += kPage) {
      const Mapping *mine = page("subject1", lent + at), *its = page("subject2", there + at);
      ASSERT_TRUE(mine && its);
      EXPECT_EQ(mine->user, mutably ? gone : reads);
      EXPECT_EQ(mine->valid, !mutably);
      EXPECT_EQ(its->user, mutably ? writes : reads);
      EXPECT_EQ(mine->physical, its->physical);
    }
    for (const uint32_t around : {there - kPage, there_end})
      EXPECT_EQ(page("subject2", around), nullptr);
    resume();

    stage("give-back");
    audit(State::kWhole);
    EXPECT_EQ(on_loan_and_borrowed(), std::pair(size_t{0}, size_t{0}));
    for (uint32_t at = 0; at < lent_end - lent; at += kPage) {
      const Mapping* mine = page("subject1", lent + at);
      ASSERT_TRUE(mine);
      EXPECT_EQ(mine->user, writes);
      EXPECT_EQ(page("subject2", there + at), nullptr);
    }
    resume();
  }
}

TEST_F(TablesTest, GiveNobodyMoreThanWasPromisedInTheMiddleOfAnything) {
  constexpr uint32_t kUser = 0x10, kMode = 0x1f;
  constexpr int kLooks = 12;
  type("chaos 200000\n");
  int looks = 0;
  for (int i = 0; i < 400 && looks < kLooks; ++i) {
    run((2 + i % 5) * kMillisecond + i * kMillisecond / 10);
    if (console.find("suite: done") != std::string::npos) break;
    halt();
    // While the kernel is at it, it may be half done; a process sees what it has finished.
    const auto status = openocd->reg("cpsr");
    ASSERT_TRUE(status);
    if ((*status & kMode) == kUser) {
      audit(State::kAny);
      ++looks;
    }
    resume();
  }
  EXPECT_EQ(looks, kLooks) << console;
}

class RegistersTest : public DebuggerTest {
 protected:
  static constexpr uint32_t kEnable = 0x4000'0000;  // FPEXC.EN

  static constexpr unsigned kCount = 31;  // OpenOCD has no name for d31

  /// d0 to d30 of the core.
  std::vector<uint32_t> floats() {
    const auto old = openocd->command("arm mrc 10 7 8 0 0");
    EXPECT_TRUE(old);
    EXPECT_TRUE(openocd->command("arm mcr 10 7 8 0 0 " + std::to_string(kEnable)));
    std::vector<uint32_t> words;
    for (unsigned i = 0; i < kCount; ++i) {
      const auto said = openocd->command("reg d" + std::to_string(i) + " force");
      EXPECT_TRUE(said) << said.error().what;
      const size_t at = said ? said->rfind("0x") : std::string::npos;
      EXPECT_NE(at, std::string::npos);
      if (at == std::string::npos) return {};
      const uint64_t value = std::strtoull(said->c_str() + at, nullptr, 16);
      words.push_back(static_cast<uint32_t>(value));
      words.push_back(static_cast<uint32_t>(value >> 32));
    }
    if (old) EXPECT_TRUE(openocd->command("arm mcr 10 7 8 0 0 " + *old));
    return words;
  }
  static size_t of_pattern(const std::vector<uint32_t>& words) {
    size_t found = 0;
    for (size_t i = 0; i < words.size(); ++i)
      found +=
          words[i] == (i % 2 ? kSeed : suite::float_pattern(kSeed, static_cast<uint32_t>(i / 2)));
    return found;
  }
  /// How often the registers stand in the kernel's memory. Its stack has a hole below it.
  size_t copies() {
    const auto read = [this](uint32_t physical, size_t count) { return words(physical, count); };
    const Walk kernel = walk(read, cp15("0 2 0 1") & ~0x3fffu, 0xc00, 0xc03);
    const auto saved = saved_floats();
    const auto pattern = bytes_of({saved.begin(), saved.end()});
    size_t found =
        count(memory(kPlainWindow, image.header.pools_offset, image.header.pools_size), pattern);
    for (size_t i = 0; i < kernel.pages.size();) {
      const uint32_t begin = kernel.pages[i].address;
      uint32_t end = begin;
      while (i < kernel.pages.size() && kernel.pages[i].address == end) ++i, end += kPage;
      const uint32_t last = kPlainWindow + image.header.kernel_offset + image.header.kernel_memory;
      if (begin >= last) break;
      found += count(memory(begin, 0, std::min(end, last) - begin), pattern);
    }
    return found;
  }
};

TEST_F(RegistersTest, OfAKeyHolderAreZerosWhileAnotherRunsAndNoCopyOutlivesIt) {
  // Anybody else's stay in the core until somebody needs it: so what is looked for would be seen.
  stage("floats");
  EXPECT_EQ(of_pattern(floats()), 2 * kCount);
  EXPECT_EQ(copies(), 0u);
  resume();
  stage("keys");
  const std::vector<uint32_t> now = floats();
  EXPECT_EQ(std::ranges::count(now, 0u), 2 * kCount);
  EXPECT_EQ(copies(), 2u) << "the holder's, for when it runs again, and the other's";
  resume();
  stage("end-keys");
  EXPECT_EQ(of_pattern(floats()), 0u);
  EXPECT_EQ(copies(), 1u) << "only the other's is left";
  EXPECT_EQ(found(saved_floats(), kRam.base, kRam.size), 1u) << "in all of the memory";
}

class SecretTest : public DebuggerTest {};

TEST_F(SecretTest, OfAProcessIsFoundThroughTheEncryptedWindowOnly) {
  stage("secret");
  resume();
  stage("dma");
  EXPECT_EQ(found(secret(kSeed), kRam.base, kRam.size), 0u);
  EXPECT_EQ(found(secret(kSeed), kRam.encrypted, kRam.size), 1u);
  // What a device is to reach is as it is.
  EXPECT_EQ(found(secret(kSeed + 1), kRam.base, kRam.size), 1u);
}

}  // namespace
}  // namespace tests::kernel::debugger
