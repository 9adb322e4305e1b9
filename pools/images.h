// What runs on a pool's nodes before anything of ours: images by short names, each with the node
// agent that Batch wants for it.
//
// Pure data. Source: "List of supported images", operation Account_ListSupportedImages; an image
// that is not here can be named by its publisher, offer, SKU and node agent.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "batch/wire_machine.h"

namespace dms::pools {

struct Image {
  std::string_view name;
  std::string_view publisher;
  std::string_view offer;
  std::string_view sku;
  std::string_view node_agent_sku_id;
};

std::span<const Image> images();
std::optional<Image> find_image(std::string_view name);

// Ubuntu 22.04 with the tools and drivers that MPI over InfiniBand needs.
inline constexpr std::string_view default_image = "ubuntu-hpc-22.04";

// The image's newest version as a pool is told of it.
batch::VirtualMachineConfiguration machine_of(const Image& image);

// Whether the node agent is one of Windows.
bool is_windows(std::string_view node_agent_sku_id);

}  // namespace dms::pools
