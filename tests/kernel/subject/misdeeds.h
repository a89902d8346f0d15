// The kinds of fault that any process can end by, and how the kernel reports each.
#pragma once

#include <string_view>

#include "tests/kernel/subject/actions.h"

namespace subject {

struct Expected {
  suite::Misdeed misdeed;
  std::string_view name;
  std::string_view kind;  ///< how the report's kind begins
};
inline constexpr Expected kMisdeeds[] = {
    {suite::Misdeed::kReadNull, "read of null", "read: no page"},
    {suite::Misdeed::kWriteText, "write to text", "write not permitted"},
    {suite::Misdeed::kExecuteData, "run data", "execute of data"},
    {suite::Misdeed::kUndefined, "undefined instruction", "undefined instruction"},
    {suite::Misdeed::kPrivileged, "privileged instruction", "undefined instruction"},
    {suite::Misdeed::kStackOverflow, "stack overflow", "write: no page"},
    {suite::Misdeed::kWriteKernel, "write to the kernel", "write not permitted"},
    {suite::Misdeed::kReadKernel, "read of the kernel", "read not permitted"},
    {suite::Misdeed::kExecuteKernel, "run the kernel", "execute of the kernel"},
    {suite::Misdeed::kExecuteNothing, "run nothing", "execute: no page"},
    {suite::Misdeed::kUnalignedPair, "unaligned ldrd", "alignment fault"},
    {suite::Misdeed::kUnalignedExclusive, "unaligned ldrex", "alignment fault"},
    {suite::Misdeed::kUnknownCall, "unknown system call", "bad system call"},
    {suite::Misdeed::kStaleHandle, "handle never given", "bad system call"},
    {suite::Misdeed::kWrongKindOfHandle, "handle of another kind", "bad system call"},
    {suite::Misdeed::kBadPointer, "pointer to the kernel", "bad system call"},
    {suite::Misdeed::kCoprocessor, "coprocessor access", "undefined instruction"},
    {suite::Misdeed::kThumbUndefined, "undefined in Thumb", "undefined instruction"},
    {suite::Misdeed::kBadStackCall, "call without a stack", "bad system call"},
};

}  // namespace subject
