#include "firmware/services/console/console.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <string>
#include <thread>

#include "firmware/runtime/loopback.h"

namespace services::console {
namespace {

using kernel::abi::Identity;
using Interface = interfaces::Console;

/// A line on which a character leaves when the test says so.
struct FakePort : Port {
  std::string sent;
  std::deque<char> leaving, arriving;
  size_t allowed = 0;  // characters that leave at the next interrupt

  void on_interrupt() override {
    for (; allowed > 0 && !leaving.empty(); --allowed) {
      sent += leaving.front();
      leaving.pop_front();
    }
  }
  size_t receive(std::span<char> out) override {
    size_t count = 0;
    while (count < out.size() && !arriving.empty()) {
      out[count++] = arriving.front();
      arriving.pop_front();
    }
    return count;
  }
  void send(std::span<const char> text) override {
    leaving.insert(leaving.end(), text.begin(), text.end());
    EXPECT_LE(leaving.size(), kMostPending);
  }
  size_t pending() const override { return leaving.size(); }
};

struct ConsoleTest : testing::Test {
  FakePort port;
  Console console{port};
  ipc::Loopback<Interface, Console> loopback{console};
  ipc::Client<Interface> one = loopback.client(Identity::make(1, 1));
  ipc::Client<Interface> two = loopback.client(Identity::make(2, 1));

  base::Result<void> write(ipc::Client<Interface>& client, std::string_view text) {
    static ipc::PageBuffer<char, 4096> buffer;
    std::copy(text.begin(), text.end(), buffer.items().begin());
    return client.call(Interface::Write{.text = {buffer, text.size()}});
  }
  void let_out(size_t count) {
    port.allowed = count;
    while (port.allowed > 0 && !port.leaving.empty()) console.on_interrupt();
  }
  void type(std::string_view keys) {
    port.arriving.insert(port.arriving.end(), keys.begin(), keys.end());
    console.on_interrupt();
  }
};

TEST_F(ConsoleTest, WhatIsWrittenGoesOut) {
  ASSERT_TRUE(write(one, "hello\n"));
  let_out(100);
  EXPECT_EQ(port.sent, "hello\r\n");
}

TEST_F(ConsoleTest, OnlyALittleIsGivenToTheHardwareAtATime) {
  ASSERT_TRUE(write(one, std::string(500, 'x')));
  EXPECT_LE(port.leaving.size(), Port::kMostPending);
  ASSERT_TRUE(write(two, "me too\n"));
  let_out(2000);
  EXPECT_EQ(port.sent, std::string(500, 'x') + "\r\nme too\r\n");
}

TEST_F(ConsoleTest, AReaderGetsTheLineThatIsTypedLater) {
  static ipc::PageBuffer<char, 120> line;
  uint32_t length = 0;
  std::thread reader([&] { length = one.call(Interface::ReadLine{.line = line})->length; });
  while (loopback.deferred() < 1) std::this_thread::yield();
  type("ping\r");
  reader.join();
  EXPECT_EQ(std::string_view(line.items().data(), length), "ping");
  let_out(100);
  EXPECT_EQ(port.sent, "ping\r\n");
}

TEST_F(ConsoleTest, LinesTypedBeforeAnybodyReadsWait) {
  type("a\nlonger\n");
  static ipc::PageBuffer<char, 3> line;
  EXPECT_EQ(one.call(Interface::ReadLine{.line = line})->length, 1u);
  EXPECT_EQ(two.call(Interface::ReadLine{.line = line})->length, 3u);
  EXPECT_EQ(std::string_view(line.items().data(), 3), "lon");
}

TEST_F(ConsoleTest, ReadersAreServedInTheOrderTheyCame) {
  static ipc::PageBuffer<char, 120> lines[3];
  std::array<std::string, 3> got;
  std::vector<std::thread> readers;
  for (size_t i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] {
      auto client = loopback.client();
      const uint32_t length = client.call(Interface::ReadLine{.line = lines[i]})->length;
      got[i] = std::string(lines[i].items().data(), length);
    });
    while (loopback.deferred() < i + 1) std::this_thread::yield();
  }
  type("x\ny\nz\n");
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(got, (std::array<std::string, 3>{"x", "y", "z"}));
}

TEST_F(ConsoleTest, AFlushReturnsWhenTheTextIsOut) {
  ASSERT_TRUE(one.call(Interface::Flush{}));
  ASSERT_TRUE(write(one, "text\n"));
  std::thread flusher([&] { EXPECT_TRUE(one.call(Interface::Flush{})); });
  while (loopback.deferred() < 1) std::this_thread::yield();
  let_out(5);
  EXPECT_EQ(loopback.deferred(), 1u);
  let_out(1);
  flusher.join();
}

TEST_F(ConsoleTest, AFloodingClientDoesNotKeepOthersFromBeingHeard) {
  std::atomic<bool> stop = false;
  std::thread flooder([&] {
    static ipc::PageBuffer<char, 4096> buffer;
    for (size_t i = 0; i < 4096; ++i) buffer.items()[i] = i % 8 == 7 ? '\n' : 'f';
    while (!stop)
      if (!one.call(Interface::Write{.text = buffer})) break;
  });
  while (loopback.deferred() < 1) std::this_thread::yield();
  ASSERT_TRUE(write(two, "heard\n"));
  let_out(100);
  stop = true;
  EXPECT_NE(port.sent.find("\r\nheard\r\n"), std::string::npos);
  while (loopback.deferred() > 0 || !port.leaving.empty()) let_out(4000);
  flooder.join();
}

TEST_F(ConsoleTest, TheKernelsLogWaitsForRoomAndLosesNothing) {
  std::string log;
  for (int i = 0; i < 1000; ++i) log += "kernel: line " + std::to_string(i) + "\n";
  std::thread reader([&] { console.print_log(log); });
  std::string expected;
  for (char c : log) expected += c == '\n' ? "\r\n" : std::string(1, c);
  while (port.sent.size() < expected.size()) let_out(500);
  reader.join();
  EXPECT_EQ(port.sent, expected);
}

}  // namespace
}  // namespace services::console
