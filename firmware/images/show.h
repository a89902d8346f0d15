// Tells a person what an image holds.
#pragma once

#include <span>
#include <string>

#include "firmware/images/failure.h"

namespace firmware::images {

/// A few lines per process: what it is made of and what it may do, with names instead of numbers.
/// `image` is a system image or a disk with one. Fails when it is neither, or is malformed; the
/// signature is not checked.
Outcome<std::string> show(std::span<const std::byte> image);

}  // namespace firmware::images
