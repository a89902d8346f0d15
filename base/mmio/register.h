// Typed registers. A peripheral describes its registers once; misuse does not compile.
#pragma once

#include <cstdint>
#include <type_traits>

#include "base/region.h"  // base/target/device or base/target/host: CMake picks, not the preprocessor

namespace base::mmio {

enum class Access { kReadOnly, kWriteOnly, kReadWrite, kReadClears, kWriteOneClears };

/// A register of `Peripheral_` at byte `Offset`, accessed as one `Word_` (8, 16 or 32 bits).
template <class Peripheral_, uint32_t Offset, Access Kind, class Word_ = uint32_t>
struct Register {
  static_assert(Offset % sizeof(Word_) == 0);
  using Peripheral = Peripheral_;
  using Word = Word_;
  static constexpr uint32_t kOffset = Offset;
  static constexpr Access kAccess = Kind;
};

/// `Count` equal registers, `Stride` bytes apart, the first at `Offset` (channels, key words, ports).
template <class Peripheral_, uint32_t Offset, Access Kind, unsigned Count_, uint32_t Stride_ = 4,
          class Word_ = uint32_t>
struct RegisterArray : Register<Peripheral_, Offset, Kind, Word_> {
  static constexpr unsigned kCount = Count_;
  static constexpr uint32_t kStride = Stride_;
};

/// The contents of register R, or some of its fields.
template <class R>
struct Value {
  uint32_t bits = 0;
  constexpr bool has(auto field) const { return field.in(*this) != 0; }
  constexpr auto get(auto field) const { return field.in(*this); }
  /// The same contents with one field replaced.
  constexpr Value with(auto field, auto value) const {
    return {(bits & ~field.kMask) | field.from(value).bits};
  }
  friend constexpr Value operator|(Value a, Value b) { return {a.bits | b.bits}; }
  friend constexpr bool operator==(Value, Value) = default;
};

void field_value_out_of_range();  // never defined: calling it from consteval is the diagnostic

template <class R, unsigned Lsb, unsigned Width = 1,
          class T = std::conditional_t<Width == 1, bool, uint32_t>>
struct Field {
  static_assert(Width > 0 && Lsb + Width <= 8 * sizeof(typename R::Word));
  static constexpr uint32_t kMax = Width == 32 ? ~0u : (1u << Width % 32) - 1;
  static constexpr uint32_t kMask = kMax << Lsb;

  consteval Value<R> operator()(T value) const {
    if (static_cast<uint32_t>(value) > kMax) field_value_out_of_range();
    return {static_cast<uint32_t>(value) << Lsb};
  }
  /// For values known only at run time; too wide a one traps.
  constexpr Value<R> from(T value) const {
    if (static_cast<uint32_t>(value) > kMax) __builtin_trap();
    return {static_cast<uint32_t>(value) << Lsb};
  }
  constexpr T in(Value<R> value) const { return static_cast<T>(value.bits >> Lsb & kMax); }
};

/// The verb at the call site names the side effect: read and write are plain, take clears on read,
/// acknowledge clears what it names.
template <class Peripheral>
class Block {
 public:
  explicit constexpr Block(Region region) : region_(region) {}

  template <class R>
  requires(R::kAccess == Access::kReadOnly || R::kAccess == Access::kReadWrite ||
           R::kAccess == Access::kWriteOneClears) Value<R> read(unsigned index = 0)
  const { return load<R>(index); }

  template <class R>
  requires(R::kAccess == Access::kReadClears) Value<R> take(unsigned index = 0)
  const { return load<R>(index); }

  template <class R>
  requires(R::kAccess == Access::kWriteOnly ||
           R::kAccess == Access::kReadWrite) void write(Value<R> value, unsigned index = 0) const {
    store(value, index);
  }

  template <class R>
  requires(R::kAccess == Access::kWriteOneClears) void acknowledge(Value<R> value,
                                                                   unsigned index = 0) const {
    store(value, index);
  }

  /// Reads, replaces what `change` returns, writes back. Not atomic against other masters.
  template <class R>
  requires(R::kAccess == Access::kReadWrite) void modify(auto change, unsigned index = 0) const {
    store<R>(change(load<R>(index)), index);
  }

 private:
  template <class R>
  static uint32_t offset(unsigned index) {
    static_assert(std::is_same_v<typename R::Peripheral, Peripheral>,
                  "register of another peripheral");
    if constexpr (requires { R::kStride; }) {
      if (index >= R::kCount) __builtin_trap();
      return R::kOffset + index * R::kStride;
    } else {
      if (index) __builtin_trap();
      return R::kOffset;
    }
  }
  template <class R>
  Value<R> load(unsigned index) const {
    return {region_.load<typename R::Word>(offset<R>(index))};
  }
  template <class R>
  void store(Value<R> value, unsigned index) const {
    region_.store<typename R::Word>(offset<R>(index), static_cast<typename R::Word>(value.bits));
  }

  Region region_;
};

}  // namespace base::mmio
