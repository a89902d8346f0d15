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
  const ImageKind kind = arguments.flag("raw") ? ImageKind::kRaw
                         : checking.board && checking.board->boots_system_images
                             ? ImageKind::kSystem
                             : ImageKind::kDisk;
  const auto good = check_image(arguments.text("image"), limit, kind);
  if (!good) checking.problems.add(arguments.mark("image"), good.error().what);
}

StepEnd run(Rig& rig, const script::Arguments& arguments, Record& record) {
  const std::filesystem::path image = arguments.text("image");
  record.image(image);
  const FlashFigures figures = TRY(bench(rig.flasher->flash(
      image, [&](double done, std::string_view words) { record.progress(done, words); })));
  if (figures.write_seconds == 0) return {};  // nothing was written that could be measured
  record.value("flash/write_kib_s", figures.write_kib_s, "KiB/s");
  record.value("flash/verify_kib_s", figures.verify_kib_s, "KiB/s");
  record.value("flash/write_s", figures.write_seconds, "s");
  record.value("flash/verify_s", figures.verify_seconds, "s");
  return {};
}

}  // namespace

script::Kind flash() {
  return {
      .name = "flash",
      .about =
          "Writes an image to the board's flash: through the debug probe, verified by a CRC that "
          "the board's own core computes. A board without flash gets the image put into its "
          "memory when the supply comes on.",
      .forms = {
          {.head = "image",
           .about = "Switches the supply on if it is off and takes the core over; the "
                    "board runs nothing of its own until it is reset or power cycled.",
           .example = "flash: {image: touchstone.img}",
           .needs = script::kPower | script::kFlash,
           .arguments = {{.name = "image",
                          .type = script::Type::kFile,
                          .about = "Looked for beside the script, in the current folder "
                                   "and among the built images. It must fit the board's "
                                   "flash and be as long as its partition table (or, where there "
                                   "is none, its header) says.",
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
