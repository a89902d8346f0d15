// For the flasher's tests on a board that has no card: an applet with the calls of
// bringup/applets/flash.h whose card is 5 MiB of memory, and whose misbehaviour is ordered by words
// at the end of SRAM (struct Orders, tests/peers/openocd/flash_test.cc).
typedef unsigned int u32;
typedef unsigned char u8;

struct Orders {
  u32 blocks;       // what operation 0 says of the card
  u32 error;        // the error word that writes to `bad_block` end with, if not 0
  u32 bad_block;
  u32 flip_block;   // this block is stored with a bit flipped
  u32 hang;         // this operation + 1 never ends
  u32 wander;       // this operation + 1 ends nowhere near a BKPT
  u32 init_error;   // operation 0 ends with this
  u32 erase_error;  // operation 5 ends with this
  u32 erased_word;  // what erased memory reads as
};
#define ORDERS ((volatile struct Orders*)0x0021ff00)
#define CARD ((u8*)0x20500000)

static u32 crc(const u8* p, u32 n) {
  static u32 table[256];
  if (!table[1])
    for (u32 i = 0; i < 256; i++) {
      u32 v = i;
      for (int b = 0; b < 8; b++) v = (v & 1 ? 0xedb88320u : 0) ^ v >> 1;
      table[i] = v;
    }
  u32 c = ~0u;
  while (n--) c = table[(c ^ *p++) & 255] ^ c >> 8;
  return ~c;
}

static u32 put(u32 from, u32 first, u32 count) {
  const u32* source = (const u32*)from;
  u32* card = (u32*)(CARD + first * 512);
  for (u32 i = 0; i < count; i++) {
    if (ORDERS->error && first + i == ORDERS->bad_block) return ORDERS->error;
    for (u32 w = 0; w < 128; w++) *card++ = *source++;
    if (first + i == ORDERS->flip_block) card[-5] ^= 0x100;
  }
  return 0;
}

void answer(u32* r) {
  const u32 operation = r[0], a = r[1], b = r[2], c = r[3];
  if (ORDERS->hang == operation + 1)
    for (;;) __asm__ volatile("");
  r[0] = 0;
  if (operation == 0) r[0] = ORDERS->init_error, r[1] = ORDERS->blocks;
  if (operation == 1) r[0] = put(a, b, c);
  if (operation == 5) {
    r[0] = ORDERS->erase_error;
    for (u32 i = 0; !r[0] && i < c * 128; i++) ((u32*)(CARD + b * 512))[i] = ORDERS->erased_word;
  }
  if (operation == 3) r[1] = crc(CARD + b * 512, c * 512);
  if (operation == 4) r[1] = crc((const u8*)a, c);
  if (ORDERS->wander == operation + 1) __asm__ volatile("mov pc, %0" : : "r"(0x0021fe00));
}

void __attribute__((naked, section(".start"))) _start(void) {
  __asm__(
      "ldr sp, =0x0021f000\n push {r0-r3}\n mov r0, sp\n bl answer\n pop {r0-r3}\n"
      "1: bkpt #0\n b 1b\n");
}
