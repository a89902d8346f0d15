// The registers of an i.MX 6UltraLite that the kernel's port needs. Reference manual IMX6ULRM,
// chapters "General Purpose Timer (GPT)", "Universal Asynchronous Receiver/Transmitter (UART)",
// "Watchdog Timer (WDOG)"; the interrupt controller is ARM's GIC v2 (IHI 0048).
#pragma once

#include "base/mmio/register.h"

namespace kernel::soc::imx6ul {

using base::mmio::Access, base::mmio::Field, base::mmio::Register, base::mmio::RegisterArray;

struct Distributor {
  struct Ctlr : Register<Distributor, 0x000, Access::kReadWrite> {
    static constexpr Field<Ctlr, 0> kEnable{};
  };
  /// Writing 1 enables or disables; 0 leaves alone.
  struct Isenabler : RegisterArray<Distributor, 0x100, Access::kReadWrite, 5> {};
  struct Icenabler : RegisterArray<Distributor, 0x180, Access::kReadWrite, 5> {};
  struct Ipriorityr : RegisterArray<Distributor, 0x400, Access::kReadWrite, 40> {};
  struct Itargetsr : RegisterArray<Distributor, 0x800, Access::kReadWrite, 40> {};
};

struct CpuInterface {
  struct Ctlr : Register<CpuInterface, 0x00, Access::kReadWrite> {
    static constexpr Field<Ctlr, 0> kEnable{};
  };
  struct Pmr : Register<CpuInterface, 0x04, Access::kReadWrite> {
    static constexpr Field<Pmr, 0, 8> kLowest{};
  };
  /// Reading acknowledges.
  struct Iar : Register<CpuInterface, 0x0c, Access::kReadClears> {
    static constexpr Field<Iar, 0, 10> kId{};
    static constexpr uint32_t kSpurious = 1023;
  };
  struct Eoir : Register<CpuInterface, 0x10, Access::kWriteOnly> {
    static constexpr Field<Eoir, 0, 13> kId{};
  };
};

struct Gpt {
  struct Cr : Register<Gpt, 0x00, Access::kReadWrite> {
    static constexpr Field<Cr, 0> kEnable{};
    static constexpr Field<Cr, 6, 3> kClockSource{};  // 1: ipg_clk
    static constexpr Field<Cr, 9> kFreeRun{};
  };
  struct Pr : Register<Gpt, 0x04, Access::kReadWrite> {
    static constexpr Field<Pr, 0, 12> kDivideLess1{};
  };
  struct Sr : Register<Gpt, 0x08, Access::kWriteOneClears> {
    static constexpr Field<Sr, 0> kCompare1{};
  };
  struct Ir : Register<Gpt, 0x0c, Access::kReadWrite> {
    static constexpr Field<Ir, 0> kCompare1{};
  };
  struct Ocr1 : Register<Gpt, 0x10, Access::kReadWrite> {
    static constexpr Field<Ocr1, 0, 32> kValue{};
  };
  struct Cnt : Register<Gpt, 0x24, Access::kReadOnly> {};
};

struct Uart {
  /// Reading takes the character out of the FIFO.
  struct Urxd : Register<Uart, 0x00, Access::kReadClears> {
    static constexpr Field<Urxd, 0, 8> kData{};
    static constexpr Field<Urxd, 15> kReady{};  // there was one
  };
  struct Utxd : Register<Uart, 0x40, Access::kWriteOnly> {
    static constexpr Field<Utxd, 0, 8> kData{};
  };
  struct Ucr1 : Register<Uart, 0x80, Access::kReadWrite> {
    static constexpr Field<Ucr1, 0> kEnable{};
    static constexpr Field<Ucr1, 9> kReceiveInterrupt{};
    static constexpr Field<Ucr1, 13> kTransmitInterrupt{};
  };
  struct Ucr2 : Register<Uart, 0x84, Access::kReadWrite> {
    static constexpr Field<Ucr2, 0> kNoReset{};
    static constexpr Field<Ucr2, 1> kReceive{};
    static constexpr Field<Ucr2, 2> kTransmit{};
    static constexpr Field<Ucr2, 5> kEightBits{};
    static constexpr Field<Ucr2, 14> kIgnoreRts{};
  };
  struct Usr1 : Register<Uart, 0x94, Access::kReadOnly> {
    static constexpr Field<Usr1, 13> kTransmitReady{};
  };
};

struct Wdog {
  struct Wcr : Register<Wdog, 0x00, Access::kReadWrite, uint16_t> {
    static constexpr Field<Wcr, 2> kEnable{};
    static constexpr Field<Wcr, 4> kNoSoftReset{};  // writing 0 asserts it
  };
};

}  // namespace kernel::soc::imx6ul
