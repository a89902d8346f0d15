// The far end is a pseudo terminal's master: what it writes arrives at the port.
#include "probes/console/serial.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace probes::console {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class SerialTest : public testing::Test {
 protected:
  SerialTest() {
    master_ = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master_);
    unlockpt(master_);
    device_ = ptsname(master_);
  }
  ~SerialTest() override { hang_up(); }

  void hang_up() {
    if (master_ >= 0) close(master_);
    master_ = -1;
  }
  void arrives(std::string_view bytes) {
    ASSERT_EQ(write(master_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  int master_ = -1;
  std::string device_;
};

TEST_F(SerialTest, EveryByteValueArrivesUnchanged) {
  auto port = *SerialPort::open(device_, 115200);
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  arrives(all);
  std::string got;
  while (got.size() < all.size()) {
    const Received received = *port->receive(2s);
    ASSERT_FALSE(received.chunks.empty());
    for (const Chunk& chunk : received.chunks) got += chunk.bytes;
  }
  EXPECT_EQ(got, all);
}

TEST_F(SerialTest, SendReachesTheOtherEndUnchanged) {
  auto port = *SerialPort::open(device_, 115200);
  ASSERT_TRUE(port->send("ping\r\n\x03"));
  char buffer[16];
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(read(master_, buffer, sizeof buffer))),
            "ping\r\n\x03");
}

TEST_F(SerialTest, SilenceEndsAtTheLimit) {
  auto port = *SerialPort::open(device_, 115200);
  const BoardTime begin = port->now();
  const Received received = *port->receive(50ms);
  EXPECT_TRUE(received.chunks.empty());
  EXPECT_TRUE(received.stalled.empty());
  EXPECT_GE(port->now() - begin, BoardTime(50ms));
}

TEST_F(SerialTest, StaleBytesFromBeforeAreThrownAway) {
  const int slave = ::open(device_.c_str(), O_RDWR | O_NOCTTY);
  arrives("stale\n");
  auto port = *SerialPort::open(device_, 115200);
  close(slave);
  EXPECT_TRUE(port->receive(20ms)->chunks.empty());
}

TEST_F(SerialTest, APulledAdapterIsNamed) {
  auto port = *SerialPort::open(device_, 115200);
  hang_up();
  const auto received = port->receive(2s);
  ASSERT_FALSE(received);
  EXPECT_THAT(received.error().what, HasSubstr("serial port " + device_ + " went away"));
}

TEST_F(SerialTest, OddRatesAndMissingDevicesAreRefusedWithARemedy) {
  EXPECT_THAT(SerialPort::open(device_, 12345).error().what, HasSubstr("115200 Bd is usual"));
  EXPECT_THAT(SerialPort::open("/dev/no-such-tty", 115200).error().what,
              HasSubstr("is the adapter plugged in?"));
}

}  // namespace
}  // namespace probes::console
