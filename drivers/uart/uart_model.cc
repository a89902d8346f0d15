#include "drivers/uart/uart_model.h"

#include <bit>

#include "drivers/uart/uart_regs.h"

namespace drivers::uart {
namespace {

using base::mmio::Value;
using base::model::Time;
using Channel = Regs::Mr::Channel;
using Parity = Regs::Mr::Parity;

constexpr unsigned kSamplesPerBit = 16;
constexpr uint32_t kReceived = Regs::Sr::kReceived.kMask;
constexpr uint32_t kOverrun = Regs::Sr::kOverrun.kMask;
constexpr uint32_t kFraming = Regs::Sr::kFraming.kMask;
constexpr uint32_t kParityError = Regs::Sr::kParity.kMask;
constexpr uint32_t kTimeOut = Regs::Sr::kTimeOut.kMask;
constexpr uint32_t kCompared = Regs::Sr::kCompared.kMask;
constexpr uint32_t kInterrupts = 0x83e3;

Value<Regs::Mr> as_mode(uint32_t bits) {
  return {bits};
}

bool parity_bit(uint8_t byte, Parity parity) {
  const bool odd = std::popcount(byte) & 1;
  switch (parity) {
    case Parity::kEven:
      return odd;
    case Parity::kOdd:
      return !odd;
    case Parity::kMark:
      return true;
    default:
      return false;
  }
}

bool has_parity(uint32_t mode) {
  return as_mode(mode).get(Regs::Mr::kParity) < Parity::kNone;
}

}  // namespace

UartModel::UartModel(base::model::World& world, base::model::ClockSource& bus,
                     base::model::ClockSource& generic, base::model::Line& interrupt,
                     std::function<void(uint8_t)> transmitted, Wire wire)
    : world_(world),
      bus_(bus),
      generic_(generic),
      interrupt_(interrupt),
      transmitted_(std::move(transmitted)),
      wire_(wire),
      protection_(Regs::Wpmr::kPassword),
      sent_event_([this] { frame_sent(); }),
      arrived_event_([this] { frame_arrived(); }),
      time_out_event_([this] {
        status_ |= kTimeOut;
        update();
      }) {
  // A character that waits for a baud rate leaves when its clock comes on. One already under way is
  // finished at the rate at which it began.
  for (auto* clock : {&bus_, &generic_}) clock->on_change([this] { shift_next(); });
  reset();
}

UartModel::~UartModel() {
  world_.disarm(sent_event_);
  world_.disarm(arrived_event_);
  world_.disarm(time_out_event_);
}

void UartModel::reset() {
  protection_.reset();
  world_.disarm(sent_event_);
  world_.disarm(time_out_event_);
  mode_ = mask_ = status_ = divisor_ = compare_ = time_out_ = 0;
  receiver_ = transmitter_ = holding_full_ = shifting_full_ = comparing_ = await_first_ = false;
  update();
}

uint64_t UartModel::clock_hz() const {
  if (!bus_.hz()) return 0;
  return as_mode(mode_).has(Regs::Mr::kGenericClock) ? generic_.hz() : bus_.hz();
}

double UartModel::baud() const {
  return divisor_ ? static_cast<double>(clock_hz()) / (kSamplesPerBit * divisor_) : 0;
}

Time UartModel::bit_time() const {
  const uint64_t hz = clock_hz();
  return hz && divisor_ ? base::model::cycles_to_time(uint64_t{kSamplesPerBit} * divisor_, hz) : 0;
}

Time UartModel::wire_bit_time() const {
  return wire_.baud ? base::model::cycles_to_time(1, wire_.baud) : bit_time();
}

unsigned UartModel::frame_length() const {
  return has_parity(mode_) ? 11 : 10;
}

UartModel::Frame UartModel::frame(uint8_t byte) const {
  uint32_t bits = uint32_t{byte} << 1;
  unsigned length = 9;
  if (has_parity(mode_)) {
    bits |= uint32_t{parity_bit(byte, as_mode(mode_).get(Regs::Mr::kParity))} << length;
    ++length;
  }
  bits |= 1u << length;  // stop
  return {bits, length + 1};
}

/// What a receiver whose bits last `read_bit` makes of a frame whose bits last `sent_bit`; the line
/// rests high after it.
UartModel::Outcome UartModel::sample(Frame frame, Time sent_bit, Time read_bit,
                                     bool with_parity) const {
  const auto level = [&](unsigned bit) -> bool {
    const Time when = read_bit * bit + read_bit / 2;
    const Time index = when / sent_bit;
    return index >= frame.length || (frame.bits >> index & 1);
  };
  Outcome outcome;
  for (unsigned i = 0; i < 8; ++i) outcome.byte |= static_cast<uint8_t>(level(1 + i) << i);
  unsigned next = 9;
  if (with_parity) {
    const bool expected = parity_bit(outcome.byte, as_mode(mode_).get(Regs::Mr::kParity));
    outcome.parity = level(next++) != expected;
  }
  outcome.framing = !level(next);
  return outcome;
}

// --- transmitting
// ---------------------------------------------------------------------------------

void UartModel::send(uint8_t byte) {
  if (!transmitter_) return;
  holding_ = byte;  // a character that was still waiting is overwritten
  holding_full_ = true;
  shift_next();
}

void UartModel::shift_next() {
  if (!holding_full_ || shifting_full_) return;
  sent_bit_ = bit_time();
  if (!sent_bit_) return;  // no baud rate: it waits until UART_BRGR is written
  shifting_ = holding_;
  holding_full_ = false;
  shifting_full_ = true;
  world_.arm(sent_event_, world_.now() + sent_bit_ * frame_length());
  update();
}

void UartModel::frame_sent() {
  shifting_full_ = false;
  const Channel channel = as_mode(mode_).get(Regs::Mr::kChannel);
  const Frame sent = frame(shifting_);
  if (channel == Channel::kLocalLoop) {
    if (receiver_) accept(sample(sent, sent_bit_, sent_bit_, has_parity(mode_)));
  } else if (channel == Channel::kNormal && transmitted_) {
    // With a rate of its own the far end reads 8N1, whatever was sent.
    const Time read_bit = wire_.baud ? wire_bit_time() : sent_bit_;
    transmitted_(sample(sent, sent_bit_, read_bit, false).byte);
  }
  if (transmitter_ || holding_full_) shift_next();
  update();
}

// --- receiving
// ------------------------------------------------------------------------------------

void UartModel::receive(uint8_t byte) {
  // The far end speaks 8N1, or with no rate of its own whatever the UART is set to.
  line_.push_back(wire_.baud ? Frame{uint32_t{byte} << 1 | 1u << 9, 10} : frame(byte));
  next_arrival();
}

void UartModel::receive_break() {
  line_.push_back({0, 11});
  next_arrival();
}

void UartModel::next_arrival() {
  while (!line_.empty() && !arrived_event_.armed()) {
    if (const Time bit = wire_bit_time()) {
      world_.arm(arrived_event_, world_.now() + bit * line_.front().length);
      return;
    }
    line_.pop_front();  // no rate on either side: nobody is there to read it
  }
}

void UartModel::frame_arrived() {
  const Frame arrived = line_.front();
  line_.pop_front();
  const Channel channel = as_mode(mode_).get(Regs::Mr::kChannel);
  const Time own = bit_time();
  if (own) {
    const Time sent = wire_bit_time() ? wire_bit_time() : own;
    const Outcome outcome = sample(arrived, sent, own, has_parity(mode_));
    if (receiver_ && (channel == Channel::kNormal || channel == Channel::kEcho)) accept(outcome);
    if ((channel == Channel::kEcho || channel == Channel::kRemoteLoop) && transmitted_)
      transmitted_(outcome.byte);
  }
  next_arrival();
}

void UartModel::accept(Outcome outcome) {
  const Value<Regs::Cmpr> compare{compare_};
  const uint8_t from = static_cast<uint8_t>(compare.get(Regs::Cmpr::kFrom));
  const uint8_t to = static_cast<uint8_t>(compare.get(Regs::Cmpr::kTo));
  const bool matches = from <= to ? outcome.byte >= from && outcome.byte <= to
                                  : outcome.byte >= from || outcome.byte <= to;
  if (matches && !(compare.has(Regs::Cmpr::kParity) && outcome.parity)) status_ |= kCompared;
  if (compare.has(Regs::Cmpr::kStartReception) && !comparing_) {
    if (!matches) return update();
    comparing_ = true;  // the matching character begins the reception
  }
  if (status_ & kReceived) status_ |= kOverrun;
  received_ = outcome.byte;
  status_ |= kReceived;
  if (outcome.framing) status_ |= kFraming;
  if (outcome.parity) status_ |= kParityError;
  if (time_out_event_.armed() || await_first_) start_time_out();
  update();
}

void UartModel::start_time_out() {
  await_first_ = false;
  const Time bit = bit_time();
  if (time_out_ && bit)
    world_.arm(time_out_event_, world_.now() + bit * time_out_);
  else
    world_.disarm(time_out_event_);
}

// --- registers
// ------------------------------------------------------------------------------------

void UartModel::control(uint32_t value) {
  const Value<Regs::Cr> cr{value};
  if (cr.has(Regs::Cr::kResetReceiver)) {
    receiver_ = comparing_ = false;
    status_ &= ~kReceived;
  }
  if (cr.has(Regs::Cr::kResetTransmitter)) {
    transmitter_ = holding_full_ = shifting_full_ = false;
    world_.disarm(sent_event_);
  }
  if (cr.has(Regs::Cr::kReceiverDisable))
    receiver_ = false;
  else if (cr.has(Regs::Cr::kReceiverEnable))
    receiver_ = true;
  // A character being shifted, and one waiting, still go out after a disable.
  if (cr.has(Regs::Cr::kTransmitterDisable))
    transmitter_ = false;
  else if (cr.has(Regs::Cr::kTransmitterEnable))
    transmitter_ = true;
  if (cr.has(Regs::Cr::kResetStatus)) status_ &= ~(kOverrun | kFraming | kParityError | kCompared);
  if (cr.has(Regs::Cr::kRequestClear)) comparing_ = false;
  if (cr.has(Regs::Cr::kStartTimeOut)) {
    status_ &= ~kTimeOut;
    world_.disarm(time_out_event_);
    await_first_ = true;  // from the next character on
  }
  if (cr.has(Regs::Cr::kRearmTimeOut)) {
    status_ &= ~kTimeOut;
    start_time_out();
  }
}

void UartModel::update() {
  const auto ready =
      Regs::Sr::kTransmitReady.from(transmitter_ && !holding_full_) |
      Regs::Sr::kTransmitEmpty.from(transmitter_ && !holding_full_ && !shifting_full_);
  interrupt_.set((status_ | ready.bits) & mask_);
}

uint32_t UartModel::read_word(uint32_t offset) {
  if (!bus_.hz()) return 0;
  switch (offset) {
    case Regs::Mr::kOffset:
      return mode_;
    case Regs::Imr::kOffset:
      return mask_;
    case Regs::Sr::kOffset:
      return status_ |
             (Regs::Sr::kTransmitReady.from(transmitter_ && !holding_full_) |
              Regs::Sr::kTransmitEmpty.from(transmitter_ && !holding_full_ && !shifting_full_))
                 .bits;
    case Regs::Rhr::kOffset:
      status_ &= ~kReceived;
      update();
      return received_;
    case Regs::Brgr::kOffset:
      return divisor_;
    case Regs::Cmpr::kOffset:
      return compare_;
    case Regs::Rtor::kOffset:
      return time_out_;
    case Regs::Wpmr::kOffset:
      return protection_.mode();
    default:
      return 0;
  }
}

void UartModel::write_word(uint32_t offset, uint32_t value) {
  if (!bus_.hz()) return;
  switch (offset) {
    case Regs::Mr::kOffset:
    case Regs::Brgr::kOffset:
    case Regs::Cmpr::kOffset:
    case Regs::Rtor::kOffset:
      if (protection_.blocks(offset)) return;
      break;
    default:
      break;
  }
  switch (offset) {
    case Regs::Cr::kOffset:
      control(value);
      break;
    case Regs::Mr::kOffset:
      mode_ = value & 0xde10;
      break;
    case Regs::Ier::kOffset:
      mask_ |= value & kInterrupts;
      break;
    case Regs::Idr::kOffset:
      mask_ &= ~value;
      break;
    case Regs::Thr::kOffset:
      send(static_cast<uint8_t>(value));
      break;
    case Regs::Brgr::kOffset:
      divisor_ = value & 0xffff;
      shift_next();
      break;
    case Regs::Cmpr::kOffset:
      compare_ = value & 0x00ff'50ff;
      break;
    case Regs::Rtor::kOffset:
      time_out_ = value & 0xff;
      break;
    case Regs::Wpmr::kOffset:
      protection_.write_mode(value);
      return;
    default:
      return;
  }
  update();
}

}  // namespace drivers::uart
