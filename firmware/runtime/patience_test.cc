#include "firmware/runtime/patience.h"

#include <gtest/gtest.h>

namespace runtime {
namespace {

using namespace std::chrono_literals;

struct Doorbell {
  static constexpr std::string_view kName = "test/doorbell";
  struct Ring {
    static constexpr ipc::Method kMethod{.opcode = 1, .name = "ring"};
    struct Reply {
      uint32_t count = 0;
    };
  };
  using Methods = ipc::Methods<Ring>;
};

/// Time passes only by sleeping; nobody serves before `opens`.
struct PatienceTest : testing::Test, ipc::Exchange {
  base::Duration time{}, opens{};
  base::Error refusal = base::make_error(base::Code::kNotFound, 1, 1);
  uint32_t calls = 0;

  base::Duration now() { return time; }
  ipc::Answer call(const ipc::Message&) override {
    ++calls;
    if (time < opens) return {.error = refusal};
    return {.words = {calls}};
  }
  ipc::Answer call(const ipc::Message& message, ipc::Within) override { return call(message); }
  base::Result<void> notify(uint32_t) override { return {}; }
  base::Result<void> reply(kernel::abi::ReplyToken, const ipc::Answer&) override { return {}; }

  auto ring(base::Duration patience) {
    return call_patiently(
        *this, [this](base::Duration step) { time += step; },
        ipc::Client<Doorbell>(ipc::Connection(*this)), Doorbell::Ring{}, patience, 10ms);
  }
};

TEST_F(PatienceTest, ACallReachesTheServerThatComesBackInTime) {
  opens = 50ms;
  auto reply = ring(100ms);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->count, 6u);
}

TEST_F(PatienceTest, AServerThatStaysAwayIsNotFoundAtLast) {
  opens = 1s;
  EXPECT_EQ(ring(100ms).error().code(), base::Code::kNotFound);
  EXPECT_EQ(time, 100ms);
  EXPECT_EQ(ring(0ms).error().code(), base::Code::kNotFound);
}

TEST_F(PatienceTest, AnyOtherErrorIsAnAnswer) {
  opens = 1s;
  refusal = base::make_error(base::Code::kDenied, 1, 1);
  EXPECT_EQ(ring(100ms).error().code(), base::Code::kDenied);
  EXPECT_EQ(calls, 1u);
}

}  // namespace
}  // namespace runtime
