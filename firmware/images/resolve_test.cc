#include "firmware/images/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace firmware::images {
namespace {

using kernel::abi::Grant;
using kernel::abi::GrantKind;
using kernel::abi::mask_of;
using kernel::abi::Syscall;
using testing::HasSubstr;
using testing::StartsWith;

constexpr ipc::Method kClockMethods[] = {{.opcode = 1, .name = "now"},
                                         {.opcode = 9, .name = "set"}};
constexpr ipc::Method kPaintMethods[] = {{.opcode = 63, .name = "fill"}};
constexpr interfaces::InterfaceInfo kInterfaces[] = {{"os/clock", kClockMethods},
                                                     {"os/paint", kPaintMethods}};

Said<std::string> said(const std::string& text, unsigned line = 1) {
  return {text, {.file = "m", .line = line, .column = 5}};
}

/// Two processes: the first serves both services, the second uses the clock.
struct ResolveTest : testing::Test {
  ResolveTest() {
    manifests[0].name = said("server");
    manifests[0].serves = {said("os/paint", 2), said("os/clock", 3)};
    manifests[1].name = said("client");
    manifests[1].permissions = {{said("os/clock", 7), {said("set", 8)}}};
  }
  Outcome<Resolved> run() { return resolve(manifests, kInterfaces, 0x2000'0000, 0x0800'0000); }
  std::string failure() {
    const auto resolved = run();
    return resolved ? "" : resolved.error().what;
  }
  static Said<Device> device(const std::string& name, uint32_t address, uint32_t size,
                             unsigned line) {
    return {{name, address, size}, {.file = "m", .line = line, .column = 1}};
  }

  std::array<Manifest, 2> manifests;
};

TEST_F(ResolveTest, NamesBecomeServiceIdsAndMethodMasks) {
  manifests[1].permissions[0].methods.push_back(said("now"));
  auto resolved = run();
  ASSERT_TRUE(resolved) << resolved.error().what;
  ASSERT_EQ(resolved->services.size(), 2u);
  EXPECT_STREQ(resolved->services[1].name.data(), "os/clock");
  EXPECT_EQ(resolved->services[1].process, 0u);
  ASSERT_EQ(resolved->rights[1].grants.size(), 1u);
  const Grant& grant = resolved->rights[1].grants[0];
  EXPECT_EQ(grant.kind, GrantKind::kConnect);
  EXPECT_EQ(grant.a, 1u);
  EXPECT_EQ(grant.mask, uint64_t{1} << 9 | uint64_t{1} << 1);
  EXPECT_EQ(resolved->rights[0].grants[0].kind, GrantKind::kServe);
}

TEST_F(ResolveTest, SystemCallsBeyondTheOrdinaryAreThoseOfTheManifest) {
  manifests[0].syscalls = {said("log_read"), said("map_device")};
  auto resolved = run();
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->rights[0].syscalls,
            kernel::abi::kOrdinary | mask_of(Syscall::kLogRead) | mask_of(Syscall::kMapDevice));
  EXPECT_EQ(resolved->rights[1].syscalls, kernel::abi::kOrdinary);
}

TEST_F(ResolveTest, EveryOrdinaryCallHasAName) {
  for (unsigned i = 0; i < 64; ++i)
    if (kernel::abi::kOrdinary >> i & 1)
      EXPECT_FALSE(syscall_name(static_cast<Syscall>(i)).empty()) << i;
  EXPECT_EQ(syscall_name(Syscall::kInterruptWait), "interrupt_wait");
  EXPECT_EQ(syscall_name(Syscall::kCount), "");
}

TEST_F(ResolveTest, UnknownNamesAreReportedWithWhatThereIs) {
  manifests[1].permissions[0].methods[0] = said("stop", 8);
  EXPECT_EQ(failure(),
            "m:8:5: `os/clock` has no method `stop`; it has now, set, and there is notify");
  manifests[1].permissions = {{said("os/clok", 7), {said("set")}}};
  EXPECT_THAT(failure(), AllOf(StartsWith("m:7:5: there is no service `os/clok`"),
                               HasSubstr("os/clock, os/paint")));
  manifests[1].permissions.clear();
  manifests[1].syscalls = {said("reboot", 4)};
  EXPECT_THAT(failure(), AllOf(StartsWith("m:4:5: there is no system call `reboot`"),
                               HasSubstr("map_device")));
  manifests[0].serves.push_back(said("os/tea", 5));
  EXPECT_THAT(failure(), StartsWith("m:5:5: there is no service `os/tea`"));
}

TEST_F(ResolveTest, NotificationsArePermittedByBitZero) {
  manifests[1].permissions[0].methods = {said("notify"), said("now")};
  auto resolved = run();
  ASSERT_TRUE(resolved) << resolved.error().what;
  EXPECT_EQ(resolved->rights[1].grants[0].mask, 0b11u);
}

