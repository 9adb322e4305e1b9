// What operations speak that Azure has retired and older clients still call: certificates, lifetime
// statistics of pools (those of jobs are JobStatistics). Source: REST reference up to api-version
// 2024-02-01.19.0.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

// To add: data and password go to the service and never come back.
struct CertificateAdd {
  std::string thumbprint;
  std::string thumbprint_algorithm;
  std::string data;
  std::optional<std::string> certificate_format;
  std::optional<std::string> password;
  template <class S = CertificateAdd>
  static constexpr auto fields() {
    return std::tuple{
        required("thumbprint", &S::thumbprint),
        required("thumbprintAlgorithm", &S::thumbprint_algorithm), required("data", &S::data),
        field("certificateFormat", &S::certificate_format), field("password", &S::password)};
  }
};

struct Certificate {
  std::string thumbprint;
  std::string thumbprint_algorithm;
  std::optional<std::string> url;
  std::optional<std::string> state;
  std::optional<Timestamp> state_transition_time;
  std::optional<std::string> public_data;
  bool operator==(const Certificate&) const = default;
  template <class S = Certificate>
  static constexpr auto fields() {
    return std::tuple{required("thumbprint", &S::thumbprint),
                      required("thumbprintAlgorithm", &S::thumbprint_algorithm),
                      field("url", &S::url),
                      field("state", &S::state),
                      field("stateTransitionTime", &S::state_transition_time),
                      field("publicData", &S::public_data)};
  }
};

}  // namespace dms::batch
