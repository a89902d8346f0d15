// An attacker reaches for every page of its areas and their neighbours: what it was not given must
// kill it, what it was given must work, and a loan changes exactly the lent pages, for exactly its
// time. All other pages: sweep.cc.
#include "firmware/interfaces/subject.h"
#include "firmware/runtime/process.h"
#include "tests/kernel/suite/map.h"

namespace suite {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kPage = kernel::abi::kPageSize;
constexpr uint32_t kNeighbours = 2;  // pages on either side of each area

struct Tally {
  uint32_t denied = 0, allowed = 0;
};

/// How an attacker's fault begins, by what it tried.
std::string_view kind_of(Access access) {
  return access == Access::kRead ? "read" : access == Access::kWrite ? "write" : "execute";
}

std::string_view name_of(Access access) {
  return kind_of(access);
}

/// One access. When it must be denied, the attacker dies of exactly that and is started again; then
/// true, and whatever stood around it has to be set up anew.
bool probe(Report& report, Tally& tally, Subject& attacker, const Map& map, uint32_t address,
           Access access) {
  const bool allowed = map.allows(address, access);
  if (allowed && access == Access::kExecute) address = map.just_return;
  const Answer answer = attacker.act(static_cast<Action>(access), address, allowed);
  Line line;
  line << name_of(access) << " at ";
  line.hex(address);
  if (allowed) {
    ++tally.allowed;
    line << " works";
    report.check(line.view(), answer.error.word == 0, answer.error.word);
    return false;
  }
  ++tally.denied;
  line << " is denied";
  if (!answer.died()) {
    report.check(line.view(), false, answer.error.word);
    return false;
  }
  const auto record = attacker.bury();
  const bool right =
      record && record->address == address && text_of(record->kind).starts_with(kind_of(access));
  report.check(line.view(), right, record ? record->address : ~0u);
  return true;
}

constexpr Access kAccesses[] = {Access::kRead, Access::kWrite, Access::kExecute};

/// All pages of all areas, and their neighbours. Every life of the attacker has its areas
/// elsewhere, so pages are named by their area.
void sweep_areas(Report& report, Tally& tally, Subject& attacker) {
  Map map;
  if (!map.ask(attacker)) return report.check("the attacker says where it is", false);
  for (size_t i = 0; i < map.areas().size(); ++i) {
    const uint32_t size = map.areas()[i].end - map.areas()[i].begin;
    for (uint32_t offset = 0; offset < size + 2 * kNeighbours * kPage; offset += kPage)
      for (const Access access : kAccesses) {
        const uint32_t page = map.areas()[i].begin - kNeighbours * kPage + offset;
        if (probe(report, tally, attacker, map, page + offset / kPage % 1024 * 4, access) &&
            !map.ask(attacker))
          return report.check("the attacker says where it is", false);
      }
  }
}

struct Loan {
  bool mutably;
  std::string_view name;
};
constexpr Loan kLoans[] = {{false, "lent for reading"}, {true, "lent for writing"}};

/// Lender and borrower as they stand while subject one's buffer is with subject two.
class Stage {
 public:
  Stage(Report& report, const Loan& loan) : report_(report), loan_(loan) {}

  /// False: it cannot be set up, which was reported.
  bool set() {
    Subject &lender = cast().one, &borrower = cast().two;
    const Answer opened = lender.act(Action::kConnect, borrower.service());
    const Answer lent = lender.act(Action::kLendTo, opened.words[0], loan_.mutably);
    if (opened.error.word || lent.error.word || lent.words[0])
      return report_.check("the loan begins", false, lent.words[0]), false;
    if (!lender_map.ask(lender) || !borrower_map.ask(borrower))
      return report_.check("both say where they are", false), false;
    lender_map.lent(loan_.mutably);
    const Area& there = loan_.mutably ? borrower_map.taken : borrower_map.held;
    if (there.end - there.begin != kBufferPages * kPage)
      return report_.check("the loan arrived", false, there.end - there.begin), false;
    return true;
  }
  /// The borrower answers; it hears whether the lender was still there.
  void end(bool lender_lives) {
    const Answer answered = cast().two.act(Action::kAnswer, loan_.mutably);
    const auto code = static_cast<uint8_t>(answered.words[0]);
    report_.check(lender_lives ? "the answer arrives" : "the answer meets kNotFound",
                  answered.error.word == 0 &&
                      code == (lender_lives ? 0 : static_cast<uint8_t>(base::Code::kNotFound)),
                  answered.words[0]);
    if (lender_lives) expect_lender_end(0);
  }
  void expect_lender_end(uint8_t code) {
    const Answer ended = cast().one.act(Action::kLendEnd);
    report_.check("the lender's call ends", static_cast<uint8_t>(ended.words[0]) == code,
                  ended.words[0]);
  }

  Map lender_map{}, borrower_map{};

 private:
  Report& report_;
  const Loan& loan_;
};

void during_loans(Report& report, Tally& tally, const Loan& loan) {
  Stage stage(report, loan);
  // Both have their places elsewhere after a death, so they are looked up each time.
  const auto edges = [&](const Area& area, auto&& each) {
    for (uint32_t offset = 0; offset < (kBufferPages + 2) * kPage; offset += kPage)
      for (const Access access : kAccesses) each(area.begin - kPage + offset + 8, access);
  };
  if (!stage.set()) return;
  const Area& buffer = stage.lender_map.buffer;
  const Area& window = loan.mutably ? stage.borrower_map.taken : stage.borrower_map.held;
  // The lender reaches for what is on loan, and its neighbours.
  edges(buffer, [&](uint32_t address, Access access) {
    if (!probe(report, tally, cast().one, stage.lender_map, address, access)) return;
    stage.end(false);
    (void)stage.set();
  });
  // The borrower for what it has, and its neighbours.
  edges(window, [&](uint32_t address, Access access) {
    if (!probe(report, tally, cast().two, stage.borrower_map, address, access)) return;
    stage.expect_lender_end(static_cast<uint8_t>(base::Code::kNotFound));
    (void)stage.set();
  });
  // A third one has nothing there.
  edges(window, [&](uint32_t address, Access access) {
    Map map;
    if (map.ask(cast().three)) probe(report, tally, cast().three, map, address, access);
  });
  stage.end(true);
  // Afterwards all is as it was before.
  const uint32_t left = window.begin;
  for (const Access access : kAccesses)
    for (uint32_t page = 0; page < kBufferPages; ++page) {
      Map lender, borrower;
      if (lender.ask(cast().one))
        probe(report, tally, cast().one, lender, lender.buffer.begin + page * kPage, access);
      if (borrower.ask(cast().two))
        probe(report, tally, cast().two, borrower, left + page * kPage, access);
    }
}

}  // namespace

uint32_t attack(interfaces::Printer& printer) {
  Report report(printer, "attack");
  cast().refresh();
  const uint32_t free_before = free_pages();
  mute_log(true);
  Tally areas, loans;
  sweep_areas(report, areas, cast().four);
  for (const Loan& loan : kLoans) during_loans(report, loans, loan);
  cast().refresh();
  mute_log(false);
  report.check("no page was lost", free_pages() == free_before, free_before - free_pages());
  const auto say = [&](std::string_view what, const Tally& tally) {
    Line line;
    line << what << ": " << tally.denied << " accesses denied, " << tally.allowed << " allowed";
    report.say(line.view());
  };
  say("every page of its areas and their neighbours", areas);
  say("during and after loans", loans);
  return report.end();
}

}  // namespace suite
