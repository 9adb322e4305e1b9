// The virtual machines of a pool: image, disks, encryption, extensions.
#pragma once

#include "batch/wire_container.h"

namespace dms::batch {

struct ImageReference {
  std::optional<std::string> publisher;
  std::optional<std::string> offer;
  std::optional<std::string> sku;
  std::optional<std::string> version;
  std::optional<std::string> virtual_machine_image_id;
  std::optional<std::string> exact_version;
  std::optional<std::string> shared_gallery_image_id;
  std::optional<std::string> community_gallery_image_id;
  bool operator==(const ImageReference&) const = default;
  template <class S = ImageReference>
  static constexpr auto fields() {
    return std::tuple{field("publisher", &S::publisher),
                      field("offer", &S::offer),
                      field("sku", &S::sku),
                      field("version", &S::version),
                      field("virtualMachineImageId", &S::virtual_machine_image_id),
                      field("exactVersion", &S::exact_version),
                      field("sharedGalleryImageId", &S::shared_gallery_image_id),
                      field("communityGalleryImageId", &S::community_gallery_image_id)};
  }
};

struct WindowsConfiguration {
  std::optional<bool> enable_automatic_updates;
  bool operator==(const WindowsConfiguration&) const = default;
  template <class S = WindowsConfiguration>
  static constexpr auto fields() {
    return std::tuple{field("enableAutomaticUpdates", &S::enable_automatic_updates)};
  }
};

struct DataDisk {
  int lun = 0;
  std::optional<std::string> caching;
  int disk_size_gb = 0;
  std::optional<std::string> storage_account_type;
  std::optional<Opaque> managed_disk;
  bool operator==(const DataDisk&) const = default;
  template <class S = DataDisk>
  static constexpr auto fields() {
    return std::tuple{required("lun", &S::lun), field("caching", &S::caching),
                      required("diskSizeGB", &S::disk_size_gb),
                      field("storageAccountType", &S::storage_account_type),
                      field("managedDisk", &S::managed_disk)};
  }
};

struct DiskEncryptionConfiguration {
  std::vector<std::string> targets;
  std::optional<Opaque> customer_managed_key;
  bool operator==(const DiskEncryptionConfiguration&) const = default;
  template <class S = DiskEncryptionConfiguration>
  static constexpr auto fields() {
    return std::tuple{field("targets", &S::targets),
                      field("customerManagedKey", &S::customer_managed_key)};
  }
};

struct NodePlacementConfiguration {
  std::optional<std::string> policy;
  bool operator==(const NodePlacementConfiguration&) const = default;
  template <class S = NodePlacementConfiguration>
  static constexpr auto fields() {
    return std::tuple{field("policy", &S::policy)};
  }
};

// The protected settings go to the service and never come back.
struct VmExtension {
  std::string name;
  std::string publisher;
  std::string type;
  std::optional<std::string> type_handler_version;
  std::optional<bool> auto_upgrade_minor_version;
  std::optional<bool> enable_automatic_upgrade;
  std::optional<Opaque> settings;
  std::optional<Opaque> protected_settings;
  std::vector<std::string> provision_after_extensions;
  bool operator==(const VmExtension&) const = default;
  template <class S = VmExtension>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name),
                      required("publisher", &S::publisher),
                      required("type", &S::type),
                      field("typeHandlerVersion", &S::type_handler_version),
                      field("autoUpgradeMinorVersion", &S::auto_upgrade_minor_version),
                      field("enableAutomaticUpgrade", &S::enable_automatic_upgrade),
                      field("settings", &S::settings),
                      field("protectedSettings", &S::protected_settings),
                      field("provisionAfterExtensions", &S::provision_after_extensions)};
  }
};

struct DiffDiskSettings {
  std::optional<std::string> placement;
  bool operator==(const DiffDiskSettings&) const = default;
  template <class S = DiffDiskSettings>
  static constexpr auto fields() {
    return std::tuple{field("placement", &S::placement)};
  }
};

struct OsDisk {
  std::optional<DiffDiskSettings> ephemeral_os_disk_settings;
  std::optional<std::string> caching;
  std::optional<int> disk_size_gb;
  std::optional<Opaque> managed_disk;
  std::optional<bool> write_accelerator_enabled;
  bool operator==(const OsDisk&) const = default;
  template <class S = OsDisk>
  static constexpr auto fields() {
    return std::tuple{field("ephemeralOSDiskSettings", &S::ephemeral_os_disk_settings),
                      field("caching", &S::caching), field("diskSizeGB", &S::disk_size_gb),
                      field("managedDisk", &S::managed_disk),
                      field("writeAcceleratorEnabled", &S::write_accelerator_enabled)};
  }
};

struct UefiSettings {
  std::optional<bool> secure_boot_enabled;
  std::optional<bool> v_tpm_enabled;
  bool operator==(const UefiSettings&) const = default;
  template <class S = UefiSettings>
  static constexpr auto fields() {
    return std::tuple{field("secureBootEnabled", &S::secure_boot_enabled),
                      field("vTpmEnabled", &S::v_tpm_enabled)};
  }
};

struct SecurityProfile {
  std::optional<bool> encryption_at_host;
  std::optional<std::string> security_type;
  std::optional<UefiSettings> uefi_settings;
  std::optional<Opaque> proxy_agent_settings;
  bool operator==(const SecurityProfile&) const = default;
  template <class S = SecurityProfile>
  static constexpr auto fields() {
    return std::tuple{field("encryptionAtHost", &S::encryption_at_host),
                      field("securityType", &S::security_type),
                      field("uefiSettings", &S::uefi_settings),
                      field("proxyAgentSettings", &S::proxy_agent_settings)};
  }
};

struct ServiceArtifactReference {
  std::string id;
  bool operator==(const ServiceArtifactReference&) const = default;
  template <class S = ServiceArtifactReference>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id)};
  }
};

struct VirtualMachineConfiguration {
  ImageReference image_reference;
  std::string node_agent_sku_id;
  std::optional<WindowsConfiguration> windows_configuration;
  std::vector<DataDisk> data_disks;
  std::optional<std::string> license_type;
  std::optional<ContainerConfiguration> container_configuration;
  std::optional<DiskEncryptionConfiguration> disk_encryption_configuration;
  std::optional<NodePlacementConfiguration> node_placement_configuration;
  std::vector<VmExtension> extensions;
  std::optional<OsDisk> os_disk;
  std::optional<SecurityProfile> security_profile;
  std::optional<ServiceArtifactReference> service_artifact_reference;
  bool operator==(const VirtualMachineConfiguration&) const = default;
  template <class S = VirtualMachineConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("imageReference", &S::image_reference),
                      required("nodeAgentSKUId", &S::node_agent_sku_id),
                      field("windowsConfiguration", &S::windows_configuration),
                      field("dataDisks", &S::data_disks),
                      field("licenseType", &S::license_type),
                      field("containerConfiguration", &S::container_configuration),
                      field("diskEncryptionConfiguration", &S::disk_encryption_configuration),
                      field("nodePlacementConfiguration", &S::node_placement_configuration),
                      field("extensions", &S::extensions),
                      field("osDisk", &S::os_disk),
                      field("securityProfile", &S::security_profile),
                      field("serviceArtifactReference", &S::service_artifact_reference)};
  }
};
}  // namespace dms::batch
