/* A QEMU plugin that counts what the kernel executes.
 *
 * A *passage* begins with the first instruction at a kernel address (the vector) and ends before
 * the next instruction at a user address. Of each it counts retired instructions, loads, stores,
 * barriers and CP15 writes. Passages are grouped by the phase they fell into, the exception, the
 * label of the `svc` that led to it and the path taken.
 *
 * User code says where it is by the 24 bits of its `svc`, which the kernel does not look at:
 *   svc #PHASE_MARK + p   phase p begins (the passage of this call belongs to none)
 *   svc #label            the passage that follows has this label
 *
 * The longest *stretch* without a look at the interrupt controller is kept with its path: a
 * passage, or the part of one between two polls (options `poll`: addresses) or after a `wfi`. The
 * first poll of an interrupt's own passage does not count: that is the interrupt being taken.
 *
 * Options: out=FILE, base=ADDRESS (first kernel address), poll=ADDRESS (may be repeated),
 * show=PHASE:LABEL (the addresses of the last such passage), only=longest (passages are not told
 * apart: for runs that take millions of different ones).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/kernel/labels.h"
#include "bench/kernel/plugin_api.h"

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API;

enum Class { kPlain, kDsb, kIsb, kDmb, kCp15Write, kWfi, kSvc };

struct Counts {
  uint32_t instructions, loads, stores, dsb, isb, cp15;
};
struct Passage {
  uint64_t path; /* hash of its addresses */
  uint64_t times;
  uint32_t phase, first, label;
  struct Counts counts;
};

enum { kMostPassages = 1 << 16, kMostPath = 1 << 20, kMostPolls = 8 };
static struct Passage passages[kMostPassages];
static uint64_t lost;

static uint64_t kernel_base = 0x80000000;
static uint64_t polls[kMostPolls];
static unsigned poll_count;
static char out_file[4096] = "count.out";

static bool in_kernel;
static struct Passage now;
static uint32_t phase, next_label;
static bool mark;        /* the svc just seen was a phase mark */
static unsigned polled;  /* polls in this passage */
static uint32_t stretch; /* instructions since the passage began or was cut */
static uint32_t path[kMostPath], longest_path[kMostPath];
static uint32_t show_phase = ~0u, show_label, shown; /* addresses in shown_path */
static uint32_t shown_path[kMostPath];
static bool booted; /* user code has run */
static uint32_t longest, longest_phase, longest_label, longest_first;
static uint64_t total;
static bool only_longest;

static void end_stretch(void) {
  if (booted && stretch > longest) {
    longest = stretch;
    longest_phase = now.phase;
    longest_label = now.label;
    longest_first = now.first;
    memcpy(longest_path, path, sizeof path[0] * (stretch < kMostPath ? stretch : kMostPath));
  }
  stretch = 0;
}

static bool same(const struct Passage* a, const struct Passage* b) {
  return a->path == b->path && a->phase == b->phase && a->label == b->label &&
         a->first == b->first && memcmp(&a->counts, &b->counts, sizeof a->counts) == 0;
}

static void end_passage(void) {
  if (now.phase == show_phase && now.label == show_label) {
    shown = stretch < kMostPath ? stretch : kMostPath;
    memcpy(shown_path, path, sizeof path[0] * shown);
  }
  end_stretch();
  if (only_longest) return;
  uint64_t place = now.path ^ now.phase * 0x9e3779b97f4a7c15u ^ (uint64_t)now.label << 20;
  place ^= place >> 32;
  for (unsigned i = 0; i < kMostPassages; ++i) {
    struct Passage* known = &passages[(place + i) % kMostPassages];
    if (known->times == 0) *known = now;
    if (!same(known, &now)) continue;
    ++known->times;
    return;
  }
  ++lost;
}

/* What is known of an instruction when it is translated: address, class, the svc's 24 bits. */
static void* packed(uint32_t address, enum Class class, uint32_t immediate) {
  return (void*)(uintptr_t)((uint64_t)immediate << 40 | (uint64_t) class << 32 | address);
}

static void entered_user(unsigned processor, void* data) {
  (void)processor;
  (void)data;
  if (in_kernel) end_passage();
  in_kernel = false;
  booted = true;
  next_label = 0;
  mark = false;
}

static void executed_user_svc(unsigned processor, void* data) {
  (void)processor;
  next_label = (uint64_t)(uintptr_t)data >> 40;
  mark = next_label >= PHASE_MARK;
  if (mark) phase = next_label - PHASE_MARK;
}

static void executed_kernel(unsigned processor, void* data) {
  (void)processor;
  const uint64_t what = (uintptr_t)data;
  const uint32_t address = (uint32_t)what;
  if (!in_kernel) {
    in_kernel = true;
    memset(&now, 0, sizeof now);
    now.path = 0xcbf29ce484222325u;
    now.phase = mark ? 0 : phase;
    now.label = mark ? 0 : next_label;
    now.first = address;
    polled = 0;
    stretch = 0;
  }
  for (unsigned i = 0; i < poll_count; ++i) {
    if (address != polls[i]) continue;
    const bool interrupt = (now.first & 0x1f) == 0x18;
    if (!interrupt || polled != 0) end_stretch();
    ++polled;
  }
  now.path = (now.path ^ address) * 0x100000001b3u;
  ++now.counts.instructions;
  if (stretch < kMostPath) path[stretch] = address;
  ++stretch;
  switch ((enum Class)(what >> 32 & 0xff)) {
    case kDsb:
      ++now.counts.dsb;
      break;
    case kIsb:
      ++now.counts.isb;
      break;
    case kCp15Write:
      ++now.counts.cp15;
      break;
    case kWfi:
      end_stretch();
      break;
    default:
      break;
  }
}

