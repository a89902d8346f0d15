// How the image tools report what is wrong with their input: where, what, and what to do about it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace firmware::images {

/// A sentence for whoever runs the build; starts with `file:` or `file:line:column:` where there is
/// one.
struct Failure {
  std::string what;
};

template <class T>
using Outcome = base::Result<T, Failure>;

using Bytes = std::vector<std::byte>;

/// Where in a description something was said.
struct Place {
  std::string file{};
  unsigned line = 0, column = 0;

  std::string text() const {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
  }
};

/// Something that was said somewhere.
template <class T>
struct Said {
  T value{};
  Place place{};
};

}  // namespace firmware::images
