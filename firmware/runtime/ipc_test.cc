#include "firmware/runtime/ipc.h"

#include <gtest/gtest.h>

#include <deque>
#include <numeric>
#include <thread>
#include <vector>

#include "firmware/runtime/loopback.h"

namespace ipc {
namespace {

enum class Colour : uint32_t { kRed, kGreen, kCount };

struct Store {
  static constexpr std::string_view kName = "test/store";
  struct Put {
    static constexpr Method kMethod{.opcode = 1, .name = "put"};
    struct Reply {
      uint64_t sum = 0;
      uint8_t colour = 0;
    };
    uint8_t small = 0;
    Choice<Colour> colour{};
    uint64_t large = 0;
    std::array<uint16_t, 3> three{};
  };
  struct Read {
    static constexpr Method kMethod{.opcode = 2, .name = "read"};
    using Reply = void;
    uint32_t value = 0;
    LendMut<uint32_t> into{};
    uint32_t step = 0;
  };
  struct Sum {
    static constexpr Method kMethod{.opcode = 63, .name = "sum_8"};
    struct Reply {
      uint32_t sum = 0;
    };
    Lend<uint32_t> from{};
  };
  struct Wait {
    static constexpr Method kMethod{.opcode = 5, .name = "wait"};
    struct Reply {
      uint32_t order = 0;
    };
  };
  using Methods = ipc::Methods<Put, Read, Sum, Wait>;
};

struct Server {
  std::deque<Promise<Store::Wait>> waiting;
  std::vector<Caller> callers;
  uint32_t notifications = 0;