static void accessed(unsigned processor, uint32_t access, uint64_t address, void* data) {
  (void)processor;
  (void)address;
  (void)data;
  if (!in_kernel) return;
  if (qemu_plugin_mem_is_store(access)) {
    ++now.counts.stores;
  } else {
    ++now.counts.loads;
  }
}

static enum Class class_of(uint32_t opcode) {
  if ((opcode & 0xfffffff0) == 0xf57ff040) return kDsb;
  if ((opcode & 0xfffffff0) == 0xf57ff050) return kDmb;
  if ((opcode & 0xfffffff0) == 0xf57ff060) return kIsb;
  if ((opcode & 0x0fffffff) == 0x0320f003) return kWfi;
  if ((opcode & 0x0f000000) == 0x0f000000 && opcode >> 28 != 15) return kSvc;
  if ((opcode & 0x0f100f10) == 0x0e000f10 && opcode >> 28 != 15) return kCp15Write;
  return kPlain;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb* block) {
  (void)id;
  const size_t size = qemu_plugin_tb_n_insns(block);
  if (size == 0) return;
  /* No block goes from one side to the other, and an svc ends its block. */
  if (qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(block, 0)) < kernel_base)
    qemu_plugin_register_vcpu_tb_exec_cb(block, entered_user, kPluginNoRegisters, NULL);
  for (size_t i = 0; i < size; ++i) {
    struct qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    const uint32_t address = (uint32_t)qemu_plugin_insn_vaddr(instruction);
    uint32_t opcode;
    memcpy(&opcode, qemu_plugin_insn_data(instruction), sizeof opcode);
    const enum Class class = class_of(opcode);
    void* what = packed(address, class, class == kSvc ? opcode & 0xffffff : 0);
    const bool kernel = address >= kernel_base;
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, kPluginInlineAdd, &total, 1);
    if (kernel || class == kSvc)
      qemu_plugin_register_vcpu_insn_exec_cb(
          instruction, kernel ? executed_kernel : executed_user_svc, kPluginNoRegisters, what);
    if (kernel && !only_longest) {
      qemu_plugin_register_vcpu_mem_cb(instruction, accessed, kPluginNoRegisters,
                                       kPluginReadsAndWrites, NULL);
    }
  }
}

static void ended(qemu_plugin_id_t id, void* data) {
  (void)id;
  (void)data;
  FILE* out = fopen(out_file, "w");
  if (!out) return;
  fprintf(out, "total %llu lost %llu\n", (unsigned long long)total, (unsigned long long)lost);
  for (unsigned i = 0; i < kMostPassages; ++i) {
    const struct Passage* p = &passages[i];
    if (p->times == 0) continue;
    /* phase, first address, label, times, instructions, loads, stores, dsb, isb, cp15, path */
    fprintf(out, "passage %u %x %u %llu %u %u %u %u %u %u %016llx\n", p->phase, p->first, p->label,
            (unsigned long long)p->times, p->counts.instructions, p->counts.loads, p->counts.stores,
            p->counts.dsb, p->counts.isb, p->counts.cp15, (unsigned long long)p->path);
  }
  fprintf(out, "longest %u %u %x %u\n", longest, longest_phase, longest_first, longest_label);
  for (unsigned i = 0; i < longest && i < kMostPath; ++i) fprintf(out, "at %x\n", longest_path[i]);
  for (unsigned i = 0; i < shown; ++i) fprintf(out, "shown %x\n", shown_path[i]);
  fclose(out);
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int count,
                                      char** options) {
  (void)info;
  for (int i = 0; i < count; ++i) {
    const char* value = strchr(options[i], '=');
    if (!value) return 1;
    const size_t name = (size_t)(value++ - options[i]);
    if (strncmp(options[i], "out", name) == 0) {
      snprintf(out_file, sizeof out_file, "%s", value);
    } else if (strncmp(options[i], "base", name) == 0) {
      kernel_base = strtoull(value, NULL, 0);
    } else if (strncmp(options[i], "poll", name) == 0 && poll_count < kMostPolls) {
      polls[poll_count++] = strtoull(value, NULL, 0);
    } else if (strncmp(options[i], "show", name) == 0 &&
               sscanf(value, "%u:%u", &show_phase, &show_label) == 2) {
      continue;
    } else if (strncmp(options[i], "only", name) == 0 && strcmp(value, "longest") == 0) {
      only_longest = true;
    } else {
      fprintf(stderr, "count: unknown option %s\n", options[i]);
      return 1;
    }
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
