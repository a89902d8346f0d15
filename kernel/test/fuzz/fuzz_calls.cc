// libFuzzer's target: its bytes decide what the processes of chaos.h do. What must hold is checked
// after every call; that and the sanitizers say what is wrong.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "kernel/test/chaos.h"

namespace {

/// Each choice takes as few bytes as it needs; all zeros when there are no more.
class Bytes : public kernel::test::Choices {
 public:
  explicit Bytes(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint32_t below(uint32_t limit) override {
    if (limit <= 1) return 0;
    return take(limit <= 0x100 ? 1 : limit <= 0x10000 ? 2 : 4) % limit;
  }
  uint32_t word() override { return take(4); }
  bool empty() const { return bytes_.empty(); }

 private:
  uint32_t take(unsigned count) {
    uint32_t value = 0;
    for (; count != 0 && !bytes_.empty(); --count, bytes_ = bytes_.subspan(1)) {
      value = value << 8 | bytes_[0];
    }
    return value;
  }
  std::span<const uint8_t> bytes_;
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes bytes({data, size});
  kernel::test::Chaos chaos(bytes);
  while (!bytes.empty() && !chaos.wants_restart()) {
    const std::string wrong = chaos.step();
    if (wrong.empty()) continue;
    std::fprintf(stderr, "what must hold does not: %s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
