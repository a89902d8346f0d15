// flash: puts an image on the board's flash through the probe.
#include <filesystem>

#include "hil/run/rig.h"
#include "hil/script/quantity.h"
#include "hil/steps/disk_image.h"
#include "hil/steps/steps.h"

namespace hil::steps {
namespace {

void check(const script::Arguments& arguments, script::Checking& checking) {
  const uint64_t limit = checking.board ? checking.board->flash_size : UINT64_MAX;
  const auto good = check_disk_image(arguments.text("image"), limit, arguments.flag("raw"));
  if (!good) checking.problems.add(arguments.mark("image"), good.error().what);
}

StepEnd run(Rig& rig, const script::Arguments& arguments, Record& record) {
  const std::filesystem::path image = arguments.text("image");
  record.image(image);
  const FlashFigures figures = TRY(bench(rig.debugger->flash(
      image, [&](double done, std::string_view words) { record.progress(done, words); })));
  record.value("flash/write_kib_s", figures.write_kib_s, "KiB/s");
  record.value("flash/verify_kib_s", figures.verify_kib_s, "KiB/s");
  record.value("flash/write_s", figures.write_seconds, "s");
  record.value("flash/verify_s", figures.verify_seconds, "s");
  return {};
}

}  // namespace

script::Kind flash() {
  return {.name = "flash",
          .about =
              "Writes an image to the board's flash through the debug probe and verifies it by "
              "a CRC that the board's own core computes.",
          .forms = {{.head = "image",
                     .about = "Switches the supply on if it is off and takes the core over; the "
                              "board runs nothing of its own until it is reset or power cycled.",
                     .example = "flash: {image: touchstone.img}",
                     .needs = script::kPower | script::kDebug,
                     .arguments = {{.name = "image",
                                    .type = script::Type::kFile,
                                    .about = "Looked for beside the script, in the current folder "
                                             "and among the built images. It must fit the board's "
                                             "flash and be as long as its partition table says.",
                                    .required = true},
                                   {.name = "raw",
                                    .type = script::Type::kFlag,
                                    .about = "With true, anything that fits may be flashed, also "
                                             "without a partition table.",
                                    .fallback = "false"}},
                     .check = check,
                     .run = run}}};
}

}  // namespace hil::steps
