// Calls, answers, queues and permissions.
#include <gtest/gtest.h>

#include "kernel/test/world.h"

namespace kernel::test {
namespace {
using abi::Info;
using abi::Kind;
using abi::Syscall;

constexpr uint32_t kAsk = Info::make(Kind::kCall, 1).bits;
constexpr uint32_t kTell = Info::make(Kind::kSend, 2).bits;

std::vector<ProcessPlan> client_and_server() {
  return {{.name = "client", .grants = {may_connect(0, 0b0110)}},
          {.name = "server", .grants = {may_serve(0)}},
          {.name = "other", .grants = {may_connect(0, 0b0111), may_serve(1)}}};
}

class Messages : public testing::Test {
 protected:
  ~Messages() override { EXPECT_EQ(audit(world), ""); }
  World world{client_and_server()};
  Thread& client = world.thread(0);
  Thread& server = world.thread(1);
  Thread& other = world.thread(2);
  uint32_t port = 0;
  uint32_t connection = world.connect(0, 1, 0, &port);
};

TEST_F(Messages, CallReachesAWaitingServerAndItsAnswerComesBack) {
  EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), World::kBlocked);
  EXPECT_EQ(world.call(client, Syscall::kCall, {connection, kAsk, 10, 11, 12, 13, 14, 15, 16, 17}),
            World::kBlocked);
  ASSERT_EQ(world.running(), &server);
  const auto& r = server.context.r;
  EXPECT_EQ(r[0], 0u);
  EXPECT_EQ(r[1], kAsk);
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(r[2 + i], 10 + i);
  EXPECT_EQ(r[10], client.process->identity);
  EXPECT_NE(r[11], 0u);

  EXPECT_EQ(world.call(server, Syscall::kReplyReceive, {r[11], 0, 20, 21, 22, 23, 24, 25, 26, 27}),
            World::kBlocked);
  ASSERT_EQ(world.running(), &client);
  EXPECT_EQ(client.context.r[0], 0u);
  EXPECT_EQ(client.context.r[1], 0u);
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(client.context.r[2 + i], 20 + i);
  EXPECT_EQ(client.context.r[12], 0u);
}

TEST_F(Messages, CallsQueueUntilTheServerIsThereAndKeepTheirOrder) {
  const uint32_t second = (world.call(other, Syscall::kConnect, {0}), other.context.r[1]);
  world.call(client, Syscall::kCall, {connection, kAsk, 1});
  world.call(other, Syscall::kCall, {second, kAsk, 2});
  EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), 0u);
  EXPECT_EQ(server.context.r[2], 1u);
  const uint32_t token = server.context.r[11];
  EXPECT_EQ(world.call(server, Syscall::kReplyReceive, {token}), 0u);
  EXPECT_EQ(server.context.r[2], 2u);
}

TEST_F(Messages, MethodThatTheManifestDoesNotListIsDenied) {
  world.call(server, Syscall::kReceive, {port});
  for (uint32_t opcode = 0; opcode < 64; ++opcode) {
    if (opcode == 1 || opcode == 2) continue;
    const uint32_t info = Info::make(Kind::kCall, static_cast<uint8_t>(opcode)).bits;
    EXPECT_EQ(code_of(world.call(client, Syscall::kCall, {connection, info})), kDenied) << opcode;
  }
  EXPECT_EQ(server.state, ThreadState::kReceiving);
}

TEST_F(Messages, OpcodeThatIsNoneIsRefused) {
  const uint32_t info = Info::make(Kind::kCall, 64).bits;
  EXPECT_EQ(code_of(world.call(client, Syscall::kCall, {connection, info})), kInvalid);
}

TEST_F(Messages, ServiceThatTheManifestDoesNotListCannotBeOpenedOrServed) {
  EXPECT_EQ(code_of(world.call(client, Syscall::kConnect, {1})), kDenied);
  EXPECT_EQ(code_of(world.call(client, Syscall::kServe, {0})), kDenied);
  EXPECT_EQ(code_of(world.call(server, Syscall::kConnect, {0})), kDenied);
}

TEST(Services, ThatNobodyServesYetAreNotFound) {
  World fresh(client_and_server());
  EXPECT_EQ(code_of(fresh.call(fresh.thread(0), Syscall::kConnect, {0})), kNotFound);
}

TEST_F(Messages, ConnectingTwiceGivesTheSameHandle) {
  EXPECT_EQ(world.call(client, Syscall::kConnect, {0}), 0u);
  EXPECT_EQ(client.context.r[1], connection);
}

TEST_F(Messages, HandleThatWasNeverGivenKillsTheProcess) {
  world.call(client, Syscall::kCall, {connection + 1, kAsk});
  EXPECT_FALSE(world.kernel.processes[1].alive);
  EXPECT_NE(world.log_text().find("connection handle never given"), std::string::npos);
}

TEST(SystemCalls, OutsideTheProcessesMaskAreDenied) {
  World world({{.name = "client",
                .grants = {may_connect(0, 0b10)},
                .syscalls = ~abi::mask_of(Syscall::kCall)},
               {.name = "server", .grants = {may_serve(0)}}});
  const uint32_t connection = world.connect(0, 1, 0);
  EXPECT_EQ(code_of(world.call(world.thread(0), Syscall::kCall, {connection, kAsk})), kDenied);
}

