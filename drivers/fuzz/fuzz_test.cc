// Hostile software against the models of the system blocks: random loads and stores of every width,
// with the right keys often enough, clocks coming and going, resets at any moment. What must hold
// whatever is written: no crash, time moves on, and a reset leaves nothing behind.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/model/bench.h"
#include "drivers/aic/aic_model.h"
#include "drivers/chipid/chipid_model.h"
#include "drivers/l2cc/l2cc_model.h"
#include "drivers/matrix/matrix_model.h"
#include "drivers/pio/pio_model.h"
#include "drivers/pit/pit_model.h"
#include "drivers/pmc/pmc_model.h"
#include "drivers/rstc/rstc_model.h"
#include "drivers/sckc/sckc_model.h"
#include "drivers/sfr/sfr_model.h"
#include "drivers/shdwc/shdwc_model.h"
#include "drivers/tc/tc_model.h"
#include "drivers/trng/trng_model.h"
#include "drivers/uart/uart_model.h"
#include "drivers/wdt/wdt_model.h"

namespace drivers {
namespace {

using base::mmio::Model;
using base::model::Time;

/// A world that counts the events it fires, so that a model which keeps itself busy is caught.
class CountingWorld : public base::model::World {
 public:
  Time now() const override { return now_; }
  void advance(Time length) {
    const Time until = now_ + length;
    fire_until(until, [this](Time at) {
      ASSERT_GE(at, now_) << "an event in the past";
      now_ = at;
      ASSERT_LT(++fired_, kMost) << "events without end";
    });
    now_ = until;
    fired_ = 0;
  }

 private:
  static constexpr unsigned kMost = 20'000;
  Time now_ = 0;
  unsigned fired_ = 0;
};

/// The blocks wired as on the chip, in miniature.
struct Chip {
  CountingWorld world;
  base::model::Line irq, fiq, system, watchdog_fault, reset, redirected, shutdown;
  std::array<base::model::Line, 4> pio_lines;
  unsigned long transmitted = 0;

  sckc::SckcModel sckc{world};
  aic::InterruptControllers interrupts{irq, fiq};
  pmc::PmcModel pmc{world, sckc.slow(), interrupts.source(74)};
  rstc::RstcModel rstc{world, sckc.slow(), system, reset};
  shdwc::ShdwcModel shdwc{world, sckc.slow(), shutdown};
  wdt::WdtModel wdt{world, sckc.slow(), interrupts.source(4), watchdog_fault};
  pit::PitModel pit{world, pmc.h32mx(), interrupts.source(3)};
  tc::TcModel tc{world, pmc.peripheral(35), pmc.generic(35), sckc.slow(), interrupts.source(35)};
  uart::UartModel uart{world, pmc.peripheral(25), pmc.generic(25), interrupts.source(25),
                       [this](uint8_t) { ++transmitted; }};
  trng::TrngModel trng{world, pmc.peripheral(47), interrupts.source(47)};
  pio::PioModel pio{pmc.peripheral(18),
                    {&interrupts.source(18), &interrupts.source(68), &interrupts.source(69),
                     &interrupts.source(70)}};
  sfr::SfrModel sfr{redirected};
  matrix::MatrixModel matrix0{matrix::Kind::kMatrix0, security()};
  matrix::MatrixModel matrix1{matrix::Kind::kMatrix1, security()};
  l2cc::L2ccModel l2cc{world, pmc.cpu()};
  chipid::ChipidModel chipid;

  struct Window {
    Model* model;
    uint32_t size;
  };
  std::vector<Window> windows{
      {&sckc, 0x10},
      {&interrupts.aic, 0x100},
      {&interrupts.saic, 0x100},
      {&pmc, 0x160},
      {&rstc, 0x10},
      {&shdwc, 0x10},
      {&wdt, 0x10},
      {&pit, 0x10},
      {&tc, 0x100},
      {&uart, 0x100},
      {&trng, 0x100},
      {&pio, 0x600},
      {&sfr, 0x100},
      {&matrix0, 0x300},
      {&matrix1, 0x300},
      {&l2cc, 0x1000},
      {&chipid, 0x10},
  };

