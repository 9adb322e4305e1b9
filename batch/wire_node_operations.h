// What the operations on a node take and give.
#pragma once

#include "batch/wire_node.h"

namespace dms::batch {

enum class NodeRebootOption { requeue, terminate, task_completion, retained_data };
constexpr auto words(NodeRebootOption) {
  using enum NodeRebootOption;
  return std::array{word(requeue, "requeue"), word(terminate, "terminate"),
                    word(task_completion, "taskcompletion"), word(retained_data, "retaineddata")};
}

enum class NodeReimageOption { requeue, terminate, task_completion, retained_data };
constexpr auto words(NodeReimageOption) {
  using enum NodeReimageOption;
  return std::array{word(requeue, "requeue"), word(terminate, "terminate"),
                    word(task_completion, "taskcompletion"), word(retained_data, "retaineddata")};
}

enum class NodeDeallocateOption { requeue, terminate, task_completion, retained_data };
constexpr auto words(NodeDeallocateOption) {
  using enum NodeDeallocateOption;
  return std::array{word(requeue, "requeue"), word(terminate, "terminate"),
                    word(task_completion, "taskcompletion"), word(retained_data, "retaineddata")};
}

enum class NodeDisableSchedulingOption { requeue, terminate, task_completion };
constexpr auto words(NodeDisableSchedulingOption) {
  using enum NodeDisableSchedulingOption;
  return std::array{word(requeue, "requeue"), word(terminate, "terminate"),
                    word(task_completion, "taskcompletion")};
}

struct NodeReboot {
  std::optional<NodeRebootOption> node_reboot_option;
  template <class S = NodeReboot>
  static constexpr auto fields() {
    return std::tuple{field("nodeRebootOption", &S::node_reboot_option)};
  }
};

struct NodeReimage {
  std::optional<NodeReimageOption> node_reimage_option;
  template <class S = NodeReimage>
  static constexpr auto fields() {
    return std::tuple{field("nodeReimageOption", &S::node_reimage_option)};
  }
};

struct NodeDeallocate {
  std::optional<NodeDeallocateOption> node_deallocate_option;
  template <class S = NodeDeallocate>
  static constexpr auto fields() {
    return std::tuple{field("nodeDeallocateOption", &S::node_deallocate_option)};
  }
};

struct NodeDisableScheduling {
  std::optional<NodeDisableSchedulingOption> node_disable_scheduling_option;
  template <class S = NodeDisableScheduling>
  static constexpr auto fields() {
    return std::tuple{field("nodeDisableSchedulingOption", &S::node_disable_scheduling_option)};
  }
};

// The password goes to the service and never comes back.
struct NodeUser {
  std::string name;
  std::optional<bool> is_admin;
  std::optional<Timestamp> expiry_time;
  std::optional<std::string> password;
  std::optional<std::string> ssh_public_key;
  template <class S = NodeUser>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), field("isAdmin", &S::is_admin),
                      field("expiryTime", &S::expiry_time), field("password", &S::password),
                      field("sshPublicKey", &S::ssh_public_key)};
  }
};

struct NodeUserUpdate {
  std::optional<std::string> password;
  std::optional<Timestamp> expiry_time;
  std::optional<std::string> ssh_public_key;
  template <class S = NodeUserUpdate>
  static constexpr auto fields() {
    return std::tuple{field("password", &S::password), field("expiryTime", &S::expiry_time),
                      field("sshPublicKey", &S::ssh_public_key)};
  }
};

struct RemoteLoginSettings {
  std::string remote_login_ip_address;
  int remote_login_port = 22;
  std::optional<std::string> ipv6_remote_login_ip_address;
  std::optional<int> ipv6_remote_login_port;
  bool operator==(const RemoteLoginSettings&) const = default;
  template <class S = RemoteLoginSettings>
  static constexpr auto fields() {
    return std::tuple{required("remoteLoginIPAddress", &S::remote_login_ip_address),
                      required("remoteLoginPort", &S::remote_login_port),
                      field("ipv6RemoteLoginIPAddress", &S::ipv6_remote_login_ip_address),
                      field("ipv6RemoteLoginPort", &S::ipv6_remote_login_port)};
  }
};

struct UploadServiceLogs {
  std::string container_url;
  Timestamp start_time;
  std::optional<Timestamp> end_time;
  std::optional<IdentityReference> identity_reference;
  template <class S = UploadServiceLogs>
  static constexpr auto fields() {
    return std::tuple{required("containerUrl", &S::container_url),
                      required("startTime", &S::start_time), field("endTime", &S::end_time),
                      field("identityReference", &S::identity_reference)};
  }
};

struct UploadServiceLogsResult {
  std::string virtual_directory_name;
  int number_of_files_uploaded = 0;
  bool operator==(const UploadServiceLogsResult&) const = default;
  template <class S = UploadServiceLogsResult>
  static constexpr auto fields() {
    return std::tuple{required("virtualDirectoryName", &S::virtual_directory_name),
                      required("numberOfFilesUploaded", &S::number_of_files_uploaded)};
  }
};

struct NodeVmExtension {
  std::optional<std::string> provisioning_state;
  std::optional<VmExtension> vm_extension;
  std::optional<Opaque> instance_view;
  bool operator==(const NodeVmExtension&) const = default;
  template <class S = NodeVmExtension>
  static constexpr auto fields() {
    return std::tuple{field("provisioningState", &S::provisioning_state),
                      field("vmExtension", &S::vm_extension),
                      field("instanceView", &S::instance_view)};
  }
};
}  // namespace dms::batch
