// A program for debuggers to walk through, at the start of SRAM.
volatile unsigned counter, sum;
unsigned table[8];

static unsigned __attribute__((noinline)) work(unsigned n) {
  unsigned s = 0;
  for (unsigned i = 0; i < n; i++) {
    table[i & 7] += i;
    s += table[i & 7];
  }
  return s;
}

int main(void) {
  for (;;) {
    counter++;
    sum += work(counter & 31);
  }
}

void __attribute__((naked, section(".start"))) _start(void) {
  __asm__("ldr sp, =0x00210000\n bl main\n b .");
}