  Chip() {
    redirected.connect([this](bool level) { interrupts.set_redirected(level); });
    watchdog_fault.connect([this](bool level) {
      if (level) rstc.watchdog_fault();
    });
    reset.connect([this](bool level) {
      if (level) reset_all();
    });
  }
  matrix::MatrixModel::SecurityListener security() {
    return [this](unsigned pid, bool secure) { interrupts.set_secure(pid, secure); };
  }
  void reset_all() {
    pmc.reset();
    interrupts.reset();
    rstc.reset();
    wdt.reset();
    pit.reset();
    tc.reset();
    uart.reset();
    trng.reset();
    pio.reset();
    sfr.reset();
    matrix0.reset();
    matrix1.reset();
    l2cc.reset();
  }
};

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  /// Any word, but often a small one, a single bit, or one with some block's key in it.
  uint32_t word() {
    static constexpr uint32_t kKeys[] = {0xa500'0000, 0x0037'0000, 0x504d'4300, 0x4149'4300,
                                         0x5449'4d00, 0x5541'5200, 0x5049'4f00, 0x494f'4600,
                                         0x524e'4700, 0x4d41'5400};
    const auto any = static_cast<uint32_t>(random_());
    switch (below(6)) {
      case 0:
        return any;
      case 1:
        return any & 0xff;
      case 2:
        return 1u << any % 32;
      case 3:
        return ~0u;
      case 4:
        return kKeys[any % std::size(kKeys)] | any >> 24;
      default:
        return any & any << 7 & 0x3fff'ffff;
    }
  }
  Time length() { return Time{1} << below(34); }  // up to 17 ms

