#include "base/model/world.h"

#include <algorithm>

namespace base::model {

void World::arm(Event& event, Time due) {
  if (!event.armed()) queue_.push_back(&event);
  const bool earliest = due < next_due();
  event.due_ = due;
  event.order_ = ++armed_;
  if (due == kNever)
    std::erase(queue_, &event);
  else if (earliest)
    earliest_changed();
}

void World::disarm(Event& event) {
  if (!event.armed()) return;
  std::erase(queue_, &event);
  event.due_ = kNever;
}

Time World::next_due() const {
  Time earliest = kNever;
  for (const Event* event : queue_) earliest = std::min(earliest, event->due_);
  return earliest;
}

void World::fire_until(Time until, const std::function<void(Time)>& set_now) {
  for (;;) {
    Event* next = nullptr;
    for (Event* event : queue_) {
      if (event->due_ > until) continue;
      if (!next || event->due_ < next->due_ ||
          (event->due_ == next->due_ && event->order_ < next->order_))
        next = event;
    }
    if (!next) return;
    set_now(next->due_);
    disarm(*next);
    next->action_();
  }
}

}  // namespace base::model
