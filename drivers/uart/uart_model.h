// A UART with a line on each side that runs at its own pace.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "drivers/apb/word_model.h"

namespace drivers::uart {

/// The far end of the line. 0 baud: it always has the UART's own rate and parity setting.
struct Wire {
  uint32_t baud = 115'200;
};

/// Bytes leave and arrive as frames of real length: `transmitted` is called at the end of a frame's
/// stop bit, and a received byte stands in UART_RHR when its stop bit ends. The far end samples
/// each bit in its middle, so a rate a few per cent off is read correctly and a wrong one is
/// garbled as on a real line. The far end speaks 8N1.
class UartModel final : public apb::WordModel {
 public:
  UartModel(base::model::World& world, base::model::ClockSource& bus,
            base::model::ClockSource& generic, base::model::Line& interrupt,
            std::function<void(uint8_t byte)> transmitted, Wire wire = {});
  ~UartModel() override;
  /// The line keeps what is on it.
  void reset();

  /// Puts a byte on the line after those already waiting.
  void receive(uint8_t byte);
  /// Holds the line low for a frame: the UART sees a framing error.
  void receive_break();
  /// Bytes not yet delivered, to pace a sender.
  size_t waiting() const { return line_.size(); }
  void set_wire(Wire wire) { wire_ = wire; }
  /// The rate set up by software; 0: none.
  double baud() const;

 protected:
  uint32_t read_word(uint32_t offset) override;
  void write_word(uint32_t offset, uint32_t value) override;

 private:
  /// A frame as levels: bit 0 is the start bit.
  struct Frame {
    uint32_t bits = 0;
    unsigned length = 0;
  };
  struct Outcome {
    uint8_t byte = 0;
    bool framing = false, parity = false;
  };

  uint64_t clock_hz() const;
  base::model::Time bit_time() const;
  base::model::Time wire_bit_time() const;
  unsigned frame_length() const;
  Frame frame(uint8_t byte) const;
  Outcome sample(Frame frame, base::model::Time sent_bit, base::model::Time read_bit,
                 bool with_parity) const;

  void send(uint8_t byte);
  void shift_next();
  void frame_sent();
  void next_arrival();
  void frame_arrived();
  void accept(Outcome outcome);
  void start_time_out();
  void control(uint32_t value);
  void update();

  base::model::World& world_;
  base::model::ClockSource& bus_;
  base::model::ClockSource& generic_;
  base::model::Line& interrupt_;
  std::function<void(uint8_t)> transmitted_;
  Wire wire_;
  apb::WriteProtection protection_;
  base::model::Event sent_event_, arrived_event_, time_out_event_;

  uint32_t mode_ = 0, mask_ = 0, status_ = 0, divisor_ = 0, compare_ = 0, time_out_ = 0;
  bool receiver_ = false, transmitter_ = false;
  uint8_t received_ = 0, holding_ = 0, shifting_ = 0;
  bool holding_full_ = false, shifting_full_ = false, comparing_ = false, await_first_ = false;
  base::model::Time sent_bit_ = 0;

  std::deque<Frame> line_;
};

}  // namespace drivers::uart
