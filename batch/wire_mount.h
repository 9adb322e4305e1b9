// File systems that nodes mount below $AZ_BATCH_NODE_MOUNTS_DIR. Keys and passwords go to the
// service and never come back; the local service refuses mounts.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

struct AzureBlobFileSystemConfiguration {
  std::string account_name;
  std::string container_name;
  std::optional<std::string> account_key;
  std::optional<std::string> sas_key;
  std::optional<std::string> blobfuse_options;
  std::string relative_mount_path;
  std::optional<IdentityReference> identity_reference;
  bool operator==(const AzureBlobFileSystemConfiguration&) const = default;
  template <class S = AzureBlobFileSystemConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("accountName", &S::account_name),
                      required("containerName", &S::container_name),
                      field("accountKey", &S::account_key),
                      field("sasKey", &S::sas_key),
                      field("blobfuseOptions", &S::blobfuse_options),
                      required("relativeMountPath", &S::relative_mount_path),
                      field("identityReference", &S::identity_reference)};
  }
};

struct NfsMountConfiguration {
  std::string source;
  std::string relative_mount_path;
  std::optional<std::string> mount_options;
  bool operator==(const NfsMountConfiguration&) const = default;
  template <class S = NfsMountConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("source", &S::source),
                      required("relativeMountPath", &S::relative_mount_path),
                      field("mountOptions", &S::mount_options)};
  }
};

struct CifsMountConfiguration {
  std::string username;
  std::string source;
  std::string relative_mount_path;
  std::optional<std::string> mount_options;
  std::string password;
  bool operator==(const CifsMountConfiguration&) const = default;
  template <class S = CifsMountConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("username", &S::username), required("source", &S::source),
                      required("relativeMountPath", &S::relative_mount_path),
                      field("mountOptions", &S::mount_options), required("password", &S::password)};
  }
};

struct AzureFileShareConfiguration {
  std::string account_name;
  std::string azure_file_url;
  std::string account_key;
  std::string relative_mount_path;
  std::optional<std::string> mount_options;
  bool operator==(const AzureFileShareConfiguration&) const = default;
  template <class S = AzureFileShareConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("accountName", &S::account_name),
                      required("azureFileUrl", &S::azure_file_url),
                      required("accountKey", &S::account_key),
                      required("relativeMountPath", &S::relative_mount_path),
                      field("mountOptions", &S::mount_options)};
  }
};

// Exactly one of them.
struct MountConfiguration {
  std::optional<AzureBlobFileSystemConfiguration> azure_blob_file_system_configuration;
  std::optional<NfsMountConfiguration> nfs_mount_configuration;
  std::optional<CifsMountConfiguration> cifs_mount_configuration;
  std::optional<AzureFileShareConfiguration> azure_file_share_configuration;
  bool operator==(const MountConfiguration&) const = default;
  template <class S = MountConfiguration>
  static constexpr auto fields() {
    return std::tuple{
        field("azureBlobFileSystemConfiguration", &S::azure_blob_file_system_configuration),
        field("nfsMountConfiguration", &S::nfs_mount_configuration),
        field("cifsMountConfiguration", &S::cifs_mount_configuration),
        field("azureFileShareConfiguration", &S::azure_file_share_configuration)};
  }
};
}  // namespace dms::batch