TEST_F(Messages, SendGoesOnAndArrivesLater) {
  EXPECT_EQ(world.call(client, Syscall::kSend, {connection, kTell, 5, 6}), 0u);
  EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), 0u);
  EXPECT_EQ(server.context.r[1], kTell);
  EXPECT_EQ(server.context.r[2], 5u);
  EXPECT_EQ(server.context.r[11], 0u);  // nothing to answer
}

TEST_F(Messages, SenderThatNobodyReadsIsToldBusyAndHarmsNobodyElse) {
  for (unsigned i = 0; i < kMessagesPerSender; ++i) {
    EXPECT_EQ(world.call(client, Syscall::kSend, {connection, kTell, i}), 0u);
  }
  EXPECT_EQ(code_of(world.call(client, Syscall::kSend, {connection, kTell})), kBusy);
  const uint32_t second = (world.call(other, Syscall::kConnect, {0}), other.context.r[1]);
  EXPECT_EQ(world.call(other, Syscall::kSend, {second, kTell}), 0u);
}

TEST_F(Messages, AnswerIsGivenOnce) {
  world.call(server, Syscall::kReceive, {port});
  world.call(client, Syscall::kCall, {connection, kAsk});
  const uint32_t token = server.context.r[11];
  EXPECT_EQ(world.call(server, Syscall::kReply, {token}), 0u);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {token})), kNotFound);
}

TEST_F(Messages, OldTokenDoesNotAnswerTheNextCall) {
  world.call(server, Syscall::kReceive, {port});
  world.call(client, Syscall::kCall, {connection, kAsk});
  const uint32_t old = server.context.r[11];
  world.call(server, Syscall::kReplyReceive, {old});
  world.call(client, Syscall::kCall, {connection, kAsk});
  ASSERT_NE(server.context.r[11], old);
  EXPECT_EQ(code_of(world.call(server, Syscall::kReply, {old})), kNotFound);
  EXPECT_EQ(client.state, ThreadState::kAwaitingReply);
}

TEST_F(Messages, TokenOfAnotherServersCallerAnswersNothing) {
  world.call(server, Syscall::kReceive, {port});
  world.call(client, Syscall::kCall, {connection, kAsk});
  EXPECT_EQ(code_of(world.call(other, Syscall::kReply, {server.context.r[11]})), kNotFound);
  EXPECT_EQ(client.state, ThreadState::kAwaitingReply);
}

TEST_F(Messages, AnswerMayBePutOffAndGivenAfterOthers) {
  const uint32_t second = (world.call(other, Syscall::kConnect, {0}), other.context.r[1]);
  world.call(server, Syscall::kReceive, {port});
  world.call(client, Syscall::kCall, {connection, kAsk});
  const uint32_t first_token = server.context.r[11];
  EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), World::kBlocked);
  world.call(other, Syscall::kCall, {second, kAsk});
  EXPECT_EQ(world.call(server, Syscall::kReply, {server.context.r[11]}), 0u);
  EXPECT_EQ(other.state, ThreadState::kRunnable);
  EXPECT_EQ(client.state, ThreadState::kAwaitingReply);
  EXPECT_EQ(world.call(server, Syscall::kReply, {first_token, 0, 9}), 0u);
  EXPECT_EQ(client.context.r[2], 9u);
}

TEST_F(Messages, AnotherThreadOfTheServerMayAnswer) {
  world.call(server, Syscall::kThreadCreate, {kCode, kData + 0x1000, 0, 8});
  Thread& helper = *server.process->threads;
  ASSERT_NE(&helper, &server);
  world.call(server, Syscall::kReceive, {port});
  world.call(client, Syscall::kCall, {connection, kAsk});
  EXPECT_EQ(world.call(helper, Syscall::kReply, {server.context.r[11], 0, 3}), 0u);
  EXPECT_EQ(client.context.r[2], 3u);
}

TEST_F(Messages, TryReceiveDoesNotWait) {
  EXPECT_EQ(code_of(world.call(server, Syscall::kTryReceive, {port})), kBusy);
  world.call(client, Syscall::kSend, {connection, kTell, 4});
  EXPECT_EQ(world.call(server, Syscall::kTryReceive, {port}), 0u);
  EXPECT_EQ(server.context.r[2], 4u);
}

TEST_F(Messages, NotificationsMergeAndNeedTheirOwnRight) {
  EXPECT_EQ(code_of(world.call(client, Syscall::kNotify, {connection, 1})), kDenied);
  const uint32_t second = (world.call(other, Syscall::kConnect, {0}), other.context.r[1]);
  EXPECT_EQ(world.call(other, Syscall::kNotify, {second, 0b001}), 0u);
  EXPECT_EQ(world.call(other, Syscall::kNotify, {second, 0b100}), 0u);
  EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), 0u);
  EXPECT_EQ(server.context.r[1], Info::make(Kind::kSend, 0).bits);
  EXPECT_EQ(server.context.r[2], 0b101u);
  EXPECT_EQ(server.context.r[10], 0u);
  EXPECT_EQ(world.call(server, Syscall::kReceive, {port}), World::kBlocked);
}

TEST_F(Messages, NothingOfTheCallersRegistersComesBackFromARefusal) {
  world.call(client, Syscall::kCall,
             {connection, Info::make(Kind::kCall, 9).bits, 1, 2, 3, 4, 5, 6, 7, 8});
  for (unsigned i = 1; i < 10; ++i) EXPECT_EQ(client.context.r[i], 0u);
}

}  // namespace
}  // namespace kernel::test
