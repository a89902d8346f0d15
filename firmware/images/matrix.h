// What each process of an image may not do, written for a program that tries it.
#pragma once

#include <span>
#include <string>

#include "firmware/images/failure.h"

namespace firmware::images {

/// C++ text: the entries of an array of tests/kernel/matrix/matrix.h's Rights, one for each process
/// in table order, and behind them `constexpr uint32_t kDevices[][2]` of all device ranges. Fails
/// when `image` is no sound system image; the signature is not checked.
Outcome<std::string> matrix(std::span<const std::byte> image);

}  // namespace firmware::images
