#include "firmware/images/system.h"

#include <map>

#include "firmware/images/description.h"
#include "firmware/images/files.h"
#include "firmware/images/pack.h"
#include "firmware/images/resolve.h"

namespace firmware::images {
namespace {

namespace fs = std::filesystem;

class Builder {
 public:
  explicit Builder(const SystemFiles& files) : files_(files) {}

  Outcome<BuiltSystem> run() {
    const System system = TRY(parse_system(TRY(text(files_.description)), files_.description));
    for (const System::Entry& entry : system.processes) TRY(add(entry));

    // Instances share a program; a manifest that comes twice is read twice, and resolve() objects.
    const Resolved resolved =
        TRY(resolve(manifests_, interfaces::kInterfaces, system.memory, system.memory_size));
    const Executable kernel = TRY(executable(files_.kernel));
    std::vector<Process> processes;
    for (size_t i = 0; i < manifests_.size(); ++i)
      processes.push_back({.manifest = &manifests_[i], .program = &programs_.at(program_of_[i])});
    return BuiltSystem{.image = TRY(lay_out(system, kernel, processes, resolved)),
                       .read = std::move(read_)};
  }

 private:
  Outcome<void> add(const System::Entry& entry) {
    const std::string& name = entry.manifest.value;
    const fs::path file = files_.manifests / name / "manifest.toml";
    if (!fs::exists(file))
      return Failure{entry.manifest.place.text() + "there is no " + file.string() +
                     "; write it, or correct the name"};
    const Manifest manifest = TRY(parse_manifest(TRY(text(file)), file));
    if (manifest.name.value != name)
      return Failure{manifest.name.place.text() + "is named `" + manifest.name.value +
                     "` but lies in the folder `" + name + "`; make them agree"};
    const fs::path program = files_.programs / name / manifest.elf;
    if (!programs_.contains(program)) programs_.emplace(program, TRY(executable(program)));
    for (uint32_t i = 0; i < std::max(entry.instances, 1u); ++i) {
      manifests_.push_back(entry.instances ? instance_of(manifest, i + 1) : manifest);
      program_of_.push_back(program);
    }
    return {};
  }

  Outcome<std::string> text(const fs::path& file) {
    read_.push_back(file);
    return read_text(file);
  }

  Outcome<Executable> executable(const fs::path& file) {
    read_.push_back(file);
    contents_.push_back(TRY(read_file(file)));  // the Elf points into it
    auto elf = parse_elf(contents_.back());
    if (!elf) return Failure{file.string() + ": " + elf.error().what};
    return Executable{.file = file, .elf = *std::move(elf)};
  }

  const SystemFiles& files_;
  std::vector<fs::path> read_;
  std::vector<Bytes> contents_;
  std::vector<Manifest> manifests_;
  std::vector<fs::path> program_of_;
  std::map<fs::path, Executable> programs_;
};

}  // namespace

Outcome<BuiltSystem> build_system(const SystemFiles& files) {
  return Builder(files).run();
}

}  // namespace firmware::images
