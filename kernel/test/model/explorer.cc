#include "kernel/test/model/explorer.h"

#include <algorithm>

namespace kernel::model {
namespace {

/// The states seen, each with the one it was first reached from.
class Seen {
 public:
  static constexpr uint32_t kNone = ~0u;

  /// The state's number; `fresh` if it was not known.
  uint32_t insert(const Key& key, uint32_t parent, bool& fresh) {
    if ((keys_.size() + 1) * 2 > table_.size()) grow();
    size_t place = hash(key) & (table_.size() - 1);
    for (; table_[place] != kNone; place = (place + 1) & (table_.size() - 1)) {
      if (keys_[table_[place]] != key) continue;
      fresh = false;
      return table_[place];
    }
    fresh = true;
    table_[place] = static_cast<uint32_t>(keys_.size());
    keys_.push_back(key);
    parents_.push_back(parent);
    return table_[place];
  }
  size_t size() const { return keys_.size(); }
  const Key& key(uint32_t number) const { return keys_[number]; }
  uint32_t parent(uint32_t number) const { return parents_[number]; }

 private:
  static size_t hash(const Key& key) {
    uint64_t h = 0;
    for (uint64_t word : key) {
      h = (h ^ word) * 0x9e37'79b9'7f4a'7c15;
      h ^= h >> 29;
    }
    return h;
  }
  void grow() {
    table_.assign(std::max<size_t>(1 << 16, table_.size() * 2), kNone);
    for (uint32_t i = 0; i < keys_.size(); ++i) {
      size_t place = hash(keys_[i]) & (table_.size() - 1);
      while (table_[place] != kNone) place = (place + 1) & (table_.size() - 1);
      table_[place] = i;
    }
  }
  std::vector<Key> keys_;
  std::vector<uint32_t> parents_;
  std::vector<uint32_t> table_;
};

/// The way from the beginning to `last`, one line an action.
std::string way_to(const Rules& rules, const Seen& seen, uint32_t last) {
  std::vector<uint32_t> way;
  for (uint32_t at = last; at != Seen::kNone; at = seen.parent(at)) way.push_back(at);
  std::reverse(way.begin(), way.end());
  std::string text;
  for (size_t i = 0; i + 1 < way.size(); ++i) {
    const State before = unpack(seen.key(way[i]));
    std::vector<Action> actions;
    rules.enabled(before, actions);
    for (const Action& action : actions) {
      State next = before;
      if (!rules.apply(next, action)) continue;
      if (pack(rules.shape(), next) != seen.key(way[i + 1])) continue;
      text += "\n  " + describe(rules.shape(), action);
      break;
    }
  }
  return text + "\n  gives: " + describe(rules.shape(), unpack(seen.key(last)));
}
}  // namespace

Exploration explore(const Rules& rules, uint64_t most) {
  Exploration result;
  Seen seen;
  bool fresh = false;
  seen.insert(pack(rules.shape(), rules.initial()), Seen::kNone, fresh);
  std::vector<Action> actions;
  uint32_t level_end = 1;
  for (uint32_t at = 0; at < seen.size(); ++at) {
    if (at == level_end) {
      ++result.depth;
      level_end = static_cast<uint32_t>(seen.size());
    }
    const State state = unpack(seen.key(at));
    std::string_view why = wrong(rules.shape(), state);
    if (why.empty()) why = stuck(rules, state);
    if (!why.empty()) {
      result.wrong = std::string(why) + way_to(rules, seen, at);
      break;
    }
    result.deadlocks += deadlocked(rules, state) != 0;
    actions.clear();
    rules.enabled(state, actions);
    for (const Action& action : actions) {
      State next = state;
      if (!rules.apply(next, action)) continue;
      ++result.steps;
      if (!next.broken.empty()) {
        result.wrong = std::string(next.broken) + way_to(rules, seen, at) + "\n  then " +
                       describe(rules.shape(), action);
        break;
      }
      seen.insert(pack(rules.shape(), next), at, fresh);
    }
    if (!result.wrong.empty() || seen.size() > most) break;
    result.complete = at + 1 == seen.size();
  }
  result.states = seen.size();
  return result;
}

}  // namespace kernel::model
