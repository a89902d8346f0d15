#include "probes/openocd/log.h"

#include <charconv>
#include <deque>
#include <fstream>
#include <iterator>
#include <sstream>

namespace probes::openocd {
namespace {

constexpr std::streamoff kTail = 64 * 1024;
constexpr size_t kErrorsShown = 3;

struct Meaning {
  std::string_view says, means;
};

// What OpenOCD 0.12 prints, and what a person at the bench can do about it.
constexpr Meaning kMeanings[] = {
    {"Could not open serial port", "the virtual board's probe is not there: is the board running?"},
    {"Failed to connect", "nobody listens at the probe's address: is the board running?"},
    {"Error on socket 'connect'", "nobody listens at the probe's address: is the board running?"},
    {"LIBUSB_ERROR_ACCESS",
     "no permission for the USB probe: install OpenOCD's udev rules (60-openocd.rules) and join "
     "the "
     "group plugdev"},
    {"No J-Link device found", "plug the J-Link in, or give its serial number"},
    {"unable to open ftdi device", "plug the FTDI probe in, or give its serial number"},
    {"unable to find a matching CMSIS-DAP device",
     "plug the CMSIS-DAP probe in, or give its serial number"},
    {"scan chain interrogation failed: all ones",
     "the scan chain reads all ones: no power, a loose cable, or the boot ROM is running (JTAG is "
     "off then)"},
    {"scan chain interrogation failed: all zeroes",
     "the scan chain reads all zeroes: no power, or TDO is held low"},
    {"Invalid ACK", "the core does not answer: no power, or the boot ROM is running"},
    {"Can't find", "a configuration file is missing: is OpenOCD's script folder complete?"},
};

}  // namespace

std::string read_log(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
  in.seekg(0, std::ios::end);
  const std::streamoff size = in.tellg();
  in.seekg(size > kTail ? size - kTail : 0);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<uint16_t> listening_port(std::string_view log, std::string_view service) {
  constexpr std::string_view kBefore = "Listening on port ";
  const std::string after = " for " + std::string(service) + " connections";
  for (size_t at = log.find(kBefore); at != std::string_view::npos;
       at = log.find(kBefore, at + 1)) {
    const std::string_view rest = log.substr(at + kBefore.size());
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
    if (error != std::errc() || port == 0) continue;
    if (rest.substr(static_cast<size_t>(end - rest.data())).starts_with(after)) return port;
  }
  return std::nullopt;
}

std::string last_words(std::string_view log) {
  std::deque<std::string> errors;
  std::string last;
  std::istringstream lines{std::string(log)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    last = line.substr(0, 300);
    if (!line.starts_with("Error: ") || (!errors.empty() && errors.back() == line.substr(7)))
      continue;
    errors.push_back(line.substr(7, 300));
    if (errors.size() > kErrorsShown) errors.pop_front();
  }
  std::string words;
  for (const std::string& error : errors) words += (words.empty() ? "" : "; ") + error;
  if (words.empty()) words = last.empty() ? "it said nothing" : last;
  for (const Meaning& meaning : kMeanings)
    if (log.find(meaning.says) != std::string_view::npos)
      return words + " (" + std::string(meaning.means) + ")";
  return words;
}

}  // namespace probes::openocd
