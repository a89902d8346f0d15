#include "firmware/services/names/names.h"

#include <gtest/gtest.h>

#include "firmware/runtime/loopback.h"

namespace services::names {
namespace {

using Interface = interfaces::Names;

struct NamesTest : testing::Test {
  static kernel::abi::ServiceEntry entry(std::string_view name) {
    return {.name = interfaces::service_name(name)};
  }
  std::array<kernel::abi::ServiceEntry, 3> table{entry("os/console"), entry("os/names"),
                                                 entry("os/names2")};
  Names names{table};
  ipc::Loopback<Interface, Names> loopback{names};
  ipc::Client<Interface> client = loopback.client();

  base::Result<Interface::Lookup::Reply> lookup(interfaces::ServiceName name) {
    return client.call(Interface::Lookup{.name = name});
  }
};

TEST_F(NamesTest, AServicesIdIsItsPlaceInTheTable) {
  EXPECT_EQ(lookup(interfaces::service_name("os/names"))->service, 1u);
  EXPECT_EQ(lookup(interfaces::service_name("os/names2"))->service, 2u);
}

TEST_F(NamesTest, AnUnknownNameIsNotFound) {
  for (const char* name : {"os/name", "os/names22", "OS/NAMES"})
    EXPECT_EQ(lookup(interfaces::service_name(name)).error().code(), base::Code::kNotFound) << name;
}

TEST_F(NamesTest, WhatIsNoNameIsRefused) {
  EXPECT_EQ(lookup({}).error().code(), base::Code::kInvalid);
  interfaces::ServiceName hidden = interfaces::service_name("os/names");
  hidden[20] = 'x';
  EXPECT_EQ(lookup(hidden).error().code(), base::Code::kInvalid);
  interfaces::ServiceName endless;
  endless.fill('x');
  EXPECT_EQ(lookup(endless).error().code(), base::Code::kInvalid);
}

TEST_F(NamesTest, IdsHaveNamesUpToTheLast) {
  EXPECT_EQ(client.call(Interface::Describe{.service = 2})->name,
            interfaces::service_name("os/names2"));
  EXPECT_EQ(client.call(Interface::Describe{.service = 3}).error().code(), base::Code::kNotFound);
}

}  // namespace
}  // namespace services::names
