// Azure's VM sizes that modellers choose from, with what a plan needs to know of them.
//
// Pure data. Source: "Sizes for virtual machines in Azure". A size that is not here can be used all
// the same: only its cores are unknown.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace dms::pools {

struct VmSize {
  std::string_view name;  // lower case, as Batch echoes it
  int cores = 0;          // vCPUs
  double memory_gib = 0;
};

// In the order of their families.
std::span<const VmSize> vm_sizes();

// The size of this name, case ignored; "Standard_" in front may be left out.
std::optional<VmSize> find_vm_size(std::string_view name);

// Batch's limit of taskSlotsPerNode for a size: four a core, 256 at most; 256 for an unknown size.
int most_task_slots(std::string_view vm_size);

}  // namespace dms::pools
