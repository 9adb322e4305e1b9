// Application packages and images that an account has.
#pragma once

#include "batch/wire_machine.h"

namespace dms::batch {

struct ApplicationSummary {
  std::string id;
  std::string display_name;
  std::vector<std::string> versions;
  bool operator==(const ApplicationSummary&) const = default;
  template <class S = ApplicationSummary>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id), required("displayName", &S::display_name),
                      required("versions", &S::versions)};
  }
};

enum class OsKind { linux_os, windows };
constexpr auto words(OsKind) {
  using enum OsKind;
  return std::array{word(linux_os, "linux"), word(windows, "windows")};
}

enum class VerificationType { verified, unverified };
constexpr auto words(VerificationType) {
  using enum VerificationType;
  return std::array{word(verified, "verified"), word(unverified, "unverified")};
}

struct ImageInformation {
  std::string node_agent_sku_id;
  ImageReference image_reference;
  OsKind os_type = OsKind::linux_os;
  std::vector<std::string> capabilities;
  std::optional<Timestamp> batch_support_end_of_life;
  VerificationType verification_type = VerificationType::verified;
  bool operator==(const ImageInformation&) const = default;
  template <class S = ImageInformation>
  static constexpr auto fields() {
    return std::tuple{required("nodeAgentSKUId", &S::node_agent_sku_id),
                      required("imageReference", &S::image_reference),
                      required("osType", &S::os_type),
                      field("capabilities", &S::capabilities),
                      field("batchSupportEndOfLife", &S::batch_support_end_of_life),
                      required("verificationType", &S::verification_type)};
  }
};
}  // namespace dms::batch
