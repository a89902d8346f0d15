// A state as 384 bits. Of all states that differ only in the numbers of frames, or in which of a
// process's threads is which, one stands for all.
#include <algorithm>

#include "kernel/test/model/model.h"

namespace kernel::model {
namespace {

/// Visits every field of a state with its width in bits.
template <class S, class Visit>
void fields(S& s, Visit visit) {
  for (auto& t : s.threads) {
    visit(t.at, 3);
    visit(t.service, 1);
    visit(t.timed, 1);
    visit(t.serving, 3);
    visit(t.loan, 2);
    visit(t.mutably, 1);
    visit(t.ghost, 2);
    visit(t.ghost_service, 1);
    visit(t.token_used, 1);
    visit(t.loan_open, 1);
  }
  for (auto& queue : s.queue) {
    for (auto& item : queue) {
      visit(item.who, 3);
      visit(item.label, 3);
    }
  }
  for (auto& charge : s.charge) visit(charge, 3);
  for (unsigned v = 0; v < kServices; ++v) {
    visit(s.events[v], 2);
    visit(s.notified[v], 2);
    visit(s.on_the_way[v], 3);
  }
  for (auto& moved : s.moved) {
    for (auto& frame : moved) visit(frame, 3);
  }
  for (auto& life : s.life) visit(life, 2);
  for (auto& pages : s.home) {
    for (auto& e : pages) {
      visit(e.frame, 3);
      visit(e.access, 2);
      visit(e.lent, 1);
    }
  }
  for (auto& of_service : s.slot) {
    for (auto& of_thread : of_service) {
      for (auto& e : of_thread) {
        visit(e.frame, 3);
        visit(e.access, 2);
      }
    }
  }
  for (auto& f : s.frames) {
    visit(f.owner, 3);
    visit(f.loans, 3);
    visit(f.writable, 1);
  }
}

class Writer {
 public:
  template <class T>
  void operator()(const T& field, unsigned bits) {
    put(static_cast<uint64_t>(field), bits);
  }
  Key key{};

 private:
  void put(uint64_t value, unsigned bits) {
    if (at_ + bits > 64) {
      ++word_;
      at_ = 0;
    }
    key[word_] |= value << at_;
    at_ += bits;
  }
  unsigned word_ = 0, at_ = 0;
};

class Reader {
 public:
  explicit Reader(const Key& key) : key_(key) {}
  template <class T>
  void operator()(T& field, unsigned bits) {
    if (at_ + bits > 64) {
      ++word_;
      at_ = 0;
    }
    field = static_cast<T>(key_[word_] >> at_ & ((uint64_t{1} << bits) - 1));
    at_ += bits;
  }

 private:
  const Key& key_;
  unsigned word_ = 0, at_ = 0;
};

void name_frames(State& s) {
  std::array<uint8_t, kFrames + 1> name{};  // number + 1 of each number + 1
  uint8_t next = 1;
  const auto visit = [&](Entry& e) {
    if (e.frame == 0) return;
    if (name[e.frame] == 0) name[e.frame] = next++;
    e.frame = name[e.frame];
  };
  for (auto& pages : s.home) std::for_each(pages.begin(), pages.end(), visit);
  for (auto& moved : s.moved) {
    for (uint8_t& frame : moved) {
      if (frame == 0) continue;
      if (name[frame] == 0) name[frame] = next++;
      frame = name[frame];
    }
  }
  for (auto& of_service : s.slot) {
    for (auto& of_thread : of_service) std::for_each(of_thread.begin(), of_thread.end(), visit);
  }
  for (bool free : {false, true}) {
    for (unsigned f = 0; f < kFrames; ++f) {
      if (name[f + 1] == 0 && (s.frames[f].owner == Frame::kFree) == free) name[f + 1] = next++;
    }
  }
  const auto before = s.frames;
  for (unsigned f = 0; f < kFrames; ++f) s.frames[name[f + 1] - 1u] = before[f];
}

/// Thread t of the result is thread order[t] of `s`.
State with_threads(const State& s, const std::array<uint8_t, kThreads>& order) {
  std::array<uint8_t, kThreads + 1> name{};
  for (unsigned t = 0; t < kThreads; ++t) name[order[t] + 1u] = static_cast<uint8_t>(t + 1);
  State result = s;
  for (unsigned t = 0; t < kThreads; ++t) {
    result.threads[t] = s.threads[order[t]];
    result.threads[t].serving = name[result.threads[t].serving];
    for (unsigned v = 0; v < kServices; ++v) result.slot[v][t] = s.slot[v][order[t]];
  }
  for (auto& queue : result.queue) {
    for (Item& item : queue) {
      if (!is_message(item)) item.who = name[item.who];
    }
  }
  return result;
}

Key write(State s) {
  name_frames(s);
  Writer writer;
  fields(s, [&](const auto& field, unsigned bits) { writer(field, bits); });
  return writer.key;
}
}  // namespace

Key pack(const Shape& shape, const State& s) {
  std::array<uint8_t, kThreads> order{0, 1, 2, 3};
  Key best = write(s);
  // Neighbours in the same process change places; shapes have at most two such in a row.
  for (unsigned t = 0; t + 1 < shape.threads; ++t) {
    if (shape.process_of[t] != shape.process_of[t + 1]) continue;
    std::swap(order[t], order[t + 1]);
    best = std::min(best, write(with_threads(s, order)));
    std::swap(order[t], order[t + 1]);
  }
  return best;
}

State unpack(const Key& key) {
  State s;
  Reader reader(key);
  fields(s, [&](auto& field, unsigned bits) { reader(field, bits); });
  return s;
}

}  // namespace kernel::model
