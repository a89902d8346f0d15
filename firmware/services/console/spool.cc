#include "firmware/services/console/spool.h"

#include "base/modules.h"

namespace services::console {
namespace {

constexpr uint8_t kModule = base::module_number("firmware/services/console/spool.cc");

/// What a client may put on the terminal. Nothing that moves the cursor: a client must not be able
/// to overwrite or imitate what others printed.
constexpr char clean(char c) {
  return c == '\n' || (c >= ' ' && c <= '~') ? c : '?';
}

}  // namespace

Spool::Source* Spool::source_of(kernel::abi::Identity owner) {
  Source* free = nullptr;
  for (size_t i = kOwn; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (source.owner == owner) return &source;
    // One whose unfinished line is on the screen only gives way when there is nothing else.
    const bool better = free == nullptr || (free == &sources_[current_] && column_ > 0);
    if (idle(source) && better) free = &source;
  }
  if (free) free->owner = owner;
  return free;
}

size_t Spool::push(Source& source, std::span<const char> text) {
  const size_t count = std::min(text.size(), source.queue.room());
  for (char c : text.first(count)) source.queue.push(clean(c));
  source.queued += count;
  return count;
}

void Spool::write(kernel::abi::Identity from, std::span<const char> text,
                  ipc::Promise<Write> promise) {
  Source* source = source_of(from);
  if (source == nullptr || source->waiting.back()) {
    (void)promise.keep(FAIL(kBusy));
    return;
  }
  if (!source->waiting[0]) text = text.subspan(push(*source, text));
  if (text.empty()) {
    (void)promise.keep({});  // a caller that is gone is nothing to us, here and below
    return;
  }
  for (auto& slot : source->waiting)
    if (!slot) {
      slot.emplace(text, std::move(promise));
      return;
    }
}

void Spool::refill(Source& source) {
  while (source.waiting[0] && source.queue.room() > 0) {
    Waiting& first = *source.waiting[0];
    first.rest = first.rest.subspan(push(source, first.rest));
    if (!first.rest.empty()) return;
    (void)first.promise.keep({});
    source.waiting[0].reset();
    for (size_t i = 1; i < source.waiting.size() && source.waiting[i]; ++i) {
      source.waiting[i - 1] = std::move(source.waiting[i]);
      source.waiting[i].reset();
    }
  }
}

size_t Spool::write_own(Own own, std::string_view text) {
  Source& source = sources_[static_cast<size_t>(own)];
  const size_t count = std::min(text.size(), source.queue.room());
  for (char c : text.substr(0, count)) source.queue.push(c);
  return count;
}

bool Spool::empty() const {
  for (const Source& source : sources_)
    if (!source.queue.empty()) return false;
  return true;
}

size_t Spool::next_with_text(size_t after) const {
  // The kernel first: what it has to say is short, and a report should stand in one piece.
  constexpr size_t kLog = static_cast<size_t>(Own::kKernelLog);
  if (!sources_[kLog].queue.empty()) return kLog;
  for (size_t step = 1; step <= sources_.size(); ++step) {
    const size_t index = (after + step) % sources_.size();
    if (!sources_[index].queue.empty()) return index;
  }
  return kNone;
}

void Spool::put(std::span<char> out, size_t& used, std::string_view text) {
  for (char c : text) out[used++] = c;
  taken_ += text.size();
}

void Spool::end_line(std::span<char> out, size_t& used) {
  put(out, used, "\r\n");
  column_ = 0;
}

size_t Spool::take(std::span<char> out) {
  size_t used = 0;
  while (out.size() - used >= 2) {  // room for a line end, whatever comes
    if (column_ == kLongestLine) {
      end_line(out, used);
      continue;
    }
    if (column_ == 0 || sources_[current_].queue.empty()) {
      const size_t next = next_with_text(current_);
      if (next == kNone) break;
      if (column_ > 0 && next != current_) {
        end_line(out, used);
        continue;
      }
      current_ = next;
    }
    Source& source = sources_[current_];
    const char c = source.queue.pop();
    ++source.taken;
    if (c == '\n') {
      end_line(out, used);
    } else {
      put(out, used, {&c, 1});
      ++column_;
    }
    refill(source);
  }
  settle_flushes();
  return used;
}

void Spool::flush(kernel::abi::Identity from, ipc::Promise<Flush> promise) {
  Source* source = source_of(from);
  if (source == nullptr) {
    (void)promise.keep(FAIL(kBusy));
    return;
  }
  uint64_t until = source->queued;
  for (const auto& waiting : source->waiting)
    if (waiting) until += waiting->rest.size();
  for (auto& slot : flushes_)
    if (!slot) {
      slot.emplace(source, until, std::nullopt, std::move(promise));
      ++source->flushes;
      settle_flushes();
      return;
    }
  (void)promise.keep(FAIL(kBusy));
}

void Spool::sent_all_but(uint64_t on_their_way) {
  left_ = taken_ - std::min(on_their_way, taken_);
  settle_flushes();
}

void Spool::settle_flushes() {
  for (auto& slot : flushes_) {
    if (!slot || slot->source->taken < slot->until) continue;
    if (!slot->behind) slot->behind = taken_;
    if (left_ < *slot->behind) continue;
    --slot->source->flushes;
    (void)slot->promise.keep({});
    slot.reset();
  }
}

}  // namespace services::console
