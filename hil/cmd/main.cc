#include "hil/cmd/cmd.h"

int main(int argc, char** argv) {
  return hil::cmd::run(argc, argv);
}
