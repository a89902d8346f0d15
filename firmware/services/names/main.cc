// The names process.
#include "firmware/runtime/process.h"
#include "firmware/services/names/names.h"

int process_main() {
  services::names::Names names(runtime::services());
  return static_cast<int>(runtime::serve<interfaces::Names>(names).word);
}
