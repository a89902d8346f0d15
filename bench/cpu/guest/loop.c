/* Integer work of the CoreMark kind: list reversal and search, a matrix product, a state machine over
   text, all folded into a CRC. */
#include <stdint.h>

typedef struct node {
  struct node *next;
  int16_t value;
} node;

static node pool[128];
static int16_t left[16][16], right[16][16];

static uint16_t crc8(uint8_t data, uint16_t crc) {
  for (int i = 0; i < 8; ++i) {
    const int bit = (data ^ crc) & 1;
    data >>= 1;
    crc >>= 1;
    crc = bit ? (crc ^ 0x4002) | 0x8000 : crc & 0x7fff;
  }
  return crc;
}

static uint16_t crc16(uint16_t data, uint16_t crc) { return crc8(data >> 8, crc8(data, crc)); }

static node *reverse(node *list) {
  node *done = 0;
  while (list) {
    node *next = list->next;
    list->next = done;
    done = list;
    list = next;
  }
  return done;
}

static int find(const node *list, int value) {
  int steps = 0;
  while (list && list->value != value) {
    list = list->next;
    ++steps;
  }
  return steps;
}

static int digit(char c) { return c >= '0' && c <= '9'; }

static int classify(const char *text) {
  enum { kStart, kInteger, kFraction, kExponent, kOther } state = kStart;
  int fields = 0;
  for (; *text; ++text) {
    const char c = *text;
    switch (state) {
      case kStart: state = digit(c) ? kInteger : c == '.' ? kFraction : kOther; break;
      case kInteger: state = c == '.' ? kFraction : digit(c) ? kInteger : kOther; break;
      case kFraction: state = c == 'e' ? kExponent : digit(c) ? kFraction : kOther; break;
      case kExponent: state = digit(c) ? kExponent : kOther; break;
      default: ++fields;
    }
    if (c == ',') {
      state = kStart;
      ++fields;
    }
  }
  return fields * 8 + state;
}

uint32_t work(uint32_t rounds) {
  uint16_t crc = 0;
  for (int i = 0; i < 128; ++i) {
    pool[i].value = i * 7;
    pool[i].next = i < 127 ? &pool[i + 1] : 0;
  }
  node *list = pool;
  for (uint32_t round = 0; round < rounds; ++round) {
    list = reverse(list);
    for (int k = 0; k < 8; ++k) crc = crc16(find(list, (round * 13 + k * 31) & 1023), crc);
    for (int i = 0; i < 16; ++i) {
      for (int j = 0; j < 16; ++j) {
        left[i][j] = i + j + round;
        right[i][j] = i * j - round;
      }
    }
    for (int i = 0; i < 16; ++i) {
      for (int j = 0; j < 16; ++j) {
        int32_t sum = 0;
        for (int k = 0; k < 16; ++k) sum += left[i][k] * right[k][j];
        crc = crc16(sum, crc);
      }
    }
    crc = crc16(classify("5012,1.23e4,-874,122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2"),
                crc);
  }
  return crc;
}
