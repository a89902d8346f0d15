// Signing keys, and signing.
//
// A development key has no secret: it follows from its name, which begins with DEVELOPMENT-ONLY-,
// so that every checkout can sign for a development bootstrap and nobody can mistake it for more. A
// release key's secret half is a file outside the repository.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/boot/image.h"
#include "firmware/images/failure.h"

namespace firmware::images {

inline constexpr std::string_view kDevelopmentPrefix = "DEVELOPMENT-ONLY-";

struct SigningKey {
  std::string name{};
  boot::PublicKey public_key{};
  std::array<uint8_t, 64> secret{};  ///< libsodium's form: seed, then public key

  bool development() const { return name.starts_with(kDevelopmentPrefix); }
};

/// The key that follows from a name. Fails when it does not begin with kDevelopmentPrefix.
Outcome<SigningKey> development_key(std::string_view name);

/// A key nobody else has, from the system's entropy. Fails on a name that is no key name, or that
/// says DEVELOPMENT-ONLY-.
Outcome<SigningKey> random_key(std::string_view name);

/// Key files are text: a first line that says which half it is, `name NAME`, `ed25519 HEX`.
std::string public_text(const SigningKey& key);
std::string secret_text(const SigningKey& key);
/// `file` is for messages. Fails on anything but what secret_text() writes.
Outcome<SigningKey> parse_secret(std::string_view text, const std::string& file);

/// Puts key id and signature into `image`. Fails when it is no image, or when a development key
/// would sign a release.
Outcome<void> sign(Bytes& image, const SigningKey& key);

}  // namespace firmware::images
