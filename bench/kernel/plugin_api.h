/* What count.c uses of QEMU's TCG plugin interface, version 1 (QEMU 7.2): Debian ships the emulator
   without its header. Declarations only; QEMU has the definitions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_EXPORT __attribute__((visibility("default")))
#define PLUGIN_API 1

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;   /* a block being translated */
struct qemu_plugin_insn; /* one instruction of it */

typedef struct {
  const char* target_name;
  struct {
    int least, present;
  } version;
  bool system_emulation;
  struct {
    int processors, most_processors;
  } system;
} qemu_info_t;

enum { kPluginNoRegisters = 0 };    /* qemu_plugin_cb_flags */
enum { kPluginReadsAndWrites = 3 }; /* qemu_plugin_mem_rw */
enum { kPluginInlineAdd = 0 };      /* qemu_plugin_op, of 64 bits */

typedef void (*plugin_translated)(qemu_plugin_id_t, struct qemu_plugin_tb*);
typedef void (*plugin_executed)(unsigned processor, void*);
typedef void (*plugin_accessed)(unsigned processor, uint32_t access, uint64_t address, void*);
typedef void (*plugin_ended)(qemu_plugin_id_t, void*);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, plugin_translated);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, plugin_ended, void*);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn*, plugin_executed, int flags,
                                            void*);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn*, int operation,
                                                void* counter, uint64_t amount);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb*, plugin_executed, int flags,
                                          void*);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn*, plugin_accessed, int flags,
                                      int directions, void*);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb*);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb*, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn*);
const void* qemu_plugin_insn_data(const struct qemu_plugin_insn*);
bool qemu_plugin_mem_is_store(uint32_t access);
