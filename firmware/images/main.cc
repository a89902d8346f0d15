// touchstone-pack: system images, card contents and keys. One subcommand each.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>

#include "firmware/images/disk.h"
#include "firmware/images/files.h"
#include "firmware/images/key.h"
#include "firmware/images/matrix.h"
#include "firmware/images/show.h"
#include "firmware/images/system.h"

namespace firmware::images {
namespace {

namespace fs = std::filesystem;

Failure in_file(const fs::path& file, const Failure& failure) {
  return {file.string() + ": " + failure.what};
}

/// Which key signs: exactly one of the options is given.
struct KeyChoice {
  std::string development{};
  fs::path file{};
  bool nobody = false;

  void add_to(CLI::App* command, bool may_be_nobody) {
    auto* group = command->add_option_group("key", "Who signs");
    group->add_option("--development-key", development,
                      "name of a development key: " + std::string(kDevelopmentPrefix) + "...");
    group->add_option("--key", file, "file with a release key's secret half");
    if (may_be_nobody) group->add_flag("--unsigned", nobody, "nobody yet: `sign` will");
    group->require_option(1);
  }

  Outcome<SigningKey> load() const {
    if (!development.empty()) return development_key(development);
    return parse_secret(TRY(read_text(file)), file);
  }
};

/// `OUT: FILES...`, so that the build knows when to make OUT again.
Outcome<void> write_depfile(const fs::path& depfile, const fs::path& out,
                            const std::vector<fs::path>& read) {
  std::string text = out.string() + ":";
  for (const fs::path& file : read) {
    text += " ";
    for (const char c : fs::absolute(file).string()) text += c == ' ' ? "\\ " : std::string(1, c);
  }
  text += "\n";
  return write_file(depfile, std::as_bytes(std::span(text)));
}

struct SystemCommand {
  SystemFiles files{};
  KeyChoice key{};
  fs::path out{}, depfile{};

  Outcome<void> run() const {
    BuiltSystem built = TRY(build_system(files));
    if (!key.nobody) {
      auto signed_image = sign(built.image, TRY(key.load()));
      if (!signed_image) return in_file(files.description, signed_image.error());
    }
    TRY(write_file(out, built.image));
    if (!depfile.empty()) TRY(write_depfile(depfile, out, built.read));
    return {};
  }
};

struct SignCommand {
  fs::path in{}, out{};
  KeyChoice key{};

  Outcome<void> run() const {
    Bytes image = TRY(read_file(in));
    auto signed_image = sign(image, TRY(key.load()));
    if (!signed_image) return in_file(in, signed_image.error());
    return write_file(out, image);
  }
};

struct DiskCommand {
  fs::path bootstrap{}, system{}, out{};

  Outcome<void> run() const {
    const Bytes boot = TRY(read_file(bootstrap));
    const Bytes image = TRY(read_file(system));
    const Bytes disk = TRY(make_disk({}, boot, image, fs::absolute(out).parent_path()));
    return write_file(out, disk);
  }
};

struct DamageCommand {
  Damage how = Damage::kPayload;
  fs::path in{}, out{};

  Outcome<void> run() const {
    Bytes disk = TRY(read_file(in));
    auto damaged = damage(disk, how);
    if (!damaged) return in_file(in, damaged.error());
    return write_file(out, disk);
  }
};

struct KeyCommand {
  std::string name{};

  Outcome<void> run() const {
    std::cout << public_text(TRY(development_key(name)));
    return {};
  }
};

struct NewKeyCommand {
  std::string name{};
  fs::path secret_file{}, public_file{};

  Outcome<void> run() const {
    const SigningKey key = TRY(random_key(name));
    TRY(write_secret(secret_file, secret_text(key)));
    const std::string text = public_text(key);
    return write_file(public_file, std::as_bytes(std::span(text)));
  }
};

struct ShowCommand {
  fs::path in{};

  Outcome<void> run() const {
    auto text = show(TRY(read_file(in)));
    if (!text) return in_file(in, text.error());
    std::cout << *text;
    return {};
  }
};

struct MatrixCommand {
  fs::path in{}, out{};

  Outcome<void> run() const {
    auto text = matrix(TRY(read_file(in)));
    if (!text) return in_file(in, text.error());
    return write_file(out, std::as_bytes(std::span(*text)));
  }
};

/// Parses the command line and does what it says. 0: done; 1: could not; 2: not a command.
int run(int argc, char** argv) {
  CLI::App app("Packs system images and card contents for the device.");
  app.require_subcommand(1);
  std::function<Outcome<void>()> chosen;
  const auto command = [&](const char* name, const char* what, auto& self) {
    CLI::App* added = app.add_subcommand(name, what);
    added->callback([&] { chosen = [&] { return self.run(); }; });
    return added;
  };

  SystemCommand system;
  auto* sub = command("system", "Build and sign a system image", system);
  sub->add_option("--description", system.files.description, "system description (TOML)")
      ->required();
  sub->add_option("--manifests", system.files.manifests, "folder of NAME/manifest.toml")
      ->required();
  sub->add_option("--programs", system.files.programs, "folder of NAME/service_NAME.elf")
      ->required();
  sub->add_option("--kernel", system.files.kernel, "the kernel's ELF file")->required();
  sub->add_option("--out", system.out, "the image")->required();
  sub->add_option("--depfile", system.depfile, "write here what the image depends on");
  system.key.add_to(sub, true);

  SignCommand signing;
  sub = command("sign", "Sign a system image again, with another key", signing);
  sub->add_option("IN", signing.in)->required();
  sub->add_option("OUT", signing.out)->required();
  signing.key.add_to(sub, false);

  DiskCommand disk;
  sub = command("disk", "Build the card's contents: bootstrap and system image", disk);
  sub->add_option("--boot", disk.bootstrap, "boot.bin")->required();
  sub->add_option("--system", disk.system, "signed system image")->required();
  sub->add_option("--out", disk.out, "the card's contents")->required();

  DamageCommand payload{.how = Damage::kPayload};
  sub = command("damage-payload", "For tests: flip one bit of a card's system image", payload);
  sub->add_option("IN", payload.in)->required();
  sub->add_option("OUT", payload.out)->required();

  DamageCommand truncated{.how = Damage::kTruncated};
  sub = command("damage-truncate", "For tests: end a card's partition inside its system image",
                truncated);
  sub->add_option("IN", truncated.in)->required();
  sub->add_option("OUT", truncated.out)->required();

  KeyCommand key;
  sub = command("key", "Print the public half of a development key", key);
  sub->add_option("NAME", key.name)->required();

  NewKeyCommand fresh;
  sub = command("new-key", "Make a release key", fresh);
  sub->add_option("NAME", fresh.name)->required();
  sub->add_option("--secret", fresh.secret_file, "new file, outside every repository")->required();
  sub->add_option("--public", fresh.public_file, "the half that bootstraps are built with")
      ->required();

  ShowCommand shown;
  sub = command("show", "Tell what an image holds", shown);
  sub->add_option("IMAGE", shown.in)->required();

  MatrixCommand forbidden;
  sub = command("matrix",
                "For tests: write what each process may do, for a program that tries the rest",
                forbidden);
  sub->add_option("IMAGE", forbidden.in)->required();
  sub->add_option("OUT", forbidden.out)->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto outcome = chosen();
  if (outcome) return 0;
  std::cerr << outcome.error().what << "\n";
  return 1;
}

}  // namespace
}  // namespace firmware::images

int main(int argc, char** argv) {
  return firmware::images::run(argc, argv);
}
