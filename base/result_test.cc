#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/modules.h"

namespace base {
namespace {

constexpr uint8_t kModule = module_number("drivers/trng/trng.cc");

Result<int> half(int value) {
  if (value % 2) return FAIL(kInvalid);
  return value / 2;
}

Result<int> quarter(int value) { return TRY(half(TRY(half(value)))); }

TEST(Result, TryYieldsTheValueOrReturnsTheErrorUnchanged) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error(), half(3).error());
}

TEST(Result, AnErrorNamesItsCodeFileAndLine) {
  const Error error = make_error(Code::kTimeout, kModule, 27);
  EXPECT_EQ(error.word, 0x001b0a05u);
  EXPECT_EQ(error.code(), Code::kTimeout);
  EXPECT_EQ(error.line(), 27);
}

TEST(Result, VoidOnTheDeviceIsOneRegister) {
  static_assert(sizeof(Result<void>) == sizeof(uint32_t));
  EXPECT_TRUE(Result<void>{});
  EXPECT_FALSE(Result<void>{make_error(Code::kBusy, 1, 1)});
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<std::string>> result(std::make_unique<std::string>("kept"));
  const std::unique_ptr<std::string> taken = *std::move(result);
  EXPECT_EQ(*taken, "kept");
}

TEST(ResultDeathTest, ReadingTheWrongArmTraps) {
  EXPECT_DEATH((void)*half(1), "");
  EXPECT_DEATH((void)half(2).error(), "");
}

TEST(Modules, NumbersAndFilesAreUnique) {
  for (const ModuleName& a : kModules)
    for (const ModuleName& b : kModules) {
      if (&a == &b) continue;
      EXPECT_TRUE(a.number != b.number && a.file != b.file) << a.file;
    }
}

}  // namespace
}  // namespace base
