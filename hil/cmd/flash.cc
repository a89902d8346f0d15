// hil flash: an image onto a board, without a script.
#include <unistd.h>

#include "hil/board/paths.h"
#include "hil/cmd/cmd.h"
#include "hil/cmd/common.h"
#include "hil/steps/disk_image.h"
#include "probes/process/interrupt.h"

namespace hil::cmd {
namespace {

struct FlashChoice {
  BoardChoice board;
  std::string image;
  bool raw = false;
};

/// As given, or among the built images.
std::optional<std::filesystem::path> find_image(const std::string& name,
                                                const std::filesystem::path& artifacts) {
  std::error_code error;
  for (const auto& candidate : {std::filesystem::path(name), artifacts / name})
    if (std::filesystem::is_regular_file(candidate, error)) return candidate;
  return {};
}

int flash(FlashChoice choice) {
  probes::process::watch_interrupts();
  const auto chosen = load(choice.board);
  if (!chosen) return kUsage;
  if (chosen->board.qemu && !chosen->bench)
    return complain(kUsage,
                    "board " + chosen->board.name +
                        " keeps nothing while it is off; `hil run` a script that flashes it");
  const auto artifacts = board::artifacts(chosen->board);
  const auto image = find_image(choice.image, artifacts);
  if (!image)
    return complain(kUsage, "no such image " + script::ticked(choice.image) +
                                "; looked in the current folder and in " + artifacts.string());
  const bool silicon = chosen->bench.has_value();
  const auto good =
      steps::check_image(*image, board::facts_of(chosen->board, silicon).flash_size,
                         choice.raw ? steps::ImageKind::kRaw : steps::ImageKind::kDisk);
  if (!good) return complain(kUsage, good.error().what);

  if (!silicon && choice.board.state.empty())
    choice.board.state = board::default_state(chosen->board.name).string();
  const std::filesystem::path logs =
      silicon ? board::cache() / "logs" : std::filesystem::path(choice.board.state);
  std::error_code error;
  std::filesystem::create_directories(logs, error);
  auto bench = opener(*chosen, choice.board, logs, "hil flash " + choice.image)(nullptr);
  if (!bench) return complain(kBenchFailed, bench.error().what);
  const Rig rig = (*bench)->rig();
  if (!rig.flasher) return complain(kBenchFailed, (*bench)->why_not(script::kFlash));

  const bool live = isatty(STDERR_FILENO);
  auto figures = rig.flasher->flash(*image, [&](double done, std::string_view words) {
    if (live) fprintf(stderr, "\r\x1b[K%3.0f %% %s", done * 100, std::string(words).c_str());
  });
  if (live) fprintf(stderr, "\r\x1b[K");
  const bool interrupted = probes::process::interrupted();
  probes::process::clear_interrupt();
  const auto safe = (*bench)->make_safe();
  if (interrupted) return complain(kInterrupted, "interrupted; the image is not complete");
  if (!figures) return complain(kBenchFailed, figures.error().what);
  if (!safe) return complain(kBenchFailed, safe.error().what);
  printf("%s: %llu bytes written at %.0f KiB/s, verified at %.0f KiB/s\n", image->c_str(),
         static_cast<unsigned long long>(figures->bytes), figures->write_kib_s,
         figures->verify_kib_s);
  return kPassed;
}

}  // namespace

void add_flash(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("flash", "Put an image on a board's flash through its probe");
  auto choice = std::make_shared<FlashChoice>();
  command->add_option("image", choice->image, "The image, a path or the name of a built one")
      ->required();
  command->add_option("--board", choice->board.board, "A board's name or the path of its file")
      ->required();
  command->add_option("--bench", choice->board.bench,
                      "How the board is wired up; without it the board is a virtual one");
  command->add_option("--state", choice->board.state,
                      "Folder of the virtual board (default: one in the cache folder)");
  command->add_flag("--raw", choice->raw, "Take anything that fits, not only disk images");
  command->callback([choice, &action] { action = [choice] { return flash(*choice); }; });
}

}  // namespace hil::cmd
