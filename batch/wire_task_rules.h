// What a task says of its exit, of the tasks before it and of the nodes it runs on.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

enum class JobAction { none, disable, terminate };
constexpr auto words(JobAction) {
  using enum JobAction;
  return std::array{word(none, "none"), word(disable, "disable"), word(terminate, "terminate")};
}

enum class DependencyAction { satisfy, block };
constexpr auto words(DependencyAction) {
  using enum DependencyAction;
  return std::array{word(satisfy, "satisfy"), word(block, "block")};
}

struct ExitOptions {
  std::optional<JobAction> job_action;
  std::optional<DependencyAction> dependency_action;
  bool operator==(const ExitOptions&) const = default;
  template <class S = ExitOptions>
  static constexpr auto fields() {
    return std::tuple{field("jobAction", &S::job_action),
                      field("dependencyAction", &S::dependency_action)};
  }
};

struct ExitCodeMapping {
  int code = 0;
  ExitOptions exit_options;
  bool operator==(const ExitCodeMapping&) const = default;
  template <class S = ExitCodeMapping>
  static constexpr auto fields() {
    return std::tuple{required("code", &S::code), required("exitOptions", &S::exit_options)};
  }
};

// Both ends belong to the range.
struct ExitCodeRangeMapping {
  int start = 0;
  int end = 0;
  ExitOptions exit_options;
  bool operator==(const ExitCodeRangeMapping&) const = default;
  template <class S = ExitCodeRangeMapping>
  static constexpr auto fields() {
    return std::tuple{required("start", &S::start), required("end", &S::end),
                      required("exitOptions", &S::exit_options)};
  }
};

struct ExitConditions {
  std::vector<ExitCodeMapping> exit_codes;
  std::vector<ExitCodeRangeMapping> exit_code_ranges;
  std::optional<ExitOptions> pre_processing_error;
  std::optional<ExitOptions> file_upload_error;
  std::optional<ExitOptions> otherwise;
  bool operator==(const ExitConditions&) const = default;
  template <class S = ExitConditions>
  static constexpr auto fields() {
    return std::tuple{
        field("exitCodes", &S::exit_codes), field("exitCodeRanges", &S::exit_code_ranges),
        field("preProcessingError", &S::pre_processing_error),
        field("fileUploadError", &S::file_upload_error), field("default", &S::otherwise)};
  }
};

// Both ends belong to the range.
struct TaskIdRange {
  int start = 0;
  int end = 0;
  bool operator==(const TaskIdRange&) const = default;
  template <class S = TaskIdRange>
  static constexpr auto fields() {
    return std::tuple{required("start", &S::start), required("end", &S::end)};
  }
};

struct TaskDependencies {
  std::vector<std::string> task_ids;
  std::vector<TaskIdRange> task_id_ranges;
  bool operator==(const TaskDependencies&) const = default;
  template <class S = TaskDependencies>
  static constexpr auto fields() {
    return std::tuple{field("taskIds", &S::task_ids), field("taskIdRanges", &S::task_id_ranges)};
  }
};

struct AffinityInfo {
  std::string affinity_id;
  bool operator==(const AffinityInfo&) const = default;
  template <class S = AffinityInfo>
  static constexpr auto fields() {
    return std::tuple{required("affinityId", &S::affinity_id)};
  }
};

struct AuthenticationTokenSettings {
  std::vector<std::string> access;
  bool operator==(const AuthenticationTokenSettings&) const = default;
  template <class S = AuthenticationTokenSettings>
  static constexpr auto fields() {
    return std::tuple{field("access", &S::access)};
  }
};
}  // namespace dms::batch
