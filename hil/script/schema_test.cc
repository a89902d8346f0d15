#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "hil/script/script.h"
#include "hil/steps/steps.h"

namespace hil::script {
namespace {

TEST(Schema, NamesEveryKindAndArgument) {
  const auto schema = nlohmann::json::parse(json_schema(steps::all()));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  const auto& entry = schema["properties"]["steps"]["items"];
  EXPECT_EQ(entry["additionalProperties"], false);
  for (const Kind& kind : steps::all()) {
    ASSERT_TRUE(entry["properties"].contains(kind.name)) << kind.name;
    const std::string text = entry["properties"][std::string(kind.name)].dump();
    for (const Form& form : kind.forms) {
      EXPECT_NE(text.find("\"" + std::string(form.head) + "\""), std::string::npos) << form.head;
      for (const Argument& argument : form.arguments)
        EXPECT_NE(text.find("\"" + std::string(argument.name) + "\""), std::string::npos);
    }
  }
}

TEST(Schema, RequiredArgumentsAreRequired) {
  const auto schema = nlohmann::json::parse(json_schema(steps::all()));
  EXPECT_EQ(schema["required"], (nlohmann::json{"name", "steps"}));
  const auto& measure = schema["properties"]["steps"]["items"]["properties"]["measure"];
  EXPECT_NE(measure.dump().find("\"required\":[\"from\",\"until\",\"within\",\"series\"]"),
            std::string::npos);
}

}  // namespace
}  // namespace hil::script
