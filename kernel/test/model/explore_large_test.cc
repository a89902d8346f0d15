// As explore_test.cc, with four threads.
#include "kernel/test/model/explore_test.h"
#include "kernel/test/model/shapes.h"

namespace kernel::model {

INSTANTIATE_TEST_SUITE_P(Large, Explore, testing::ValuesIn(large_shapes()), shape_name);

}  // namespace kernel::model
