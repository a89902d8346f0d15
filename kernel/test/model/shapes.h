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

/// The same for messages that nobody waits for, events and pages that move.
inline std::vector<Shape> message_shapes() {
  return {
      {.name = "MessagesAndEvents",
       .process_of = {0, 1, 2},
       .threads = 3,
       .frames = 1,
       .deadlines = false,
       .thread_ends = false,
       .messages = 1,
       .events = true},
      {.name = "TwoMessages",
       .process_of = {0, 1, 2},
       .threads = 3,
       .frames = 1,
       .deadlines = false,
       .thread_ends = false,
       .messages = 2},
      {.name = "TwoClientThreadsMove",
       .process_of = {0, 0, 1},
       .threads = 3,
       .pages = {1, 0, 0},
       .frames = 3,
       .thread_ends = false,
       .messages = 1,
       .moves = true,
       .quota = {1, 1, 0}},
      {.name = "ServersMoveToo",
       .process_of = {0, 1, 2},
       .threads = 3,
       .pages = {0, 1, 1},
       .frames = 4,
       .deadlines = false,
       .thread_ends = false,
       .self_calls = true,
       .calls = false,
       .messages = 1,
       .moves = true,
       .quota = {0, 2, 2}},
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
      {.name = "MessagesEventsAndDeadlines",
       .process_of = {0, 1, 2},
       .threads = 3,
       .frames = 1,
       .thread_ends = false,
       .messages = 2,
       .events = true},
      {.name = "MovesAndDeadlines",
       .process_of = {0, 1, 2},
       .threads = 3,
       .pages = {1, 0, 0},
       .frames = 3,
       .thread_ends = false,
       .messages = 1,
       .moves = true,
       .quota = {1, 2, 1}},
      {.name = "FourWithMessages",
       .process_of = {0, 0, 1, 1},
       .pages = {1, 0, 0},
       .frames = 3,
       .thread_ends = false,
       .messages = 1,
       .events = true,
       .moves = true,
       .quota = {1, 1, 0}},
  };
}

}  // namespace kernel::model
