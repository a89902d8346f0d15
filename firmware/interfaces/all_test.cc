#include "firmware/interfaces/all.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace interfaces {
namespace {

TEST(Interfaces, NamesAreUniqueAndFitTheServiceTable) {
  std::set<std::string_view> names;
  for (const InterfaceInfo& info : kInterfaces) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_LT(info.name.size(), ServiceName{}.size()) << info.name;
    EXPECT_FALSE(info.methods.empty()) << info.name;
  }
}

TEST(Interfaces, AManifestsMethodNamesAreFoundByServiceName) {
  const InterfaceInfo* console = find_interface("os/console");
  ASSERT_NE(console, nullptr);
  EXPECT_EQ(console->methods[0].name, "write");
  EXPECT_EQ(console->methods[1].opcode, 2);
  EXPECT_EQ(find_interface("os/consol"), nullptr);
}

// Opcodes are for ever: a manifest's mask and old clients hold them.
TEST(Interfaces, OpcodesDoNotChange) {
  std::string all;
  for (const InterfaceInfo& info : kInterfaces) {
    if (info.name.starts_with("os/victim") && info.name != "os/victim1") continue;
    if (info.name.starts_with("test/")) continue;  // no image but the kernel's own test has them
    all += std::string(info.name) + ":";
    for (const ipc::Method& method : info.methods)
      all += " " + std::to_string(method.opcode) + " " + std::string(method.name);
    all += "\n";
  }
  EXPECT_EQ(all,
            "os/bench: 1 run 2 run_cold\n"
            "os/console: 1 write 2 read_line 3 flush\n"
            "os/crash: 1 list 2 describe\n"
            "os/phoenix: 1 who 2 die\n"
            "os/echo: 1 ping 2 words 3 page 4 sum 5 fill 6 yield 7 watch 8 seen 9 late\n"
            "os/names: 1 lookup 2 describe\n"
            "os/victim1: 1 commit\n");
}

TEST(ServiceName, TooLongANameIsNoName) {
  EXPECT_EQ(std::string_view(service_name("os/console").data()), "os/console");
  EXPECT_EQ(service_name(std::string(32, 'x')), ServiceName{});
  EXPECT_EQ(service_name(std::string(31, 'x'))[30], 'x');
}

}  // namespace
}  // namespace interfaces
