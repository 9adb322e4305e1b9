#include "pools/images.h"

#include <algorithm>

namespace dms::pools {
namespace {

constexpr std::string_view windows_server = "microsoftwindowsserver";
constexpr std::string_view windows_agent = "batch.node.windows amd64";

// clang-format off
constexpr Image known[] = {
    {"ubuntu-hpc-22.04", "microsoft-dsvm", "ubuntu-hpc", "2204", "batch.node.ubuntu 22.04"},
    {"ubuntu-hpc-20.04", "microsoft-dsvm", "ubuntu-hpc", "2004", "batch.node.ubuntu 20.04"},
    {"ubuntu-22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "batch.node.ubuntu 22.04"},
    {"ubuntu-24.04", "canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 24.04"},
    {"ubuntu-container-20.04", "microsoft-azure-batch", "ubuntu-server-container", "20-04-lts", "batch.node.ubuntu 20.04"},
    {"debian-12", "debian", "debian-12", "12", "batch.node.debian 12"},
    {"almalinux-8", "almalinux", "almalinux", "8-gen1", "batch.node.el 8"},
    {"almalinux-9", "almalinux", "almalinux", "9-gen1", "batch.node.el 9"},
    {"almalinux-hpc-8.7", "almalinux", "almalinux-hpc", "8_7-hpc-gen2", "batch.node.el 8"},
    {"almalinux-hpc-8.10", "almalinux", "almalinux-hpc", "8_10-hpc-gen2", "batch.node.el 8"},
    {"windows-2019", windows_server, "windowsserver", "2019-datacenter", windows_agent},
    {"windows-2019-core", windows_server, "windowsserver", "2019-datacenter-core", windows_agent},
    {"windows-2022", windows_server, "windowsserver", "2022-datacenter", windows_agent},
    {"windows-2022-core", windows_server, "windowsserver", "2022-datacenter-core", windows_agent},
};
// clang-format on

}  // namespace

std::span<const Image> images() { return known; }

std::optional<Image> find_image(std::string_view name) {
  const auto found = std::find_if(std::begin(known), std::end(known),
                                  [&](const Image& image) { return image.name == name; });
  if (found == std::end(known)) return std::nullopt;
  return *found;
}

batch::VirtualMachineConfiguration machine_of(const Image& image) {
  return {.image_reference = {.publisher = std::string(image.publisher),
                              .offer = std::string(image.offer),
                              .sku = std::string(image.sku),
                              .version = "latest"},
          .node_agent_sku_id = std::string(image.node_agent_sku_id)};
}

bool is_windows(std::string_view node_agent_sku_id) {
  return node_agent_sku_id.starts_with("batch.node.windows");
}

}  // namespace dms::pools
