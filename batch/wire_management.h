// What the management plane (ARM) says of a Batch account's applications.
//
// Source: "Application Package" and "Batch Account" of the Batch Management REST API.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

struct ArmResource {
  std::optional<std::string> id;
  std::optional<std::string> name;
  template <class S = ArmResource>
  static constexpr auto fields() {
    return std::tuple{field("id", &S::id), field("name", &S::name)};
  }
};

struct ArmResourceList {
  std::vector<ArmResource> value;
  std::optional<std::string> next_link;
  template <class S = ArmResourceList>
  static constexpr auto fields() {
    return std::tuple{field("value", &S::value), field("nextLink", &S::next_link)};
  }
};

struct ArmApplicationProperties {
  std::optional<std::string> display_name;
  std::optional<bool> allow_updates;
  std::optional<std::string> default_version;
  template <class S = ArmApplicationProperties>
  static constexpr auto fields() {
    return std::tuple{field("displayName", &S::display_name),
                      field("allowUpdates", &S::allow_updates),
                      field("defaultVersion", &S::default_version)};
  }
};

struct ArmApplication {
  ArmApplicationProperties properties;
  template <class S = ArmApplication>
  static constexpr auto fields() {
    return std::tuple{required("properties", &S::properties)};
  }
};

// `storage_url` holds a SAS that may write the archive, for some hours.
struct ArmPackageProperties {
  std::optional<std::string> state;  // Pending, Active
  std::optional<std::string> storage_url;
  template <class S = ArmPackageProperties>
  static constexpr auto fields() {
    return std::tuple{field("state", &S::state), field("storageUrl", &S::storage_url)};
  }
};

struct ArmPackage {
  ArmPackageProperties properties;
  template <class S = ArmPackage>
  static constexpr auto fields() {
    return std::tuple{required("properties", &S::properties)};
  }
};

// {"error": {"code": …, "message": …}}
struct ArmErrorBody {
  struct Inner {
    std::string code;
    std::string message;
    template <class S = Inner>
    static constexpr auto fields() {
      return std::tuple{required("code", &S::code), required("message", &S::message)};
    }
  };
  Inner error;
  template <class S = ArmErrorBody>
  static constexpr auto fields() {
    return std::tuple{required("error", &S::error)};
  }
};

struct ArmActivation {
  std::string format = "zip";
  template <class S = ArmActivation>
  static constexpr auto fields() {
    return std::tuple{required("format", &S::format)};
  }
};

}  // namespace dms::batch
