#include "firmware/services/echo/echo.h"

#include <gtest/gtest.h>

#include "firmware/runtime/loopback.h"

namespace services::echo {
namespace {

using Interface = interfaces::Echo;

struct EchoTest : testing::Test {
  int yields = 0;
  struct Count {
    int* yields;
    void operator()() const { ++*yields; }
  };
  Echo<Count> echo{Count{&yields}};
  ipc::Loopback<Interface, Echo<Count>> loopback{echo};
  ipc::Client<Interface> client = loopback.client();
};

TEST_F(EchoTest, WordsComeBackAsTheyWent) {
  EXPECT_TRUE(client.call(Interface::Ping{}));
  const std::array<uint32_t, 8> words{1, 2, 3, 4, 5, 6, 7, 0xffff'ffff};
  EXPECT_EQ(client.call(Interface::Words{.words = words})->words, words);
}

TEST_F(EchoTest, LentWordsAreSeenAndSet) {
  static ipc::PageBuffer<uint32_t, 1024> page;
  EXPECT_TRUE(client.call(Interface::Page{.page = page}));
  EXPECT_TRUE(client.call(Interface::Fill{.words = {page, 1000}, .value = 3}));
  EXPECT_EQ(client.call(Interface::Sum{.words = page})->sum, 3000u);
  EXPECT_EQ(page.items()[1000], 0u);
}

TEST_F(EchoTest, YieldsAsOftenAsAskedAfterItAnswered) {
  EXPECT_TRUE(client.call(Interface::Yield{.times = 7}));
  EXPECT_EQ(yields, 7);
}

}  // namespace
}  // namespace services::echo