TEST_F(ResolveTest, SupervisorsNameProcesses) {
  manifests[0].supervises = {said("client", 4)};
  manifests[1].supervises_all = true;
  auto resolved = run();
  ASSERT_TRUE(resolved) << resolved.error().what;
  EXPECT_EQ(resolved->rights[0].grants.back().kind, GrantKind::kSupervise);
  EXPECT_EQ(resolved->rights[0].grants.back().a, 1u);
  EXPECT_EQ(resolved->rights[1].grants.back().kind, GrantKind::kSupervise);
  EXPECT_EQ(resolved->rights[1].grants.back().a, kernel::abi::kEveryProcess);
  manifests[0].supervises = {said("klient", 4)};
  EXPECT_EQ(failure(), "m:4:5: there is no process `klient` in this system; it has client, server");
}

TEST_F(ResolveTest, WhatStartsLaterHasASupervisor) {
  manifests[1].later = {true, {.file = "m", .line = 9, .column = 9}};
  EXPECT_THAT(failure(), StartsWith("m:9:9: `client` is to start later, but no process"));
  manifests[0].supervises = {said("server")};
  EXPECT_THAT(failure(), HasSubstr("`client` is to start later"));
  manifests[0].supervises.push_back(said("client"));
  EXPECT_EQ(failure(), "");
  manifests[0].supervises.clear();
  manifests[0].supervises_all = true;
  EXPECT_EQ(failure(), "");
}

TEST_F(ResolveTest, MemoryForDevicesAndChildrenAreGranted) {
  manifests[1].dma = 0x8000;
  manifests[1].children = {.count = 3,
                           .memory = 0x10000,
                           .syscalls = {said("statistics")},
                           .permissions = {{said("os/paint"), {said("fill")}}}};
  auto resolved = run();
  ASSERT_TRUE(resolved) << resolved.error().what;
  const auto& grants = resolved->rights[1].grants;
  ASSERT_EQ(grants.size(), 4u);
  EXPECT_EQ(grants[1].kind, GrantKind::kDma);
  EXPECT_EQ(grants[1].b, 0x8000u);
  EXPECT_EQ(grants[2].kind, GrantKind::kChildren);
  EXPECT_EQ(grants[2].a, 3u);
  EXPECT_EQ(grants[2].b, 0x10000u);
  EXPECT_EQ(grants[2].mask, kernel::abi::kOrdinary | mask_of(Syscall::kStatistics));
  EXPECT_EQ(grants[3].kind, GrantKind::kChildConnect);
  EXPECT_EQ(grants[3].a, 0u);
  EXPECT_EQ(grants[3].mask, uint64_t{1} << 63);
  manifests[1].children.permissions[0].methods[0] = said("file", 30);
  EXPECT_THAT(failure(), StartsWith("m:30:5: `os/paint` has no method `file`"));
}

TEST_F(ResolveTest, AServiceHasExactlyOneServer) {
  manifests[1].serves = {said("os/paint", 20)};
  EXPECT_THAT(failure(),
              AllOf(StartsWith("m:20:5: `os/paint` is already served"), HasSubstr("m:2:5")));
  manifests[1].serves.clear();
  manifests[0].serves.pop_back();
  EXPECT_THAT(failure(), StartsWith("m:7:5: no process of this system serves `os/clock`"));
}

TEST_F(ResolveTest, ProcessNamesAreUnique) {
  manifests[1].name = said("server", 9);
  EXPECT_THAT(failure(), StartsWith("m:9:5: process `server` is already at m:1:5"));
}

TEST_F(ResolveTest, DevicesAndInterruptsHaveOneOwnerAndAreNotRam) {
  manifests[0].devices = {device("uart", 0xf802'0000, 0x4000, 1)};
  manifests[1].devices = {device("serial", 0xf802'3000, 0x1000, 6)};
  EXPECT_THAT(failure(), StartsWith("m:6:1: device `serial` is already given away"));
  manifests[1].devices = {device("next", 0xf802'4000, 0x1000, 6)};
  EXPECT_EQ(failure(), "");
  manifests[1].devices = {device("window", 0x27ff'f000, 0x2000, 6)};
  EXPECT_THAT(failure(), HasSubstr("`window` lies in RAM"));
  manifests[1].devices.clear();
  manifests[0].interrupts = {{25, {.file = "m", .line = 3, .column = 2}}};
  manifests[1].interrupts = {{25, {.file = "m", .line = 4, .column = 2}}};
  EXPECT_THAT(failure(), StartsWith("m:4:2: interrupt 25 is already given away at m:3:2"));
}

}  // namespace
}  // namespace firmware::images
