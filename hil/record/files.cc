#include "hil/record/files.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include <array>
#include <fstream>

namespace hil::record {
namespace {

/// 0, or errno.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return 0;
}

}  // namespace

probes::Failure file_failure(const std::filesystem::path& file, int reason) {
  if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
    return {"the disk is full: " + file.string() + " cannot be written (" + strerror(reason) +
            "); what was written before is kept. Make room, or name another folder with --out"};
  return {file.string() + " cannot be written: " + strerror(reason)};
}

probes::Outcome<void> write_atomically(const std::filesystem::path& file,
                                       std::string_view content) {
  const std::filesystem::path draft = file.string() + ".tmp";
  const int descriptor = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return file_failure(draft, errno);
  int reason = write_all(descriptor, content);
  // EINVAL: the file system has nothing to flush (a device, a FUSE mount).
  if (reason == 0 && fsync(descriptor) != 0 && errno != EINVAL) reason = errno;
  if (close(descriptor) != 0 && reason == 0) reason = errno;
  if (reason == 0 && rename(draft.c_str(), file.c_str()) != 0) reason = errno;
  if (reason == 0) return {};
  unlink(draft.c_str());
  return file_failure(file, reason);
}

Appender::~Appender() {
  close();
}

probes::Outcome<void> Appender::open(const std::filesystem::path& file) {
  close();
  file_ = file;
  descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) return file_failure(file, errno);
  return {};
}

probes::Outcome<void> Appender::append(std::string_view bytes) {
  if (const int reason = write_all(descriptor_, bytes)) return file_failure(file_, reason);
  return {};
}

void Appender::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

std::string sha256_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return "";
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  std::array<char, 65536> buffer;
  while (stream.read(buffer.data(), buffer.size()), stream.gcount() > 0)
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(buffer.data()),
                              static_cast<unsigned long long>(stream.gcount()));
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256_final(&state, digest.data());
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> text;
  return sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
}

}  // namespace hil::record
