// hil explain: an error word from a console or a register, in words.
#include <algorithm>

#include "base/modules.h"
#include "base/result.h"
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/script/quantity.h"

namespace hil::cmd {
namespace {

struct CodeName {
  base::Code code;
  const char* name;
  const char* meaning;
};
constexpr CodeName kCodes[] = {
    {base::Code::kInvalid, "invalid", "an argument or a state makes no sense"},
    {base::Code::kDenied, "denied", "the caller has no right to it"},
    {base::Code::kNotFound, "not found", "there is no such thing"},
    {base::Code::kBusy, "busy", "it is in use; try again later"},
    {base::Code::kTimeout, "timeout", "it took longer than its limit"},
    {base::Code::kNoMemory, "no memory", "a pool or a quota is used up"},
    {base::Code::kDataLoss, "data loss", "data is damaged or cannot be trusted"},
    {base::Code::kInternal, "internal", "our own mistake"},
};

int explain(const std::string& text) {
  auto word = script::read_integer(text, 0xffff'ffff);
  if (!word) return complain(kUsage, "an error word is 32 bits: " + word.error().what);
  const base::Error error{static_cast<uint32_t>(*word)};
  if (error.word == 0) {
    printf("0x00000000: no error\n");
    return kPassed;
  }
  const auto code = std::find_if(std::begin(kCodes), std::end(kCodes),
                                 [&](const CodeName& name) { return name.code == error.code(); });
  if (code == std::end(kCodes))
    return complain(kUsage, text + " is no error word of ours: its code (the low byte) is " +
                                std::to_string(error.word & 0xff) + ", codes are 1 to 8");
  const auto module = std::find_if(std::begin(base::kModules), std::end(base::kModules),
                                   [&](const auto& m) { return m.number == error.module(); });
  const std::string file = module == std::end(base::kModules)
                               ? "module " + std::to_string(error.module()) + " (not in the list)"
                               : std::string(module->file);
  printf("%s, %s:%u\n%s\n", code->name, file.c_str(), unsigned{error.line()}, code->meaning);
  return kPassed;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("explain", "Say what an error word means");
  auto word = std::make_shared<std::string>();
  command->add_option("word", *word, "The word, for example 0x001b0a05")->required();
  command->callback([word, &action] { action = [word] { return explain(*word); }; });
}

}  // namespace hil::cmd
