#include "firmware/images/key.h"

#include <sodium.h>

#include <cstring>
#include <optional>
#include <sstream>

#include "kernel/abi/image.h"

namespace firmware::images {
namespace {

using kernel::abi::ImageHeader;

constexpr std::string_view kPublicTitle = "touchstone public key";
constexpr std::string_view kSecretTitle = "touchstone SECRET key: keep it out of every repository";
constexpr size_t kSeedSize = crypto_sign_SEEDBYTES;

bool is_key_name(std::string_view name) {
  for (const char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' &&
        c != '_')
      return false;
  return !name.empty() && name.size() <= 63;
}

SigningKey from_seed(std::string_view name, const std::array<uint8_t, kSeedSize>& seed) {
  SigningKey key{.name = std::string(name)};
  crypto_sign_seed_keypair(key.public_key.data(), key.secret.data(), seed.data());
  return key;
}

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

std::string key_text(std::string_view title, std::string_view name, std::span<const uint8_t> key) {
  std::ostringstream text;
  text << title << "\nname " << name << "\ned25519 " << to_hex(key) << "\n";
  return text.str();
}

}  // namespace

Outcome<SigningKey> development_key(std::string_view name) {
  if (!name.starts_with(kDevelopmentPrefix) || !is_key_name(name))
    return Failure{"`" + std::string(name) + "` is no development key; their names begin with " +
                   std::string(kDevelopmentPrefix)};
  const std::string text = "touchstone development key " + std::string(name);
  std::array<uint8_t, crypto_hash_sha512_BYTES> hash;
  crypto_hash_sha512(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::array<uint8_t, kSeedSize> seed;
  std::memcpy(seed.data(), hash.data(), seed.size());
  return from_seed(name, seed);
}

Outcome<SigningKey> random_key(std::string_view name) {
  if (!is_key_name(name) || name.starts_with(kDevelopmentPrefix))
    return Failure{"`" + std::string(name) +
                   "` cannot name a release key; use letters, digits, '-' and '_', and not " +
                   std::string(kDevelopmentPrefix)};
  if (sodium_init() < 0) return Failure{"libsodium found no source of randomness on this machine"};
  std::array<uint8_t, kSeedSize> seed;
  randombytes_buf(seed.data(), seed.size());
  SigningKey key = from_seed(name, seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

std::string public_text(const SigningKey& key) {
  return key_text(kPublicTitle, key.name, key.public_key);
}

std::string secret_text(const SigningKey& key) {
  return key_text(kSecretTitle, key.name, std::span(key.secret).first(kSeedSize));
}

Outcome<SigningKey> parse_secret(std::string_view text, const std::string& file) {
  const auto wrong = [&](unsigned line, const std::string& what) {
    return Failure{Place{.file = file, .line = line, .column = 1}.text() + what};
  };
  std::istringstream lines{std::string(text)};
  std::string line;
  if (!std::getline(lines, line) || line != kSecretTitle)
    return wrong(1, line == kPublicTitle ? "this is a public key; signing needs the secret half"
                                         : "not a key file; `touchstone-pack new-key` makes one");
  std::string name, seed_hex;
  if (!std::getline(lines, line) || !line.starts_with("name ") || !is_key_name(line.substr(5)))
    return wrong(2, "`name NAME` is missing");
  name = line.substr(5);
  if (name.starts_with(kDevelopmentPrefix))
    return wrong(2, "a development key has no file; give its name with --development-key");
  std::array<uint8_t, kSeedSize> seed;
  size_t length = 0;
  const char* end = nullptr;
  if (!std::getline(lines, line) || !line.starts_with("ed25519 ") ||
      line.size() != 8 + 2 * kSeedSize ||
      sodium_hex2bin(seed.data(), seed.size(), line.data() + 8, line.size() - 8, nullptr, &length,
                     &end) != 0 ||
      length != kSeedSize)
    return wrong(3, "`ed25519` must be followed by " + std::to_string(2 * kSeedSize) +
                        " hexadecimal digits");
  return from_seed(name, seed);
}

Outcome<void> sign(Bytes& image, const SigningKey& key) {
  ImageHeader header;
  if (image.size() < sizeof header) return Failure{"not a system image: too short"};
  std::memcpy(&header, image.data(), sizeof header);
  if (header.magic != kernel::abi::kImageMagic || header.total_size != image.size())
    return Failure{"not a system image; `touchstone-pack system` makes one"};
  if ((header.flags & kernel::abi::kImageRelease) && key.development())
    return Failure{
        "`" + key.name +
        "` must not sign a release: its secret is public; give a release key with --key"};
  header.key_id = boot::key_id(key.public_key);
  std::memcpy(image.data(), &header, sizeof header);
  auto* bytes = reinterpret_cast<unsigned char*>(image.data());
  crypto_sign_detached(bytes + offsetof(ImageHeader, signature), nullptr,
                       bytes + kernel::abi::kSignedFrom, image.size() - kernel::abi::kSignedFrom,
                       key.secret.data());
  return {};
}

}  // namespace firmware::images