 private:
  std::mt19937_64 random_;
};

class Fuzz : public testing::TestWithParam<uint64_t> {};

TEST_P(Fuzz, NoAccessBreaksTheChip) {
  Chip chip;
  Dice dice(GetParam());
  for (int step = 0; step < 300'000 && !HasFatalFailure(); ++step) {
    const Chip::Window window =
        chip.windows[dice.below(static_cast<uint32_t>(chip.windows.size()))];
    const unsigned width = 1u << dice.below(3);
    // Most registers with behaviour stand at the front.
    const uint32_t reach = dice.one_in(2) ? std::min(window.size, 0x40u) : window.size;
    const uint32_t offset = dice.below(reach) & ~(width - 1);
    if (dice.one_in(2)) {
      const uint32_t value = window.model->load(offset, width);
      if (width < 4) ASSERT_EQ(value >> 8 * width, 0u);
    } else {
      window.model->store(offset, dice.word(), width);
    }
    switch (dice.below(40)) {
      case 0:
        chip.world.advance(dice.length());
        break;
      case 1:
        if (chip.uart.waiting() < 64) chip.uart.receive(static_cast<uint8_t>(dice.word()));
        break;
      case 2:
        if (chip.uart.waiting() < 64) chip.uart.receive_break();
        break;
      case 3:
        chip.pio.set_input(dice.below(4), dice.below(32),
                           dice.one_in(3) ? std::nullopt : std::optional(dice.one_in(2)));
        break;
      case 4:
        chip.wdt.set_idle(dice.one_in(2));
        break;
      case 5:
        chip.wdt.set_debug(dice.one_in(8));
        break;
      case 6:
        chip.interrupts.source(dice.below(128)).set(dice.one_in(2));
        break;
      case 7:
        chip.rstc.set_nrst(!dice.one_in(20));
        break;
      case 8:
        if (dice.one_in(50)) chip.reset_all();
        break;
      // Give the clocked blocks their clocks, else most of the time they would sleep.
      case 9:
        chip.pmc.store(0x10, 0x0204'0000, 4);
        break;
      case 10:
        chip.pmc.store(0x100, 0x0000'8008, 4);
        break;
      case 11:
        if (dice.one_in(20)) chip.pmc.store(0xe4, 0x504d'4300, 4);
        break;
      default:
        break;
    }
    ASSERT_GE(chip.pmc.cpu().hz(), 1u);
    ASSERT_LE(chip.interrupts.aic.nesting(), 8u);
    ASSERT_LE(chip.interrupts.saic.nesting(), 8u);
    ASSERT_GE(chip.world.next_due(), chip.world.now()) << "an event was armed for the past";
  }
  EXPECT_GT(chip.transmitted, 0u) << "the dice never got a byte through: the fuzzing is too weak";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Fuzz, testing::Range<uint64_t>(1, 9));

/// A model on clocks of its own that are always on, made as often as needed.
struct Subject {
  uint32_t size;
  std::function<std::unique_ptr<Model>(base::model::World&)> make;
  std::function<void(Model&)> reset;
};

base::model::FixedClock fast{82'000'000}, slow{32'768};
base::model::Line line_a, line_b;

template <class M, class... Arguments>
Subject subject(uint32_t size, Arguments&... arguments) {
  return {size,
          [&](base::model::World& world) -> std::unique_ptr<Model> {
            return std::make_unique<M>(world, arguments...);
          },
          [](Model& model) { static_cast<M&>(model).reset(); }};
}

std::map<std::string, Subject> subjects() {
  std::map<std::string, Subject> all;
  all["pmc"] = subject<pmc::PmcModel>(0x160, slow, line_a);
  all["wdt"] = subject<wdt::WdtModel>(0x10, slow, line_a, line_b);
  all["pit"] = subject<pit::PitModel>(0x10, fast, line_a);
  all["tc"] = subject<tc::TcModel>(0x100, fast, fast, slow, line_a);
  all["l2cc"] = subject<l2cc::L2ccModel>(0x1000, fast);
  all["uart"] = {0x100,
                 [](base::model::World& world) -> std::unique_ptr<Model> {
                   return std::make_unique<uart::UartModel>(world, fast, fast, line_a, nullptr);
                 },
                 [](Model& model) { static_cast<uart::UartModel&>(model).reset(); }};
  all["aic"] = {0x100,
                [](base::model::World&) -> std::unique_ptr<Model> {
                  return std::make_unique<aic::AicModel>(line_a, line_b);
                },
                [](Model& model) { static_cast<aic::AicModel&>(model).reset(); }};
  all["sfr"] = {0x100,
                [](base::model::World&) -> std::unique_ptr<Model> {
                  return std::make_unique<sfr::SfrModel>(line_a);
                },
                [](Model& model) { static_cast<sfr::SfrModel&>(model).reset(); }};
  all["matrix"] = {0x300,
                   [](base::model::World&) -> std::unique_ptr<Model> {
                     return std::make_unique<matrix::MatrixModel>(matrix::Kind::kMatrix1, nullptr);
                   },
                   [](Model& model) { static_cast<matrix::MatrixModel&>(model).reset(); }};
  all["pio"] = {0x600,
                [](base::model::World&) -> std::unique_ptr<Model> {
                  return std::make_unique<pio::PioModel>(
                      fast, std::array{&line_a, &line_a, &line_a, &line_a});
                },
                [](Model& model) { static_cast<pio::PioModel&>(model).reset(); }};
  return all;
}

TEST(FuzzReset, AfterAResetEveryRegisterReadsAsOnAFreshChip) {
  for (const auto& [name, subject] : subjects()) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      CountingWorld world;
      Dice dice(seed);
      const auto used = subject.make(world);
      for (int step = 0; step < 500; ++step) {
        const uint32_t offset = dice.below(subject.size) & ~3u;
        if (dice.one_in(4))
          (void)used->load(offset, 4);
        else
          used->store(offset, dice.word(), 4);
        if (dice.one_in(20)) world.advance(dice.length());
      }
      subject.reset(*used);
      line_a.set(false);
      const auto fresh = subject.make(world);
      for (uint32_t offset = 0; offset < subject.size; offset += 4)
        ASSERT_EQ(used->load(offset, 4), fresh->load(offset, 4))
            << name << " at 0x" << std::hex << offset << ", seed " << std::dec << seed;
    }
  }
}

TEST(FuzzDeterminism, EqualHistoriesReadEqualValues) {
  std::array<uint64_t, 2> digests{};
  for (uint64_t& digest : digests) {
    Chip chip;
    Dice dice(42);
    for (int step = 0; step < 30'000; ++step) {
      const Chip::Window window =
          chip.windows[dice.below(static_cast<uint32_t>(chip.windows.size()))];
      const uint32_t offset = dice.below(window.size) & ~3u;
      if (dice.one_in(2))
        digest = digest * 1'000'003 + window.model->load(offset, 4);
      else
        window.model->store(offset, dice.word(), 4);
      if (dice.one_in(20)) chip.world.advance(dice.length());
    }
  }
  EXPECT_EQ(digests[0], digests[1]);
}

}  // namespace
}  // namespace drivers
