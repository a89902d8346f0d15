#include "drivers/uart/uart.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/model/bench.h"
#include "drivers/uart/uart_model.h"

namespace drivers::uart {
namespace {

using base::Code;
using base::mmio::Block;
using base::mmio::Region;
using base::mmio::Value;
using base::model::kMicrosecond;
using base::model::kMillisecond;
using base::model::kSecond;
using base::model::Time;

constexpr uint32_t kHz = 82'000'000;
constexpr uint32_t kBaud = 115'200;

struct UartTest : testing::Test {
  base::model::ManualWorld world;
  base::model::ManualClock bus{kHz}, generic{0};
  base::model::Line interrupt;
  std::string sent;
  std::vector<Time> times;
  UartModel model{world, bus, generic, interrupt, [this](uint8_t byte) {
                    sent += static_cast<char>(byte);
                    times.push_back(world.now());
                  }};
  Block<Regs> regs{Region(model)};
  base::model::SteppingClock clock{world};
  PolledUart uart{regs, clock};

  void SetUp() override { ASSERT_TRUE(configure(regs, kHz, kBaud)); }
  bool status(auto field) { return regs.read<Regs::Sr>().has(field); }
  /// One frame as the UART paces it: 10 bits of 16 * 44 cycles.
  static constexpr Time kFrame = 10 * base::model::cycles_to_time(16 * 44, kHz);
};

TEST_F(UartTest, TextLeavesWholeAndAtTheLinesPace) {
  ASSERT_TRUE(uart.write("hello, world"));
  ASSERT_TRUE(uart.drain());
  EXPECT_EQ(sent, "hello, world");
  for (size_t i = 1; i < times.size(); ++i) EXPECT_EQ(times[i] - times[i - 1], kFrame);
}

TEST_F(UartTest, AByteAppearsAtTheEndOfItsStopBit) {
  const Time start = world.now();
  regs.write(Regs::Thr::kCharacter('A'));
  world.advance(kFrame - kMicrosecond);
  EXPECT_EQ(sent, "");
  EXPECT_FALSE(status(Regs::Sr::kTransmitEmpty));
  EXPECT_TRUE(status(Regs::Sr::kTransmitReady)) << "the holding register is free meanwhile";
  world.advance(kMicrosecond);
  EXPECT_EQ(times.at(0) - start, kFrame);
  EXPECT_TRUE(status(Regs::Sr::kTransmitEmpty));
}

TEST_F(UartTest, WritingWithoutWaitingLosesTheByteThatWaited) {
  regs.write(Regs::Thr::kCharacter('a'));
  regs.write(Regs::Thr::kCharacter('b'));
  regs.write(Regs::Thr::kCharacter('c'));
  world.advance(kSecond);
  EXPECT_EQ(sent, "ac");
}

TEST_F(UartTest, WithoutAClockTheDriverTimesOut) {
  bus.set(0);
  EXPECT_EQ(uart.put('x').error().code(), Code::kTimeout);
  EXPECT_EQ(uart.drain().error().code(), Code::kTimeout);
}

TEST_F(UartTest, ReceivedBytesArriveOneFrameApart) {
  for (const char c : {'a', 'b'}) model.receive(static_cast<uint8_t>(c));
  EXPECT_EQ(uart.get(), std::nullopt);
  world.advance(kSecond * 10 / kBaud + kMicrosecond);
  EXPECT_EQ(uart.get(), 'a');
  EXPECT_EQ(uart.get(), std::nullopt);
  world.advance(kSecond * 10 / kBaud + kMicrosecond);
  EXPECT_EQ(uart.get(), 'b');
}

TEST_F(UartTest, AnUnreadByteIsOverrun) {
  model.receive('a');
  model.receive('b');
  world.advance(kMillisecond);
  EXPECT_TRUE(status(Regs::Sr::kOverrun));
  EXPECT_EQ(uart.get(), 'b');
  EXPECT_TRUE(status(Regs::Sr::kOverrun)) << "only RSTSTA clears it";
  regs.write(Regs::Cr::kResetStatus(true));
  EXPECT_FALSE(status(Regs::Sr::kOverrun));
}

TEST_F(UartTest, ABreakIsAFramingError) {
  model.receive_break();
  world.advance(kMillisecond);
  EXPECT_TRUE(status(Regs::Sr::kFraming));
  EXPECT_EQ(uart.get(), 0);
}

TEST_F(UartTest, BytesForAReceiverThatIsOffAreLost) {
  regs.write(Regs::Cr::kReceiverDisable(true));
  model.receive('a');
  world.advance(kMillisecond);
  regs.write(Regs::Cr::kReceiverEnable(true));
  model.receive('b');
  world.advance(kMillisecond);
  EXPECT_EQ(uart.get(), 'b');
  EXPECT_EQ(uart.get(), std::nullopt);
}

TEST_F(UartTest, AWrongRateGarblesBothDirections) {
  ASSERT_TRUE(configure(regs, kHz, kBaud / 2));
  ASSERT_TRUE(uart.write("UUUU"));
  ASSERT_TRUE(uart.drain());
  EXPECT_NE(sent, "UUUU");
  model.receive('U');
  world.advance(kMillisecond);
  EXPECT_NE(uart.get(), 'U');
}

TEST_F(UartTest, TwoPercentOffIsReadCorrectly) {
  ASSERT_TRUE(configure(regs, kHz, kBaud * 102 / 100));
  ASSERT_TRUE(uart.write("the quick brown fox"));
  ASSERT_TRUE(uart.drain());
  EXPECT_EQ(sent, "the quick brown fox");
  for (int byte = 0; byte < 256; ++byte) {
    model.receive(static_cast<uint8_t>(byte));
    world.advance(kMillisecond);
    EXPECT_EQ(uart.get(), byte);
  }
  EXPECT_FALSE(status(Regs::Sr::kFraming));
}

TEST_F(UartTest, AWireWithoutItsOwnRateFollowsTheUart) {
  model.set_wire({.baud = 0});
  ASSERT_TRUE(configure(regs, kHz, 9600));
  regs.write(Regs::Mr::kParity(Regs::Mr::Parity::kEven));
  ASSERT_TRUE(uart.write("slow"));
  ASSERT_TRUE(uart.drain());
  EXPECT_EQ(sent, "slow");
  model.receive('x');
  world.advance(2 * kMillisecond);
  EXPECT_EQ(uart.get(), 'x');
  EXPECT_FALSE(status(Regs::Sr::kParity));
}

TEST_F(UartTest, A8N1SenderFailsTheParityCheck) {
  regs.write(Regs::Mr::kParity(Regs::Mr::Parity::kEven));
  model.receive('A');  // two ones: the parity bit would be 0, the stop bit is 1
  world.advance(kMillisecond);
  EXPECT_TRUE(status(Regs::Sr::kParity));
}

TEST_F(UartTest, LocalLoopbackStaysInside) {
  regs.write(Regs::Mr::kParity(Regs::Mr::Parity::kNone) |
             Regs::Mr::kChannel(Regs::Mr::Channel::kLocalLoop));
  ASSERT_TRUE(uart.put('L'));
  ASSERT_TRUE(uart.drain());
  EXPECT_EQ(uart.get(), 'L');
  EXPECT_EQ(sent, "");
}

TEST_F(UartTest, EchoAnswersEveryByte) {
  regs.write(Regs::Mr::kParity(Regs::Mr::Parity::kNone) |
             Regs::Mr::kChannel(Regs::Mr::Channel::kEcho));
  model.receive('e');
  world.advance(kMillisecond);
  EXPECT_EQ(sent, "e");
  EXPECT_EQ(uart.get(), 'e');
}

TEST_F(UartTest, SilenceAfterACharacterTimesOut) {
  regs.write(Regs::Rtor::kBits(20));
  regs.write(Regs::Cr::kStartTimeOut(true));
  world.advance(kSecond);
  EXPECT_FALSE(status(Regs::Sr::kTimeOut)) << "the line has been silent, but nothing began";
  model.receive('a');
  world.advance(kSecond * 11 / kBaud);
  EXPECT_FALSE(status(Regs::Sr::kTimeOut));
  world.advance(kSecond * 20 / kBaud);
  EXPECT_TRUE(status(Regs::Sr::kTimeOut));
  regs.write(Regs::Cr::kRearmTimeOut(true));
  EXPECT_FALSE(status(Regs::Sr::kTimeOut));
}

TEST_F(UartTest, ComparisonCanWaitForItsCharacter) {
  regs.write(Regs::Cmpr::kFrom('s') | Regs::Cmpr::kTo('t') | Regs::Cmpr::kStartReception(true));
  for (const char c : {'a', 't', 'b'}) {
    model.receive(static_cast<uint8_t>(c));
    world.advance(kMillisecond);
    EXPECT_EQ(uart.get(), c == 'a' ? std::nullopt : std::optional<uint8_t>(c));
  }
  EXPECT_TRUE(status(Regs::Sr::kCompared));
}

TEST_F(UartTest, ConfigureRefusesARateItCannotReach) {
  EXPECT_EQ(configure(regs, kHz, 0).error().code(), Code::kInvalid);
  EXPECT_EQ(configure(regs, kHz, 4'000'000).error().code(), Code::kInvalid);
  EXPECT_EQ(configure(regs, kHz, 50).error().code(), Code::kInvalid);
  EXPECT_EQ(configure(regs, kHz, 921'600).error().code(), Code::kInvalid) << "7 % off";
  EXPECT_TRUE(configure(regs, kHz, 1'000'000));
}

TEST_F(UartTest, WriteProtectionKeepsTheRate) {
  regs.write(Regs::Wpmr::kKey(Regs::Wpmr::kPassword) | Regs::Wpmr::kEnable(true));
  regs.write(Regs::Brgr::kDivisor(1));
  EXPECT_EQ(regs.read<Regs::Brgr>().bits, 44u);
}

struct BufferedUartTest : UartTest {
  std::unique_ptr<BufferedUart> buffered;
  void SetUp() override {
    UartTest::SetUp();
    buffered = std::make_unique<BufferedUart>(regs);
    serve = [this](bool) {
      for (int i = 0; interrupt.level() && i < 10; ++i) buffered->on_interrupt();
    };
    interrupt.connect(serve);
  }
  std::function<void(bool)> serve;
  static std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
  }
};

TEST_F(BufferedUartTest, SendsWhatItWasGivenWithoutWaiting) {
  const Time start = world.now();
  EXPECT_EQ(buffered->write(bytes("buffered text")), 13u);
  EXPECT_EQ(world.now(), start);
  world.advance(13 * kFrame + kMillisecond);
  EXPECT_EQ(sent, "buffered text");
  EXPECT_FALSE(interrupt.level()) << "an empty buffer is no reason to interrupt";
  EXPECT_EQ(regs.read<Regs::Imr>().bits, Regs::Sr::kReceived.kMask);
}

TEST_F(BufferedUartTest, TakesOnlyWhatFits) {
  const std::string much(3000, 'm');
  const size_t taken = buffered->write(bytes(much));
  EXPECT_GE(taken, BufferedUart::kTransmitSize);
  EXPECT_LT(taken, much.size());
  world.advance(kSecond);
  EXPECT_EQ(sent.size(), taken);
}

TEST_F(BufferedUartTest, KeepsWhatArrivesUntilItIsRead) {
  for (const char c : std::string_view("typed")) model.receive(static_cast<uint8_t>(c));
  world.advance(kMillisecond);
  std::byte out[16];
  ASSERT_EQ(buffered->read(out), 5u);
  EXPECT_EQ(std::string(reinterpret_cast<char*>(out), 5), "typed");
}

TEST_F(BufferedUartTest, CountsWhatItHadToDrop) {
  for (size_t i = 0; i < BufferedUart::kReceiveSize + 7; ++i) model.receive('x');
  world.advance(kSecond);
  EXPECT_EQ(buffered->received(), BufferedUart::kReceiveSize);
  EXPECT_EQ(buffered->take_errors().discarded, 7u);
  EXPECT_EQ(buffered->take_errors().discarded, 0u);
}

TEST_F(BufferedUartTest, ALateOwnerLearnsOfTheOverrun) {
  interrupt.connect({});
  model.receive('a');
  model.receive('b');
  world.advance(kMillisecond);
  buffered->on_interrupt();
  EXPECT_EQ(buffered->take_errors().overrun, 1u);
  EXPECT_FALSE(status(Regs::Sr::kOverrun));
}

}  // namespace
}  // namespace drivers::uart
