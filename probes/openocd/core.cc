// What one does with a core through OpenOCD.
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "probes/openocd/openocd.h"
#include "probes/openocd/tcl.h"

namespace probes::openocd {
namespace {

std::string hex(uint32_t value) {
  char text[11];
  snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

// "0x1f", "r0 (/32): 0x0000001f": the first hexadecimal number.
std::optional<uint32_t> number_in(std::string_view text) {
  const size_t at = text.find("0x");
  if (at == std::string_view::npos) return std::nullopt;
  uint32_t value = 0;
  const char* const first = text.data() + at + 2;
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), value, 16);
  if (error != std::errc() || end == first) return std::nullopt;
  return value;
}

// A transfer may be slow on a real probe: 20 KiB/s and a few seconds.
Milliseconds transfer_limit(uintmax_t bytes) {
  return OpenOcd::kLimit + Milliseconds(static_cast<int64_t>(bytes / 20));
}

class Scratch {
 public:
  explicit Scratch(std::filesystem::path path) : path_(std::move(path)) {}
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Scratch(const Scratch&) = delete;

 private:
  std::filesystem::path path_;
};

}  // namespace

Outcome<void> OpenOcd::quietly(Outcome<std::string> result) {
  if (!result) return result.error();
  return {};
}

Outcome<bool> OpenOcd::examined() {
  const auto said = command(config_.target + " was_examined");
  if (!said) return said.error();
  return *said == "1";
}

Outcome<void> OpenOcd::examine(Milliseconds limit) {
  // From Test-Logic-Reset on: OpenOCD's idea of the chain's state may be as old as the last
  // power-on.
  TRY(command("jtag arp_init", limit));
  return quietly(command(config_.target + " arp_examine", limit));
}

Outcome<std::string> OpenOcd::state() {
  TRY(command(config_.target + " arp_poll"));
  return command(config_.target + " curstate");
}

Outcome<void> OpenOcd::halt(Milliseconds limit) {
  if (!TRY(examined())) TRY(examine(limit));
  return quietly(command("halt " + std::to_string(limit.count()), limit + kLimit));
}

Outcome<void> OpenOcd::resume(std::optional<uint32_t> address) {
  const std::string state = TRY(command(config_.target + " curstate"));
  if (state != "halted")  // OpenOCD itself would only warn, and disturb the channel to the core
    return Failure{"cannot resume: the core is " + state};
  return quietly(command(address ? "resume " + hex(*address) : "resume"));
}

Outcome<void> OpenOcd::wait_halted(Milliseconds limit) {
  return quietly(command("wait_halt " + std::to_string(limit.count()), limit + kLimit));
}

Outcome<void> OpenOcd::step() {
  return quietly(command("step"));
}

Outcome<void> OpenOcd::reset_halt(Milliseconds limit) {
  return quietly(command("reset halt", limit));
}

Outcome<void> OpenOcd::reset_run(Milliseconds limit) {
  return quietly(command("reset run", limit));
}

Outcome<uint32_t> OpenOcd::reg(std::string_view name) {
  const std::string said = TRY(command("reg " + tcl_word(name)));
  const size_t colon = said.rfind(':');
  const auto value = number_in(colon == std::string::npos ? said : said.substr(colon));
  if (!value)
    return Failure{"openocd does not know the register " + std::string(name) + ": " + said};
  return *value;
}

Outcome<void> OpenOcd::set_reg(std::string_view name, uint32_t value) {
  const std::string said = TRY(command("reg " + tcl_word(name) + " " + hex(value)));
  if (number_in(said) != value)
    return Failure{"the register " + std::string(name) + " cannot be set: " + said};
  return {};
}

Outcome<std::vector<uint32_t>> OpenOcd::read_words(uint32_t address, size_t count) {
  const std::string said = TRY(command(
      "read_memory " + hex(address) + " 32 " + std::to_string(count), transfer_limit(count * 4)));
  std::vector<uint32_t> words;
  std::istringstream in(said);
  for (std::string word; in >> word;)
    if (const auto value = number_in(word)) words.push_back(*value);
  if (words.size() != count)
    return Failure{"asked for " + std::to_string(count) + " words at " + hex(address) + ", got " +
                   std::to_string(words.size())};
  return words;
}

Outcome<void> OpenOcd::write_words(uint32_t address, std::span<const uint32_t> words) {
  std::string list;
  for (const uint32_t word : words) list += (list.empty() ? "" : " ") + hex(word);
  return quietly(command("write_memory " + hex(address) + " 32 {" + list + "}",
                         transfer_limit(words.size() * 4)));
}

Outcome<std::filesystem::path> OpenOcd::scratch(std::string_view name) const {
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  if (error) return Failure{"no folder for temporary files: " + error.message()};
  return folder / ("touchstone." + std::to_string(getpid()) + "." +
                   std::to_string(reinterpret_cast<uintptr_t>(this)) + "." + std::string(name));
}

Outcome<std::vector<std::byte>> OpenOcd::read_memory(uint32_t address, size_t size) {
  const std::filesystem::path file = TRY(scratch("dump"));
  const Scratch removed_later(file);
  TRY(command(
      "dump_image " + tcl_word(file.string()) + " " + hex(address) + " " + std::to_string(size),
      transfer_limit(size)));
  std::vector<std::byte> bytes(size);
  std::ifstream in(file, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    return Failure{"openocd's dump of " + std::to_string(size) + " bytes is too short"};
  return bytes;
}

Outcome<void> OpenOcd::write_memory(uint32_t address, std::span<const std::byte> bytes) {
  const std::filesystem::path file = TRY(scratch("load"));
  const Scratch removed_later(file);
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return Failure{"cannot write " + file.string() + ": is the disk full?"};
  return load(file, address);
}

Outcome<void> OpenOcd::image_command(const char* verb, const std::filesystem::path& image,
                                     std::optional<uint32_t> address) {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::absolute(image, error);
  const uintmax_t size = std::filesystem::file_size(file, error);
  if (error) return Failure{"there is no file " + image.string() + " (" + error.message() + ")"};
  std::string words = std::string(verb) + " " + tcl_word(file.string());
  if (address) words += " " + hex(*address) + " bin";
  return quietly(command(words, transfer_limit(size)));
}

Outcome<void> OpenOcd::load(const std::filesystem::path& image, std::optional<uint32_t> address) {
  return image_command("load_image", image, address);
}

Outcome<void> OpenOcd::verify(const std::filesystem::path& image, std::optional<uint32_t> address) {
  return image_command("verify_image", image, address);
}

Outcome<bool> OpenOcd::matches(const std::filesystem::path& file, uint32_t address) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> wanted{std::istreambuf_iterator<char>(in), {}};
  if (!in) return Failure{"cannot read " + file.string()};
  auto found = read_memory(address, wanted.size());
  if (!found) return found.error();
  return std::memcmp(found->data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace probes::openocd