  base::Result<Store::Put::Reply> handle(const Store::Put& put, Caller caller) {
    callers.push_back(caller);
    const Colour colour = TRY(put.colour.open());
    return Store::Put::Reply{
        .sum = put.small + put.large + put.three[0] + put.three[1] + put.three[2],
        .colour = static_cast<uint8_t>(colour)};
  }
  base::Result<void> handle(const Store::Read& read, Caller) {
    uint32_t value = read.value;
    for (uint32_t& word : read.into.view()) word = value, value += read.step;
    return {};
  }
  base::Result<Store::Sum::Reply> handle(const Store::Sum& sum, Caller) {
    const auto view = sum.from.view();
    return Store::Sum::Reply{.sum = std::accumulate(view.begin(), view.end(), 0u)};
  }
  void handle(const Store::Wait&, Caller, Promise<Store::Wait> promise) {
    waiting.push_back(std::move(promise));
  }
  void notified(uint32_t bits) { notifications |= bits; }
};

struct IpcTest : testing::Test {
  Server server;
  Loopback<Store, Server> loopback{server};
  Client<Store> client = loopback.client(kernel::abi::Identity::make(3, 9));
};

TEST_F(IpcTest, MembersOfEverySizeArriveAndReturn) {
  auto reply = client.call(
      Store::Put{.small = 5, .colour = Colour::kGreen, .large = 1ull << 40, .three = {1, 2, 3}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->sum, (1ull << 40) + 11);
  EXPECT_EQ(reply->colour, 1);
  EXPECT_EQ(server.callers.at(0).identity, kernel::abi::Identity::make(3, 9));
}

TEST_F(IpcTest, AnEnumValueThatThereIsNotIsRefused) {
  Store::Put put;
  put.colour.raw = 2;
  EXPECT_EQ(client.call(put).error().code(), base::Code::kInvalid);
}

TEST_F(IpcTest, LentMemoryIsReadAndWrittenInPlace) {
  static PageBuffer<uint32_t, 1500> buffer;
  ASSERT_TRUE(client.call(Store::Read{.value = 10, .into = {buffer, 3}, .step = 2}));
  EXPECT_EQ(buffer.items()[2], 14u);
  EXPECT_EQ(buffer.items()[3], 0u);
  EXPECT_EQ(client.call(Store::Sum{.from = buffer})->sum, 36u);
  EXPECT_EQ(client.call(Store::Sum{.from = {buffer, 2}})->sum, 22u);
}

TEST_F(IpcTest, PageBuffersOwnTheirPages) {
  static PageBuffer<char, 5> small;
  static PageBuffer<char, 4097> large;
  static_assert(sizeof small == 4096 && sizeof large == 8192);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(&small) % 4096, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(&large) % 4096, 0u);
}

TEST_F(IpcTest, AnEmptyLoanIsRefusedBeforeItLeaves) {
  EXPECT_EQ(client.call(Store::Sum{}).error().code(), base::Code::kInvalid);
}

TEST_F(IpcTest, LendingMoreThanThereIsTraps) {
  static PageBuffer<char, 5> buffer;
  EXPECT_DEATH((Lend<char>{buffer, 6}), "");
}

TEST_F(IpcTest, WordsTravelWhereTheDeclarationPutsThem) {
  Words words;
  Range memory;
  static PageBuffer<uint32_t, 4> buffer;
  wire::encode(Store::Read{.value = 7, .into = buffer, .step = 9}, words, memory);
  EXPECT_EQ(words, (Words{0, 0, 7, 9}));
  EXPECT_EQ(memory.bytes, 16u);
  wire::encode(Store::Put{.small = 1, .colour = Colour::kGreen, .large = 3, .three = {4, 5, 6}},
               words, memory);
  EXPECT_EQ(words, (Words{1, 1, 3, 0, 0x00050004, 6}));
}

TEST_F(IpcTest, HostileMessagesReachNoHandler) {
  using kernel::abi::Info;
  alignas(8) std::byte page[16] = {};
  const Message messages[] = {
      {.info = Info::make(Kind::kCall, 0)},
      {.info = Info::make(Kind::kCall, 4)},
      {.info = Info::make(Kind::kCall, 63)},     // sum wants a loan
      {.info = Info::make(Kind::kLendMut, 63)},  // not of this kind
      {.info = Info::make(Kind::kLend, 2)},      // read wants to write
      {.info = Info::make(Kind::kLend, 1), .memory = {page, 16}},
      {.info = Info::make(Kind::kLend, 63), .memory = {page, 7}},  // no whole number of words
      {.info = Info::make(Kind::kLend, 63), .memory = {page, 0}},
      {.info = {0xffff'ffff}},
  };
  for (const Message& message : messages)
    EXPECT_EQ(loopback.send_raw(message).error.code(), base::Code::kInvalid) << message.info.bits;
  EXPECT_TRUE(server.callers.empty());
}

TEST_F(IpcTest, AnswersMayComeLaterAndInAnotherOrder) {
  std::array<uint32_t, 2> order{};
  auto wait = [&](size_t i) { order[i] = client.call(Store::Wait{})->order; };
  std::thread first(wait, 0);
  while (loopback.deferred() < 1) std::this_thread::yield();
  std::thread second(wait, 1);
  while (loopback.deferred() < 2) std::this_thread::yield();
  EXPECT_TRUE(server.waiting.back().keep(Store::Wait::Reply{.order = 1}));
  second.join();
  EXPECT_TRUE(server.waiting.front().keep(Store::Wait::Reply{.order = 2}));
  first.join();
  EXPECT_EQ(order, (std::array<uint32_t, 2>{2, 1}));
}

TEST_F(IpcTest, ACallMayBeGivenUp) {
  EXPECT_EQ(client.call(Store::Wait{}, Within{std::chrono::milliseconds(1)}).error().code(),
            base::Code::kTimeout);
  // The answer comes too late, which is no fault of the server's.
  EXPECT_EQ(server.waiting.front().keep(Store::Wait::Reply{}).error().code(),
            base::Code::kNotFound);
  auto reply = client.call(Store::Put{.small = 5}, Within{std::chrono::seconds(1)});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->sum, 5u);
  EXPECT_EQ(client.call(Store::Sum{}, Within{}).error().code(), base::Code::kInvalid);
}

TEST_F(IpcTest, NotificationsReachTheServersWord) {
  EXPECT_TRUE(client.notify(0x11));
  EXPECT_TRUE(client.notify(0x100));
  EXPECT_EQ(server.notifications, 0x111u);
}

TEST_F(IpcTest, ABrokenPromiseAnswersInternal) {
  std::thread caller(
      [&] { EXPECT_EQ(client.call(Store::Wait{}).error().code(), base::Code::kInternal); });
  while (loopback.deferred() < 1) std::this_thread::yield();
  server.waiting.clear();
  caller.join();
}

TEST_F(IpcTest, APromiseIsKeptOnce) {
  std::thread caller([&] { (void)client.call(Store::Wait{}); });
  while (loopback.deferred() < 1) std::this_thread::yield();
  EXPECT_TRUE(server.waiting.front().keep(Store::Wait::Reply{}));
  caller.join();
  EXPECT_DEATH((void)server.waiting.front().keep(Store::Wait::Reply{}), "");
}

struct ScriptedPort : Exchange {
  std::deque<Message> in;
  std::vector<std::string> log;

  base::Error receive(Message& message) {
    log.push_back("receive");
    if (in.empty()) return FAIL(kNotFound);
    message = in.front();
    in.pop_front();
    return {};
  }
  /// Nothing waits within an odd number of microseconds.
  base::Error receive(Message& message, Within within) {
    log.push_back("within " + std::to_string(within.limit.count()));
    if (within.limit.count() % 2) return FAIL(kTimeout);
    return receive(message);
  }
  base::Error reply_receive(kernel::abi::ReplyToken token, const Answer& answer, Message& message) {
    log.push_back("reply " + std::to_string(token.bits) + " code " +
                  std::to_string(answer.error.word & 0xff));
    return receive(message);
  }
  ReplyPort reply_port() { return ReplyPort(*this); }
  Answer call(const Message&) override { return {}; }
  Answer call(const Message&, Within) override { return {}; }
  base::Result<void> notify(uint32_t) override { return {}; }
  base::Result<void> reply(kernel::abi::ReplyToken token, const Answer&) override {
    log.push_back("later " + std::to_string(token.bits));
    return {};
  }
  void give_up(const Range& pages) override {
    log.push_back("gave up " + std::to_string(pages.bytes));
  }
};

TEST(Serve, PagesThatNobodyAskedForAreGivenUp) {
  using kernel::abi::Info;
  alignas(8) std::byte page[16] = {};
  ScriptedPort port;
  port.in = {{.info = Info::make(Kind::kMove, 1), .memory = {page, 16}}};
  Server server;
  EXPECT_EQ(serve<Store>(port, server).code(), base::Code::kNotFound);
  EXPECT_EQ(port.log, (std::vector<std::string>{"receive", "gave up 16", "receive"}));
}

TEST(Serve, AnswersInOneEntryWaitsAfterADeferralAndEndsWithItsPort) {
  using kernel::abi::Info;
  ScriptedPort port;
  port.in = {
      {.info = Info::make(Kind::kCall, 1), .reply = {11}},
      {.info = Info::make(Kind::kCall, 9), .reply = {12}},
      {.info = Info::make(Kind::kSend, 0), .words = {0x5}},
      {.info = Info::make(Kind::kCall, 5), .reply = {13}},
  };
  {
    Server server;
    EXPECT_EQ(serve<Store>(port, server).code(), base::Code::kNotFound);
    EXPECT_EQ(server.notifications, 5u);
  }
  EXPECT_EQ(port.log,
            (std::vector<std::string>{"receive", "reply 11 code 0", "receive", "reply 12 code 1",
                                      "receive", "receive", "receive", "later 13"}));
}

struct Punctual : Server {
  base::Duration next{2};
  unsigned idled = 0;
  base::Duration patience() { return next; }
  void idle() {
    ++idled;
    next = base::Duration(4);
  }
  using Server::handle;
  base::Result<Store::Put::Reply> handle(const Store::Put& put, Caller caller) {
    next = base::Duration(3);
    return Server::handle(put, caller);
  }
};

TEST(Serve, AServerThatKeepsTimeIsCalledWhenNobodyElseCalls) {
  using kernel::abi::Info;
  ScriptedPort port;
  port.in = {{.info = Info::make(Kind::kCall, 1), .reply = {11}},
             {.info = Info::make(Kind::kCall, 9), .reply = {12}}};
  Punctual server;
  EXPECT_EQ(serve<Store>(port, server).code(), base::Code::kNotFound);
  EXPECT_EQ(server.idled, 1u);
  EXPECT_EQ(port.log,
            (std::vector<std::string>{"within 2", "receive", "later 11", "within 3", "within 4",
                                      "receive", "later 12", "within 4", "receive"}));
}

}  // namespace
}  // namespace ipc
