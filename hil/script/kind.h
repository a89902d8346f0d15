// A step kind: what may be written in a script, what it needs, and what it does. One declaration;
// the parser, the messages, the JSON Schema, docs/steps.md and the runner all read it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hil/script/argument.h"

namespace hil {
struct Rig;
class Record;
struct Fault;
using StepEnd = base::Result<void, Fault>;
}  // namespace hil

namespace hil::script {

/// What a bench can have and a step can need; a set is a sum of these.
enum Port : unsigned {
  kPower = 1,
  kConsole = 2,
  kDebug = 4,
  kReset = 8,
  kFlash = 16,
  kCaches = 32
};

struct PortName {
  Port port;
  std::string_view name;
  std::string_view about;
};
inline constexpr PortName kPorts[] = {
    {kPower, "power", "the supply can be switched"},
    {kConsole, "console", "the serial console can be read and written"},
    {kDebug, "debug", "a JTAG probe is attached"},
    {kReset, "reset", "the reset line can be pulsed"},
    {kFlash, "flash", "an image can be put where the board boots from"},
    {kCaches, "caches", "cycles can count what caches and TLBs cost"},
};
/// "power, debug".
std::string port_names(unsigned ports);

/// What checks may know of the board that a script is planned for.
struct BoardFacts {
  std::string name{};
  uint64_t flash_size = 0;
  /// Images are put into memory as the packer made them, without a disk's partitions round them.
  bool boots_system_images = false;
  struct Memory {
    std::string name{};
    uint64_t at = 0, size = 0;
  };
  std::vector<Memory> memories{};
};

/// What the checks of a script share while it is read from top to bottom.
struct Checking {
  Problems& problems;
  const BoardFacts* board = nullptr;            ///< none when linting without a board
  std::map<std::string, std::string> series{};  ///< measured so far: name to unit
};

/// One way of writing a step: the key `head` tells it from the kind's other forms.
struct Form {
  std::string_view head;
  std::string_view about;
  std::string_view example;  ///< a whole entry, without the "- "
  unsigned needs = 0;
  std::vector<Argument> arguments{};  ///< empty: written `kind: head`
  /// Finds what no single argument shows. Only called when each argument is right.
  void (*check)(const Arguments&, Checking&) = nullptr;
  StepEnd (*run)(Rig&, const Arguments&, Record&) = nullptr;
};

struct Kind {
  std::string_view name;
  std::string_view about;
  std::vector<Form> forms;
};

}  // namespace hil::script
