/* The SHA-512 compression function over a changing block, with made-up round constants. */
#include <stdint.h>

static uint64_t constants[80];
static uint64_t state[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                            0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                            0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

static uint64_t rotated(uint64_t x, int n) { return x >> n | x << (64 - n); }

static void compress(const uint8_t *block) {
  uint64_t w[80];
  for (int i = 0; i < 16; ++i) {
    w[i] = 0;
    for (int j = 0; j < 8; ++j) w[i] = w[i] << 8 | block[i * 8 + j];
  }
  for (int i = 16; i < 80; ++i) {
    const uint64_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotated(x, 1) ^ rotated(x, 8) ^ x >> 7) +
           (rotated(y, 19) ^ rotated(y, 61) ^ y >> 6);
  }
  uint64_t v[8];
  for (int i = 0; i < 8; ++i) v[i] = state[i];
  for (int i = 0; i < 80; ++i) {
    const uint64_t a = v[0], e = v[4];
    const uint64_t t1 = v[7] + (rotated(e, 14) ^ rotated(e, 18) ^ rotated(e, 41)) +
                        ((e & v[5]) ^ (~e & v[6])) + constants[i] + w[i];
    const uint64_t t2 = (rotated(a, 28) ^ rotated(a, 34) ^ rotated(a, 39)) +
                        ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
    for (int k = 7; k > 0; --k) v[k] = v[k - 1];
    v[4] += t1;
    v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; ++i) state[i] += v[i];
}

uint32_t work(uint32_t rounds) {
  static uint8_t block[128];
  for (int i = 0; i < 80; ++i) constants[i] = 0x9e3779b97f4a7c15 * (i + 1);
  for (uint32_t round = 0; round < rounds; ++round) {
    block[round & 127] += round;
    compress(block);
  }
  return state[0] ^ state[7];
}
