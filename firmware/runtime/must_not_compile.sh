#!/bin/sh
# Proves that the mistakes which the IPC idiom is meant to catch do not compile, and that the correct
# form beside each of them does, so that a refusal cannot come from something else.
# Usage: must_not_compile.sh COMPILER INCLUDE_FLAG...
set -u
compiler=$1
shift
status=0
compiles() { "$compiler" -std=gnu++20 -Wall -Wextra -Werror "$@" -fsyntax-only -x c++ - 2>&1; }
allowed() {  # allowed NAME FLAG...: stdin must compile
  name=$1; shift
  if out=$(compiles "$@"); then echo "compiles: $name"; else echo "FAILED, must compile: $name"; echo "$out"; status=1; fi
}
refused() {  # refused NAME FLAG...: stdin must not compile
  name=$1; shift
  if compiles "$@" >/dev/null; then echo "FAILED, must not compile: $name"; status=1; else echo "refused: $name"; fi
}

pre='#include "firmware/runtime/ipc.h"
enum class E : unsigned { kA, kCount };
struct A { static constexpr ipc::Method kMethod{.opcode = 1, .name = "a"}; using Reply = void; };
struct B {
  static constexpr ipc::Method kMethod{.opcode = 2, .name = "b"};
  struct Reply { uint32_t sum = 0; };
  ipc::Lend<char> text{};
};
struct I { static constexpr std::string_view kName = "t/i"; using Methods = ipc::Methods<A, B>; };
struct Whole {
  base::Result<void> handle(const A&, ipc::Caller);
  void handle(const B&, ipc::Caller, ipc::Promise<B>);
};'

echo "$pre void t(Whole& s, ipc::Message& m, ipc::ReplyPort p, ipc::Answer& a) { (void)ipc::dispatch<I>(s, m, p, a); }" |
  allowed "a server that has every method" "$@"
echo "$pre struct Part { base::Result<void> handle(const A&, ipc::Caller); };
void t(Part& s, ipc::Message& m, ipc::ReplyPort p, ipc::Answer& a) { (void)ipc::dispatch<I>(s, m, p, a); }" |
  refused "a server that misses a method" "$@"
echo "$pre struct Wrong { base::Result<uint32_t> handle(const A&, ipc::Caller); void handle(const B&, ipc::Caller, ipc::Promise<B>); };
void t(Wrong& s, ipc::Message& m, ipc::ReplyPort p, ipc::Answer& a) { (void)ipc::dispatch<I>(s, m, p, a); }" |
  refused "a handler with another reply" "$@"
echo "$pre base::Result<void> t(ipc::Client<I> c) { return c.call(A{}); }" | allowed "a call" "$@"
echo "$pre void t(ipc::Client<I> c) { c.call(A{}); }" | refused "a dropped answer" "$@"
echo "$pre struct C { static constexpr ipc::Method kMethod{.opcode = 3, .name = \"c\"}; using Reply = void; };
base::Result<void> t(ipc::Client<I> c) { return c.call(C{}); }" | refused "a message of another interface" "$@"

echo "$pre ipc::PageBuffer<char, 9> b; B t() { return {.text = {b, 3}}; }" | allowed "lending a page buffer" "$@"
echo "$pre std::array<char, 9> b; B t() { return {.text = b}; }" | refused "lending memory that has neighbours" "$@"
echo "$pre ipc::PageBuffer<char, 9> b; ipc::PageBuffer<char, 9> t() { return b; }" | refused "copying a page buffer" "$@"
echo "$pre void t(const B& b) { b.text.view()[0] = 1; }" | refused "writing through a Lend" "$@"
echo "$pre ipc::PageBuffer<char, 17 * 4096> b;" | refused "a buffer larger than a message carries" "$@"
echo "$pre E t(ipc::Choice<E> c) { return c; }" | refused "a Choice used unopened" "$@"

method() {  # method OPCODE NAME MEMBERS [REPLY]: an interface of A and one more method
  echo "$pre struct M { static constexpr ipc::Method kMethod{.opcode = $1, .name = \"$2\"};
  using Reply = ${4-void}; $3 };
struct J { static constexpr std::string_view kName = \"t/j\"; using Methods = ipc::Methods<A, M>; };
base::Result<${4-void}> t(ipc::Client<J> c) { return c.call(M{}); }"
}
method 63 m_2 'uint32_t x = 0;' | allowed "a second method" "$@"
method 1 m '' | refused "a reused opcode" "$@"
method 0 m '' | refused "opcode 0" "$@"
method 64 m '' | refused "an opcode past the mask" "$@"
method 2 a '' | refused "a reused name" "$@"
method 2 '' '' | refused "no name" "$@"
method 2 getIt '' | refused "a name in another style" "$@"
method 2 m 'std::array<uint32_t, 8> x{};' | allowed "eight words" "$@"
method 2 m 'std::array<uint32_t, 8> x{}; uint8_t y = 0;' | refused "more than eight words" "$@"
method 2 m 'ipc::Lend<char> l{}; std::array<uint32_t, 6> x{};' | allowed "a loan and six words" "$@"
method 2 m 'ipc::Lend<char> l{}; std::array<uint32_t, 7> x{};' | refused "a loan and seven words" "$@"
method 2 m 'ipc::Lend<char> l{}; ipc::LendMut<char> n{};' | refused "two loans" "$@"
method 2 m 'bool x = false;' | refused "a bool" "$@"
method 2 m 'E x = E::kA;' | refused "a raw enum" "$@"
method 2 m 'ipc::Choice<E> x = E::kA;' | allowed "a Choice" "$@"
method 2 m 'const char* x = nullptr;' | refused "a pointer" "$@"
method 2 m 'float x = 0;' | refused "a float" "$@"
method 2 m 'std::array<bool, 4> x{};' | refused "an array of bool" "$@"
method 2 m 'struct N { bool b = false; } x{};' | refused "a struct in a message" "$@"
method 2 m 'uint32_t x = 0;' A | allowed "a struct as the reply" "$@"
method 2 m 'uint32_t x = 0;' B | refused "a loan in the reply" "$@"
method 2 m 'uint32_t x = 0;' 'std::array<std::array<uint32_t, 9>, 1>' | refused "a reply of nine words" "$@"
method 2 m 'uint32_t x = 0;' bool | refused "a bare bool as the reply" "$@"
exit $status
