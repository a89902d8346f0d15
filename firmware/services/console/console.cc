#include "firmware/services/console/console.h"

#include <algorithm>
#include <utility>

#include "base/modules.h"

namespace services::console {
namespace {
constexpr uint8_t kModule = base::module_number("firmware/services/console/console.cc");
}  // namespace

void Console::pump() {
  bool moved = false;
  for (;;) {
    const size_t pending = port_.pending();
    spool_.sent_all_but(pending);
    std::array<char, Port::kMostPending> next;
    const size_t room = next.size() - std::min(pending, next.size());
    const size_t count = spool_.take(std::span(next).first(room));
    if (count == 0) break;
    port_.send(std::span(next).first(count));
    moved = true;
  }
  if (moved) room_.notify_all();
}

void Console::handle(const Interface::Write& request, ipc::Caller caller,
                     ipc::Promise<Interface::Write> promise) {
  runtime::Lock lock(mutex_);
  spool_.write(caller.identity, request.text.view(), std::move(promise));
  pump();
}

void Console::handle(const Interface::Flush&, ipc::Caller caller,
                     ipc::Promise<Interface::Flush> promise) {
  runtime::Lock lock(mutex_);
  spool_.flush(caller.identity, std::move(promise));
  pump();
}

void Console::handle(const Interface::ReadLine& request, ipc::Caller,
                     ipc::Promise<Interface::ReadLine> promise) {
  runtime::Lock lock(mutex_);
  for (auto& slot : readers_)
    if (!slot) {
      slot.emplace(request.line.view(), std::move(promise));
      serve_readers();
      return;
    }
  (void)promise.keep(FAIL(kBusy));
}

void Console::serve_readers() {
  while (readers_[0]) {
    const LineInput::Line* line = input_.oldest();
    if (line == nullptr) return;
    const std::string_view text = line->view();
    const size_t length = std::min(text.size(), readers_[0]->line.size());
    std::copy_n(text.begin(), length, readers_[0]->line.begin());
    const auto taken = readers_[0]->promise.keep(
        Interface::ReadLine::Reply{.length = static_cast<uint32_t>(length)});
    // A reader that died while it waited must not cost the next one its line.
    if (taken) input_.drop_oldest();
    readers_[0].reset();
    for (size_t i = 1; i < readers_.size() && readers_[i]; ++i) {
      readers_[i - 1] = std::move(readers_[i]);
      readers_[i].reset();
    }
  }
}

void Console::print_log(std::string_view text) {
  runtime::Lock lock(mutex_);
  for (;;) {
    text.remove_prefix(spool_.write_own(Spool::Own::kKernelLog, text));
    pump();
    if (text.empty()) return;
    // The port has its fill and interrupts when it wants more; that makes room.
    room_.wait(mutex_);
  }
}

void Console::on_interrupt() {
  runtime::Lock lock(mutex_);
  port_.on_interrupt();
  std::array<char, 32> characters;
  while (const size_t count = port_.receive(characters))
    for (char c : std::span(characters).first(count))
      spool_.write_own(Spool::Own::kTyping, input_.type(c));
  serve_readers();
  pump();
}

}  // namespace services::console
