#include "firmware/boot/load.h"

namespace firmware::boot {
namespace {

constexpr std::string_view kRefused = "boot: REFUSED: ";
static_assert(sizeof(kernel::abi::ImageHeader) <= kBlockSize);

uint32_t blocks_of(uint32_t bytes) {
  return bytes / kBlockSize + (bytes % kBlockSize != 0);
}

void say_unreadable(Console& console, uint32_t block, base::Error error) {
  Line line;
  line << kRefused << "card cannot be read at block " << block << ", error ";
  console.print(line.hex(error.word).text());
}

void say_refused(Console& console, Refusal refusal, const kernel::abi::ImageHeader& header) {
  Line line;
  line << kRefused << sentence(refusal);
  if (refusal == Refusal::kOtherKey || refusal == Refusal::kDevelopmentKey)
    (line << " (id ").bytes(header.key_id) << ")";
  console.print(line.text());
}

void say_image(Console& console, const kernel::abi::ImageHeader& header) {
  size_t length = 0;
  while (length < header.build.size() && header.build[length]) ++length;
  Line line;
  line << "boot: image " << std::string_view(header.build.data(), length) << " version "
       << header.version << ", " << header.total_size << " bytes";
  console.print(line.text());
}

}  // namespace

std::optional<Loaded> load(Card& card, Ram ram, std::span<std::byte, kBlockSize> scratch,
                           Console& console) {
  if (const auto read = card.read(0, scratch); !read) {
    say_unreadable(console, 0, read.error());
    return std::nullopt;
  }
  const auto partition = find_partition(scratch, kSystemType, card.blocks());
  if (!partition) {
    Line line;
    console.print((line << kRefused << "card has no system partition").text());
    return std::nullopt;
  }
  if (const auto read = card.read(partition->first_block, scratch); !read) {
    say_unreadable(console, partition->first_block, read.error());
    return std::nullopt;
  }

  Loaded loaded;
  loaded.room = {.memory = ram.address,
                 .memory_size = static_cast<uint32_t>(ram.bytes.size()),
                 .available = partition->bytes()};
  const auto header = read_header(scratch, loaded.room);
  if (!header) {
    say_refused(console, header.error(), {});
    return std::nullopt;
  }
  loaded.header = *header;
  say_image(console, loaded.header);

  // Whole blocks: the last one's rest may lie in RAM behind the image, or not in RAM at all.
  const uint32_t blocks = blocks_of(loaded.header.total_size);
  const auto place = ram.bytes.subspan(loaded.header.load_address - ram.address);
  if (size_t{blocks} * kBlockSize > place.size()) {
    say_refused(console, Refusal::kTooLarge, loaded.header);
    return std::nullopt;
  }
  if (const auto read = card.read(partition->first_block, place.first(size_t{blocks} * kBlockSize));
      !read) {
    say_unreadable(console, partition->first_block, read.error());
    return std::nullopt;
  }
  loaded.image = place.first(loaded.header.total_size);
  return loaded;
}

Judgement judge_loaded(const Loaded& loaded, std::span<const TrustedKey> keys, Policy policy,
                       Console& console) {
  const Judgement judgement = judge(loaded.image, loaded.header, loaded.room, keys, policy);
  if (judgement.verdict != Verdict::kApproved) {
    say_refused(console, judgement.refusal, loaded.header);
    return judgement;
  }
  Line line;
  line << "boot: signature good, key " << judgement.key->name << " (id ";
  console.print((line.bytes(loaded.header.key_id) << ")").text());
  return judgement;
}

}  // namespace firmware::boot
