// Containers that tasks run in, and where their images come from. Azure has them; the local service
// refuses them.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

// The password goes to the service and never comes back.
struct ContainerRegistry {
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::optional<std::string> registry_server;
  std::optional<IdentityReference> identity_reference;
  bool operator==(const ContainerRegistry&) const = default;
  template <class S = ContainerRegistry>
  static constexpr auto fields() {
    return std::tuple{field("username", &S::username), field("password", &S::password),
                      field("registryServer", &S::registry_server),
                      field("identityReference", &S::identity_reference)};
  }
};

struct ContainerConfiguration {
  std::string type = "dockerCompatible";
  std::vector<std::string> container_image_names;
  std::vector<ContainerRegistry> container_registries;
  bool operator==(const ContainerConfiguration&) const = default;
  template <class S = ContainerConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("type", &S::type),
                      field("containerImageNames", &S::container_image_names),
                      field("containerRegistries", &S::container_registries)};
  }
};

struct ContainerHostBindMount {
  std::optional<std::string> source;
  std::optional<bool> is_read_only;
  bool operator==(const ContainerHostBindMount&) const = default;
  template <class S = ContainerHostBindMount>
  static constexpr auto fields() {
    return std::tuple{field("source", &S::source), field("isReadOnly", &S::is_read_only)};
  }
};

struct TaskContainerSettings {
  std::optional<std::string> container_run_options;
  std::string image_name;
  std::optional<ContainerRegistry> registry;
  std::optional<std::string> working_directory;
  std::vector<ContainerHostBindMount> container_host_batch_bind_mounts;
  bool operator==(const TaskContainerSettings&) const = default;
  template <class S = TaskContainerSettings>
  static constexpr auto fields() {
    return std::tuple{field("containerRunOptions", &S::container_run_options),
                      required("imageName", &S::image_name), field("registry", &S::registry),
                      field("workingDirectory", &S::working_directory),
                      field("containerHostBatchBindMounts", &S::container_host_batch_bind_mounts)};
  }
};

struct TaskContainerInfo {
  std::optional<std::string> container_id;
  std::optional<std::string> state;
  std::optional<std::string> error;
  bool operator==(const TaskContainerInfo&) const = default;
  template <class S = TaskContainerInfo>
  static constexpr auto fields() {
    return std::tuple{field("containerId", &S::container_id), field("state", &S::state),
                      field("error", &S::error)};
  }
};
}  // namespace dms::batch
