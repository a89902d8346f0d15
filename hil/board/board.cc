#include "hil/board/board.h"

#include <algorithm>

#include "hil/board/paths.h"
#include "hil/script/decode.h"

namespace hil::board {
namespace {

using script::Argument;
using script::Arguments;
using script::Type;

std::string text_or_empty(const Arguments& values, std::string_view name) {
  return values.has(name) ? values.text(name) : "";
}

std::optional<Arguments> load(const std::filesystem::path& file, std::string_view what,
                              std::span<const Argument> keys, script::Problems& problems) {
  const auto text = script::read_document(file, problems);
  if (!text) return {};
  try {
    const auto root = script::parse_document(*text, problems);
    if (!root) return {};
    script::Context context{problems, {file.parent_path()}};
    Arguments values = script::decode(*root, what, keys, context);
    if (problems.empty()) return values;
  } catch (const YAML::Exception& exception) {
    problems.add({}, "malformed YAML: " + exception.msg);
  }
  return {};
}

Board board_of(const Arguments& values) {
  Board board;
  board.name = values.text("name");
  board.about = text_or_empty(values, "about");
  board.soc = values.text("soc");
  if (values.has("memories"))
    for (const Arguments& memory : values.objects("memories"))
      board.memories.push_back({memory.text("name"), memory.word("at"), memory.number("size")});
  board.flash_kind = values.object("flash").text("kind");
  board.flash_size = values.object("flash").number("size");
  board.baud = static_cast<unsigned>(values.object("console").number("baud"));
  board.console_limit = values.object("console").number("limit");
  if (values.has("openocd")) {
    board.openocd_target = values.object("openocd").text("target");
    board.openocd_core = values.object("openocd").text("core");
    board.openocd_dap = values.object("openocd").text("dap");
  }
  if (values.has("applets")) {
    board.ddr_applet = values.object("applets").text("ddr");
    board.flash_applet = values.object("applets").text("flash");
  }
  board.watchdog = values.duration("watchdog");
  if (values.has("virtual")) {
    const Arguments& part = values.object("virtual");
    Board::Virtual& board_part = board.virtual_board.emplace();
    board_part.model = part.text("model");
    board_part.adapter = part.text("adapter");
    board_part.card_size = part.number("card");
    if (part.has("program")) board_part.program = part.texts("program");
  }
  if (values.has("qemu")) {
    const Arguments& part = values.object("qemu");
    Board::Qemu& machine = board.qemu.emplace();
    machine.machine = part.text("machine");
    machine.memory = part.number("memory");
    machine.load_at = part.word("load");
    machine.loader = part.text("loader");
    machine.icount_shift = static_cast<unsigned>(part.number("icount"));
    machine.program = part.text("program");
  }
  return board;
}

}  // namespace

std::span<const Argument> board_keys() {
  static const std::vector<Argument> kKeys = {
      {.name = "name", .about = "What `--board` calls it.", .required = true, .example = "prime"},
      {.name = "about", .about = "What it is."},
      {.name = "soc", .about = "The chip.", .required = true, .example = "sama5d28"},
      {.name = "memories",
       .type = Type::kObjects,
       .about = "Memories that a debugger may use.",
       .fields = {{.name = "name", .about = "Its name.", .required = true},
                  {.name = "at", .type = Type::kWord, .about = "Its address.", .required = true},
                  {.name = "size", .type = Type::kSize, .about = "Its size.", .required = true}}},
      {.name = "flash",
       .type = Type::kObject,
       .about = "What images are written to.",
       .required = true,
       .fields = {{.name = "kind", .about = "What it is.", .required = true, .example = "emmc"},
                  {.name = "size", .type = Type::kSize, .about = "Its size.", .required = true}}},
      {.name = "console",
       .type = Type::kObject,
       .about = "The serial console.",
       .required = true,
       .fields = {{.name = "baud",
                   .type = Type::kBaud,
                   .about = "Its rate; 8 bits, no parity, one stop bit.",
                   .required = true},
                  {.name = "limit",
                   .type = Type::kSize,
                   .about = "More output than this in one run is a flood and ends it.",
                   .fallback = "64 MiB"}}},
      {.name = "openocd",
       .type = Type::kObject,
       .about = "How OpenOCD sees the chip. Only a board of QEMU's can be without.",
       .fields = {{.name = "target",
                   .about = "OpenOCD's configuration file of the chip.",
                   .required = true,
                   .example = "target/at91sama5d2.cfg"},
                  {.name = "core",
                   .about = "What that file calls the core.",
                   .required = true,
                   .example = "at91sama5d2.cpu_a5.0"},
                  {.name = "dap",
                   .about = "What it calls the debug port.",
                   .required = true,
                   .example = "at91sama5d2.dap"}}},
      {.name = "applets",
       .type = Type::kObject,
       .about = "Programs for the chip that prepare and write the flash. Only a board of QEMU's "
                "can be without.",
       .fields = {{.name = "ddr",
                   .about = "Sets up the main memory.",
                   .required = true,
                   .example = "ddr_init.elf"},
                  {.name = "flash",
                   .about = "Writes the flash.",
                   .required = true,
                   .example = "emmc_flash.elf"}}},
      {.name = "watchdog",
       .type = Type::kDuration,
       .about = "A virtual board that has not answered for this long (wall time) is hanging.",
       .fallback = "60 s"},
      {.name = "virtual",
       .type = Type::kObject,
       .about = "The board as a program; what `hil run` uses when no bench file is given.",
       .fields =
           {{.name = "model", .about = "Which.", .required = true, .example = "prime"},
            {.name = "adapter",
             .type = Type::kChoice,
             .about = "The debug adapter that it shows to OpenOCD.",
             .fallback = "buspirate",
             .choices = {"buspirate", "remote_bitbang"}},
            {.name = "card", .type = Type::kSize, .about = "Size of its flash.", .required = true},
            {.name = "program",
             .type = Type::kTexts,
             .about = "Another server than our own: a program and its arguments. It must "
                      "speak the same protocol.",
             .example = "[/path/to/server]"}}},
      {.name = "qemu",
       .type = Type::kObject,
       .about = "The board as a machine of QEMU's; what `hil run` uses when no bench file is given "
                "and the board has no `virtual`. `flash` then puts a system image into its memory.",
       .fields = {
           {.name = "machine",
            .about = "What QEMU calls it.",
            .required = true,
            .example = "mcimx6ul-evk"},
           {.name = "memory", .type = Type::kSize, .about = "Its RAM.", .required = true},
           {.name = "load",
            .type = Type::kWord,
            .about = "Where in the RAM the image goes.",
            .required = true},
           {.name = "loader",
            .about = "A program that starts the image, in the place of a boot chain: an ELF file "
                     "of the device build.",
            .required = true,
            .example = "tests/kernel/qemu_loader.elf"},
           {.name = "icount",
            .type = Type::kCount,
            .about = "The machine's time is counted in instructions, each of two to the power of "
                     "this nanoseconds, so that equal runs are equal.",
            .fallback = "1"},
           {.name = "program", .about = "The program.", .fallback = "qemu-system-arm"}}}};
  return kKeys;
}

std::span<const Argument> bench_keys() {
  static const std::vector<Argument> kKeys = {
      {.name = "name",
       .about = "What reports call the bench; also the name of its lock.",
       .required = true,
       .example = "bench-3"},
      {.name = "board", .about = "Which board it holds.", .required = true, .example = "prime"},
      {.name = "probe",
       .type = Type::kObject,
       .about = "The debug probe.",
       .fields = {{.name = "adapter",
                   .about = "An adapter that the rig knows (`hil doctor` lists them), or the path "
                            "of an OpenOCD configuration.",
                   .required = true,
                   .example = "ft2232h"},
                  {.name = "serial", .about = "Its serial number, where there are several."}}},
      {.name = "console",
       .type = Type::kObject,
       .about = "The serial adapter.",
       .fields = {{.name = "device",
                   .about = "Its device; by-id names survive a reboot.",
                   .required = true,
                   .example = "/dev/serial/by-id/usb-FTDI_TTL232R_FT000001-if00-port0"}}},
      {.name = "power",
       .type = Type::kObject,
       .about = "The supply's switch.",
       .fields = {{.name = "on",
                   .about = "Command line that switches it on.",
                   .required = true,
                   .example = "uhubctl -l 1-1 -p 2 -a on"},
                  {.name = "off",
                   .about = "Command line that switches it off.",
                   .required = true,
                   .example = "uhubctl -l 1-1 -p 2 -a off"},
                  {.name = "within",
                   .type = Type::kDuration,
                   .about = "How long either may take.",
                   .fallback = "15 s"}}}};
  return kKeys;
}

Loaded<Board> load_board(const std::string& name_or_path) {
  std::filesystem::path file = name_or_path;
  const bool is_path = name_or_path.find('/') != std::string::npos || file.extension() == ".yaml" ||
                       file.extension() == ".yml";
  if (!is_path) {
    file.clear();
    std::vector<std::string_view> names;
    const std::vector<Found> boards = find_boards();
    for (const Found& found : boards) {
      names.push_back(found.name);
      if (found.name == name_or_path && file.empty()) file = found.file;
    }
    if (file.empty())
      return {{},
              {{.file = "hil",
                .what = "no board " + script::ticked(name_or_path) +
                        script::suggestion(name_or_path, names) +
                        " (`hil board list` lists them; the path of a board file will do too)"}}};
  }
  script::Problems problems(file.string());
  Loaded<Board> loaded;
  if (const auto values = load(file, "a board", board_keys(), problems)) {
    loaded.value = board_of(*values);
    loaded.value->file = file;
    for (const std::string_view key : {"openocd", "applets"})
      if (!values->has(key) && (!loaded.value->qemu || loaded.value->virtual_board))
        problems.add({}, "a board needs `" + std::string(key) + "`");
    if (!problems.empty()) loaded.value.reset();
  }
  loaded.problems = problems.all();
  return loaded;
}

Loaded<Bench> load_bench(const std::filesystem::path& file) {
  script::Problems problems(file.string());
  Loaded<Bench> loaded;
  if (const auto values = load(file, "a bench", bench_keys(), problems)) {
    Bench& bench = loaded.value.emplace();
    bench.file = file;
    bench.name = values->text("name");
    bench.board = values->text("board");
    if (values->has("probe")) {
      bench.probe = values->object("probe").text("adapter");
      bench.probe_serial = text_or_empty(values->object("probe"), "serial");
    }
    if (values->has("console")) bench.console = values->object("console").text("device");
    if (values->has("power")) {
      bench.power_on = values->object("power").text("on");
      bench.power_off = values->object("power").text("off");
      bench.power_limit = values->object("power").duration("within");
    }
    if (bench.name.find_first_of("/ \t") != std::string::npos) {
      problems.add(values->mark("name"),
                   "`name` becomes part of a file name; write it without "
                   "spaces and slashes");
      loaded.value.reset();
    }
  }
  loaded.problems = problems.all();
  return loaded;
}

std::vector<Found> find_boards() {
  std::vector<Found> boards;
  for (const auto& folder : board_folders()) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() != ".yaml") continue;
      const std::string name = entry.path().stem();
      const bool known = std::any_of(boards.begin(), boards.end(),
                                     [&](const Found& found) { return found.name == name; });
      if (!known) boards.push_back({name, entry.path()});
    }
  }
  std::sort(boards.begin(), boards.end(),
            [](const Found& a, const Found& b) { return a.name < b.name; });
  return boards;
}

std::filesystem::path artifacts(const Board& board) {
  const auto own = artifacts() / board.name;
  std::error_code error;
  return std::filesystem::is_directory(own, error) ? own : artifacts();
}

script::BoardFacts facts_of(const Board& board, bool silicon) {
  script::BoardFacts facts{.name = board.name, .memories = board.memories};
  facts.flash_size =
      !silicon && board.virtual_board ? board.virtual_board->card_size : board.flash_size;
  facts.boots_system_images = !silicon && !board.virtual_board && board.qemu;
  return facts;
}

}  // namespace hil::board
