// Every state that messages, loans, answers, time-outs and deaths can get into, visited.
#include "kernel/test/model/explore_test.h"

#include "kernel/test/model/shapes.h"

namespace kernel::model {

INSTANTIATE_TEST_SUITE_P(Small, Explore, testing::ValuesIn(small_shapes()), shape_name);
INSTANTIATE_TEST_SUITE_P(Messages, Explore, testing::ValuesIn(message_shapes()), shape_name);

}  // namespace kernel::model
