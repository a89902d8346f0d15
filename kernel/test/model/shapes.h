// The shapes that are explored, and replayed on the real kernel.
#pragma once

#include "kernel/test/model/model.h"

namespace kernel::model {

/// Small enough for every test run.
inline std::vector<Shape> small_shapes() {
  return {
      {.name = "ThreeProcesses",
       .process_of = {0, 1, 2},
       .threads = 3,
       .pages = {1, 0, 0},
       .frames = 2,
       .thread_ends = false},
      {.name = "TwoPages",
       .process_of = {0, 1, 2},
       .threads = 3,
       .pages = {2, 0, 0},
       .constants = {1, 0, 0},
       .frames = 3,
       .thread_ends = false},
      {.name = "ServersLendToo",
       .process_of = {0, 1, 2},
       .threads = 3,
       .pages = {1, 1, 0},
       .frames = 3,
       .thread_ends = false},
      {.name = "TwoClientThreads",
       .process_of = {0, 0, 1},
       .threads = 3,
       .pages = {1, 0, 0},
       .frames = 4},
      {.name = "TwoServerThreads",
       .process_of = {0, 1, 1},
       .threads = 3,
       .pages = {1, 1, 0},
       .frames = 3,
       .self_calls = true},
  };
}

/// For the long run.
inline std::vector<Shape> large_shapes() {
  return {
      {.name = "FourClientsAndServers",
       .process_of = {0, 0, 1, 2},
       .pages = {2, 0, 0},
       .frames = 4},
      {.name = "FourWithTwoServerThreads",
       .process_of = {0, 1, 1, 2},
       .pages = {1, 1, 0},
       .frames = 3,
       .self_calls = true},
  };
}

}  // namespace kernel::model
