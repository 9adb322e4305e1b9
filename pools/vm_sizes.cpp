#include "pools/vm_sizes.h"

#include <algorithm>

#include "core/fields.h"

namespace dms::pools {
namespace {

constexpr std::string_view prefix = "standard_";

// clang-format off
constexpr VmSize sizes[] = {
    // Memory beside cores: general purpose
    {"standard_a1_v2", 1, 2},       {"standard_a2_v2", 2, 4},       {"standard_a4_v2", 4, 8},       {"standard_a8_v2", 8, 16},
    {"standard_d1_v2", 1, 3.5},     {"standard_d2_v2", 2, 7},       {"standard_d3_v2", 4, 14},      {"standard_d4_v2", 8, 28},
    {"standard_d5_v2", 16, 56},     {"standard_d11_v2", 2, 14},     {"standard_d12_v2", 4, 28},     {"standard_d13_v2", 8, 56},
    {"standard_d14_v2", 16, 112},   {"standard_d15_v2", 20, 140},
    {"standard_ds1_v2", 1, 3.5},    {"standard_ds2_v2", 2, 7},      {"standard_ds3_v2", 4, 14},     {"standard_ds4_v2", 8, 28},
    {"standard_ds5_v2", 16, 56},    {"standard_ds11_v2", 2, 14},    {"standard_ds12_v2", 4, 28},    {"standard_ds13_v2", 8, 56},
    {"standard_ds14_v2", 16, 112},
    {"standard_d2_v3", 2, 8},       {"standard_d4_v3", 4, 16},      {"standard_d8_v3", 8, 32},      {"standard_d16_v3", 16, 64},
    {"standard_d32_v3", 32, 128},   {"standard_d48_v3", 48, 192},   {"standard_d64_v3", 64, 256},
    {"standard_d2s_v3", 2, 8},      {"standard_d4s_v3", 4, 16},     {"standard_d8s_v3", 8, 32},     {"standard_d16s_v3", 16, 64},
    {"standard_d32s_v3", 32, 128},  {"standard_d48s_v3", 48, 192},  {"standard_d64s_v3", 64, 256},
    {"standard_d2_v4", 2, 8},       {"standard_d4_v4", 4, 16},      {"standard_d8_v4", 8, 32},      {"standard_d16_v4", 16, 64},
    {"standard_d2d_v4", 2, 8},      {"standard_d4d_v4", 4, 16},     {"standard_d8d_v4", 8, 32},     {"standard_d16d_v4", 16, 64},
    {"standard_d32d_v4", 32, 128},  {"standard_d48d_v4", 48, 192},  {"standard_d64d_v4", 64, 256},
    {"standard_d2s_v4", 2, 8},      {"standard_d4s_v4", 4, 16},     {"standard_d8s_v4", 8, 32},     {"standard_d16s_v4", 16, 64},
    {"standard_d2s_v5", 2, 8},      {"standard_d4s_v5", 4, 16},     {"standard_d8s_v5", 8, 32},     {"standard_d16s_v5", 16, 64},
    {"standard_d32s_v5", 32, 128},  {"standard_d48s_v5", 48, 192},  {"standard_d64s_v5", 64, 256},  {"standard_d96s_v5", 96, 384},
    {"standard_d2ds_v5", 2, 8},     {"standard_d4ds_v5", 4, 16},    {"standard_d8ds_v5", 8, 32},    {"standard_d16ds_v5", 16, 64},
    {"standard_d32ds_v5", 32, 128}, {"standard_d48ds_v5", 48, 192}, {"standard_d64ds_v5", 64, 256}, {"standard_d96ds_v5", 96, 384},
    {"standard_d2as_v5", 2, 8},     {"standard_d4as_v5", 4, 16},    {"standard_d8as_v5", 8, 32},    {"standard_d16as_v5", 16, 64},
    {"standard_d32as_v5", 32, 128}, {"standard_d48as_v5", 48, 192}, {"standard_d64as_v5", 64, 256}, {"standard_d96as_v5", 96, 384},
    {"standard_d2ads_v5", 2, 8},    {"standard_d4ads_v5", 4, 16},   {"standard_d8ads_v5", 8, 32},   {"standard_d16ads_v5", 16, 64},
    {"standard_d32ads_v5", 32, 128},{"standard_d48ads_v5", 48, 192},{"standard_d64ads_v5", 64, 256},{"standard_d96ads_v5", 96, 384},
    // Much memory a core
    {"standard_e2s_v3", 2, 16},     {"standard_e4s_v3", 4, 32},     {"standard_e8s_v3", 8, 64},     {"standard_e16s_v3", 16, 128},
    {"standard_e32s_v3", 32, 256},  {"standard_e64s_v3", 64, 432},
    {"standard_e2s_v5", 2, 16},     {"standard_e4s_v5", 4, 32},     {"standard_e8s_v5", 8, 64},     {"standard_e16s_v5", 16, 128},
    {"standard_e32s_v5", 32, 256},  {"standard_e48s_v5", 48, 384},  {"standard_e64s_v5", 64, 512},  {"standard_e96s_v5", 96, 672},
    {"standard_e2ds_v5", 2, 16},    {"standard_e4ds_v5", 4, 32},    {"standard_e8ds_v5", 8, 64},    {"standard_e16ds_v5", 16, 128},
    {"standard_e32ds_v5", 32, 256}, {"standard_e48ds_v5", 48, 384}, {"standard_e64ds_v5", 64, 512}, {"standard_e96ds_v5", 96, 672},
    // Fast cores
    {"standard_f1s", 1, 2},         {"standard_f2s", 2, 4},         {"standard_f4s", 4, 8},         {"standard_f8s", 8, 16},
    {"standard_f16s", 16, 32},
    {"standard_f2s_v2", 2, 4},      {"standard_f4s_v2", 4, 8},      {"standard_f8s_v2", 8, 16},     {"standard_f16s_v2", 16, 32},
    {"standard_f32s_v2", 32, 64},   {"standard_f48s_v2", 48, 96},   {"standard_f64s_v2", 64, 128},  {"standard_f72s_v2", 72, 144},
    {"standard_fx4mds", 4, 84},     {"standard_fx12mds", 12, 252},  {"standard_fx24mds", 24, 504},  {"standard_fx36mds", 36, 756},
    {"standard_fx48mds", 48, 1008},
    // Linked by InfiniBand: MPI
    {"standard_h8", 8, 56},         {"standard_h16", 16, 112},      {"standard_h16r", 16, 112},     {"standard_h16mr", 16, 224},
    {"standard_hc44rs", 44, 352},   {"standard_hc44-16rs", 16, 352},{"standard_hc44-32rs", 32, 352},
    {"standard_hb60rs", 60, 228},   {"standard_hb60-15rs", 15, 228},{"standard_hb60-30rs", 30, 228},{"standard_hb60-45rs", 45, 228},
    {"standard_hb120rs_v2", 120, 456},    {"standard_hb120-16rs_v2", 16, 456},  {"standard_hb120-32rs_v2", 32, 456},
    {"standard_hb120-64rs_v2", 64, 456},  {"standard_hb120-96rs_v2", 96, 456},
    {"standard_hb120rs_v3", 120, 448},    {"standard_hb120-16rs_v3", 16, 448},  {"standard_hb120-32rs_v3", 32, 448},
    {"standard_hb120-64rs_v3", 64, 448},  {"standard_hb120-96rs_v3", 96, 448},
    {"standard_hb176rs_v4", 176, 768},    {"standard_hb176-24rs_v4", 24, 768},  {"standard_hb176-48rs_v4", 48, 768},
    {"standard_hb176-96rs_v4", 96, 768},  {"standard_hb176-144rs_v4", 144, 768},
    {"standard_hb368rs_v5", 368, 432},    {"standard_hb368-48rs_v5", 48, 432},  {"standard_hb368-96rs_v5", 96, 432},
    {"standard_hb368-144rs_v5", 144, 432},{"standard_hb368-192rs_v5", 192, 432},
    {"standard_hb368-240rs_v5", 240, 432},
    {"standard_hx176rs", 176, 1408},      {"standard_hx176-24rs", 24, 1408},    {"standard_hx176-48rs", 48, 1408},
    {"standard_hx176-96rs", 96, 1408},    {"standard_hx176-144rs", 144, 1408},
};
// clang-format on

}  // namespace

std::span<const VmSize> vm_sizes() { return sizes; }

std::optional<VmSize> find_vm_size(std::string_view name) {
  if (equal_ignoring_case(name.substr(0, prefix.size()), prefix)) name.remove_prefix(prefix.size());
  const auto found = std::find_if(std::begin(sizes), std::end(sizes), [&](const VmSize& size) {
    return equal_ignoring_case(size.name.substr(prefix.size()), name);
  });
  if (found == std::end(sizes)) return std::nullopt;
  return *found;
}

int most_task_slots(std::string_view vm_size) {
  const auto size = find_vm_size(vm_size);
  return size ? std::min(256, 4 * size->cores) : 256;
}

}  // namespace dms::pools
