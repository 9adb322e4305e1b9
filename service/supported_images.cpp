#include "service/supported_images.h"

#include <string_view>

namespace dms::service {

namespace {

using enum batch::OsKind;
using enum batch::VerificationType;

struct ImageRow {
  std::string_view agent;
  std::string_view publisher;
  std::string_view offer;
  std::string_view sku;
  batch::OsKind os;
  batch::VerificationType verification;
  std::vector<std::string> capabilities;
};

// clang-format off
const ImageRow rows[] = {
    {"batch.node.ubuntu 20.04", "microsoft-dsvm", "ubuntu-hpc", "2004", linux_os, verified,
     {"DockerCompatible", "NvidiaTeslaDriverInstalled", "SupportsRDMAOnly", "IntelMPIRuntimeInstalled"}},
    {"batch.node.ubuntu 20.04", "microsoft-azure-batch", "ubuntu-server-container", "20-04-lts", linux_os, verified, {"DockerCompatible", "NvidiaGridDriverInstalled"}},
    {"batch.node.ubuntu 20.04", "canonical", "0001-com-ubuntu-server-focal", "20_04-lts", linux_os, verified, {}},
    {"batch.node.ubuntu 22.04", "microsoft-dsvm", "ubuntu-hpc", "2204", linux_os, verified,
     {"DockerCompatible", "NvidiaTeslaDriverInstalled", "SupportsRDMAOnly", "IntelMPIRuntimeInstalled"}},
    {"batch.node.ubuntu 22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", linux_os, verified, {}},
    {"batch.node.ubuntu 24.04", "canonical", "ubuntu-24_04-lts", "server", linux_os, verified, {"Generation2VMImage"}},
    {"batch.node.debian 11", "debian", "debian-11", "11", linux_os, verified, {}},
    {"batch.node.debian 12", "debian", "debian-12", "12", linux_os, verified, {}},
    {"batch.node.el 8", "almalinux", "almalinux", "8-gen1", linux_os, verified, {}},
    {"batch.node.el 8", "almalinux", "almalinux-hpc", "8_7-hpc-gen2", linux_os, unverified, {"SupportsRDMAOnly", "Generation2VMImage"}},
    {"batch.node.el 9", "almalinux", "almalinux", "9-gen1", linux_os, verified, {}},
    {"batch.node.el 9", "almalinux", "almalinux-x86_64", "9-gen2", linux_os, unverified, {"Generation2VMImage"}},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2016-datacenter", windows, verified, {}},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2019-datacenter", windows, verified, {}},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2019-datacenter-with-containers", windows, verified, {"DockerCompatible"}},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2022-datacenter", windows, verified, {}},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2022-datacenter-core", windows, verified, {}},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2022-datacenter-core-smalldisk", windows, verified, {}},
};
// clang-format on

std::map<ImageKey, batch::ImageInformation> make_images() {
  std::map<ImageKey, batch::ImageInformation> images;
  for (const ImageRow& row : rows) {
    batch::ImageInformation image;
    image.node_agent_sku_id = row.agent;
    image.image_reference.publisher = std::string(row.publisher);
    image.image_reference.offer = std::string(row.offer);
    image.image_reference.sku = std::string(row.sku);
    image.image_reference.version = "latest";
    image.os_type = row.os;
    image.verification_type = row.verification;
    image.capabilities = row.capabilities;
    std::string key;
    for (const std::string_view part : {row.agent, row.publisher, row.offer, row.sku})
      key.append(part).append("/");
    images.emplace(ImageKey{std::move(key)}, std::move(image));
  }
  return images;
}

}  // namespace

const std::map<ImageKey, batch::ImageInformation>& supported_images() {
  static const auto images = make_images();
  return images;
}

}  // namespace dms::service
