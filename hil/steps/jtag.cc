// jtag: what a person would do with a debugger.
#include <cstdio>

#include "hil/run/rig.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

using script::Arguments;
using script::Type;

std::string hex(uint32_t value) {
  char text[16];
  snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

unsigned width_of(const Arguments& arguments) {
  return static_cast<unsigned>(std::stoul(arguments.text("width")));
}

void check_range(uint32_t address, size_t count, const Arguments& arguments,
                 script::Checking& checking) {
  const unsigned bytes = width_of(arguments) / 8;
  if (address % bytes != 0)
    checking.problems.add(arguments.mark(), hex(address) + " is not aligned to " +
                                                std::to_string(bytes) + " bytes; write " +
                                                hex(address - address % bytes) +
                                                " or a smaller `width`");
  if (count == 0 || count > 65536)
    checking.problems.add(arguments.mark(), "between 1 and 65536 values can be moved at once");
  else if (uint64_t{address} + uint64_t{count} * bytes > uint64_t{1} << 32)
    checking.problems.add(arguments.mark(), "the range leaves the address space");
}

void check_read(const Arguments& arguments, script::Checking& checking) {
  const size_t count = arguments.number("count");
  check_range(arguments.word("read"), count, arguments, checking);
  if (arguments.has("equals") && arguments.words("equals").size() != count)
    checking.problems.add(arguments.mark("equals"),
                          "`count` is " + std::to_string(count) + " but `equals` has " +
                              std::to_string(arguments.words("equals").size()) +
                              " values; make them agree");
}

void check_write(const Arguments& arguments, script::Checking& checking) {
  check_range(arguments.word("write"), arguments.words("values").size(), arguments, checking);
}

StepEnd run_halt(Rig& rig, const Arguments&, Record&) {
  return bench(rig.debugger->halt());
}
StepEnd run_resume(Rig& rig, const Arguments&, Record&) {
  return bench(rig.debugger->resume());
}

StepEnd run_read(Rig& rig, const Arguments& arguments, Record& record) {
  const uint32_t address = arguments.word("read"), mask = arguments.word("mask");
  const unsigned width = width_of(arguments);
  const std::vector<uint32_t> values = TRY(
      bench(rig.debugger->read(address, static_cast<unsigned>(arguments.number("count")), width)));
  for (size_t i = 0; i < values.size() && i < 16; ++i)
    record.value(hex(address + static_cast<uint32_t>(i * width / 8)), values[i], "");
  if (!arguments.has("equals")) return {};
  const std::vector<uint32_t>& wanted = arguments.words("equals");
  for (size_t i = 0; i < wanted.size(); ++i)
    if ((values.at(i) & mask) != (wanted[i] & mask))
      return product_fault("at " + hex(address + static_cast<uint32_t>(i * width / 8)) +
                           " stands " + hex(values[i]) + ", not " + hex(wanted[i]) +
                           (mask == 0xffff'ffff ? "" : " (under the mask " + hex(mask) + ")"));
  return {};
}

StepEnd run_write(Rig& rig, const Arguments& arguments, Record&) {
  return bench(
      rig.debugger->write(arguments.word("write"), arguments.words("values"), width_of(arguments)));
}

StepEnd run_verify(Rig& rig, const Arguments& arguments, Record&) {
  const std::string& file = arguments.text("verify");
  const uint32_t address = arguments.word("at");
  if (TRY(bench(rig.debugger->verify(file, address)))) return {};
  return product_fault("memory at " + hex(address) + " does not equal " + file);
}

StepEnd run_register(Rig& rig, const Arguments& arguments, Record& record) {
  const std::string& name = arguments.text("register");
  const uint32_t value = TRY(bench(rig.debugger->register_value(name)));
  record.value(name, value, "");
  if (arguments.has("equals") && value != arguments.word("equals"))
    return product_fault(name + " is " + hex(value) + ", not " + hex(arguments.word("equals")));
  return {};
}

const script::Argument kWidth = {.name = "width",
                                 .type = Type::kChoice,
                                 .about = "Bits of each value.",
                                 .fallback = "32",
                                 .choices = {"8", "16", "32"}};

}  // namespace

script::Kind jtag() {
  return {
      .name = "jtag",
      .about =
          "Debug access through the probe. Memory and registers can be reached while the core "
          "is halted. JTAG is off while the chip's ROM runs.",
      .forms = {
          {.head = "halt",
           .about = "Stops the core. Virtual time stands still until it runs again.",
           .example = "jtag: halt",
           .needs = script::kDebug,
           .run = run_halt},
          {.head = "resume",
           .about = "Lets the core run on.",
           .example = "jtag: resume",
           .needs = script::kDebug,
           .run = run_resume},
          {.head = "read",
           .about = "Reads memory, and compares it if asked to.",
           .example = "jtag: {read: 0x20000000, count: 1, equals: 0x314d5354}",
           .needs = script::kDebug,
           .arguments = {{.name = "read",
                          .type = Type::kWord,
                          .about = "Address of the first value.",
                          .required = true},
                         {.name = "count",
                          .type = Type::kCount,
                          .about = "How many values.",
                          .fallback = "1"},
                         kWidth,
                         {.name = "equals",
                          .type = Type::kWords,
                          .about = "What must stand there, as many as `count`."},
                         {.name = "mask",
                          .type = Type::kWord,
                          .about = "Only these bits are compared.",
                          .fallback = "0xffffffff"}},
           .check = check_read,
           .run = run_read},
          {.head = "write",
           .about = "Writes memory.",
           .example = "jtag: {write: 0x20000000, values: [1, 2, 3]}",
           .needs = script::kDebug,
           .arguments = {{.name = "write",
                          .type = Type::kWord,
                          .about = "Address of the first value.",
                          .required = true},
                         {.name = "values",
                          .type = Type::kWords,
                          .about = "What to write.",
                          .required = true},
                         kWidth},
           .check = check_write,
           .run = run_write},
          {.head = "verify",
           .about = "Compares memory with a file.",
           .example = "jtag: {verify: boot.bin, at: 0x00200000}",
           .needs = script::kDebug,
           .arguments = {{.name = "verify",
                          .type = Type::kFile,
                          .about = "The file, found as images are.",
                          .required = true,
                          .example = "boot.bin"},
                         {.name = "at",
                          .type = Type::kWord,
                          .about = "Address of its first byte.",
                          .required = true,
                          .example = "0x00200000"}},
           .run = run_verify},
          {.head = "register",
           .about = "Reads a register of the core, and compares it if asked to.",
           .example = "jtag: {register: pc}",
           .needs = script::kDebug,
           .arguments = {{.name = "register",
                          .about = "OpenOCD's name of it: `r0` to `r12`, `sp`, `lr`, `pc`, `cpsr`.",
                          .required = true,
                          .example = "pc"},
                         {.name = "equals", .type = Type::kWord, .about = "What it must hold."}},
           .run = run_register}}};
}

}  // namespace hil::steps
